"""The HTTP server: health, figures, headers, and limits that hold against rude clients."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from console.exposition import exposition
from console.health import health
from console.server import HEADERS, MOST_BODY, Part, Server
from marsad.figures import METRICS, Figures
from marsad.pulse import SLOWEST_TICK, Pulse
from news.measure import BUCKETS, Family, Meter, Metric, MetricKind
from storage import Store
from tests.samples import FrozenClock, chunk, filing, source

TOP = Path(__file__).parents[2]
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? (-?[0-9.e+-]+|\+Inf|NaN)')


async def _echo(request: web.Request) -> web.Response:
    return web.Response(text=f"{len(await request.read())}")


async def _broken(_request: web.Request) -> web.Response:
    raise RuntimeError("secret detail")


ECHO = Part(routes=[web.post("/echo", _echo), web.get("/broken", _broken)], public=True, per_minute=5)


@asynccontextmanager
async def served(parts: Sequence[Part], **options: object) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(parts, host="127.0.0.1", port=0, **options)  # type: ignore[arg-type]
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            yield server, client
    finally:
        await server.stop()


def test_every_answer_bears_the_headers_and_no_fault_shows_its_inside() -> None:
    told: list[tuple[str, int]] = []

    async def go() -> None:
        async with served([ECHO], answered=lambda page, status: told.append((page, status))) as (_, client):
            answers = [
                await client.get("/nothing/<b>"),
                await client.get("/echo"),
                await client.post("/echo", content=b"x" * (MOST_BODY + 1)),
                await client.get("/broken"),
                await client.post("/echo", content=b"abc"),
            ]
            assert [answer.status_code for answer in answers] == [404, 405, 413, 500, 200]
            for answer in answers:
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
                assert "set-cookie" not in answer.headers
                assert "secret detail" not in answer.text
            for page in answers[:4]:
                assert '<html lang="en" dir="ltr">' in page.text
                assert "<script" not in page.text

    asyncio.run(go())
    assert told == [("other", 404), ("other", 405), ("/echo", 413), ("/broken", 500), ("/echo", 200)]


def test_a_client_that_asks_too_often_is_told_to_wait_and_others_are_not() -> None:
    async def go() -> None:
        async with served([ECHO]) as (_, client):
            seen = [(await client.post("/echo")).status_code for _ in range(6)]
            assert seen == [200] * 5 + [429]
            other = await client.post("/echo", headers={"X-Forwarded-For": "forged, 203.0.113.9"})
            assert other.status_code == 200, "a proxy on this machine says who asks"

    asyncio.run(go())


def test_a_client_that_drips_is_cut_off_while_others_are_served() -> None:
    async def go() -> None:
        async with served([ECHO], lifetime=timedelta(seconds=0.5)) as (server, client):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            assert (await client.post("/echo", content=b"ab")).text == "2"
            assert await asyncio.wait_for(reader.read(), 5) == b"", "closed, unanswered"
            writer.close()

    asyncio.run(go())


def test_only_public_pages_answer_under_the_public_name(sqlite_store: Store) -> None:
    async def go() -> None:
        pulse = Pulse(sqlite_store, FrozenClock())
        figures = Figures(sqlite_store.catalogue, pulse, None)
        parts = [ECHO, health(pulse, figures.measure)]
        async with served(parts, public_url="https://marsad.example") as (_, client):
            for name in ("/metrics", "/readyz", "/healthz"):
                assert (await client.get(name, headers={"Host": "marsad.example"})).status_code == 404
                assert (await client.get(name)).status_code in (200, 503)
            assert (await client.post("/echo", headers={"Host": "marsad.example"})).status_code == 200

    asyncio.run(go())


def test_ready_means_migrated_ticking_and_not_stopping(sqlite_store: Store) -> None:
    async def go() -> None:
        clock = FrozenClock()
        pulse = Pulse(sqlite_store, clock)
        figures = Figures(sqlite_store.catalogue, pulse, None)
        async with served([health(pulse, figures.measure)]) as (_, client):

            async def failing() -> set[str]:
                answer = await client.get("/readyz")
                content = answer.json()
                bad = {name for name, check in content["checks"].items() if not check["passed"]}
                assert (answer.status_code, content["status"]) == ((503, "not ready") if bad else (200, "ready"))
                return bad

            assert await failing() == {"scheduler"}, "it has not ticked yet"
            pulse.beat()
            assert await failing() == set()
            clock.forward(seconds=SLOWEST_TICK.total_seconds() + 1)
            assert await failing() == {"scheduler"}
            pulse.beat()
            pulse.stopping()
            assert await failing() == {"running"}
            sqlite_store.close()
            assert (await client.get("/healthz")).json() == {"status": "alive"}

    asyncio.run(go())


def test_a_database_of_another_schema_is_not_ready(tmp_path: Path) -> None:
    import sqlite3

    from storage import open_store

    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    with sqlite3.connect(tmp_path / "m.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    pulse = Pulse(store, FrozenClock())
    pulse.beat()
    [bad] = [check for check in asyncio.run(_checks(pulse)) if not check.passed]
    assert (bad.name, "schema 0001" in bad.detail) == ("database", True)
    store.close()
    for beside in ("m.db-wal", "m.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
    (tmp_path / "m.db").write_bytes(b"no database at all" * 100)
    [bad] = [check for check in asyncio.run(_checks(pulse)) if not check.passed]
    assert "damaged" in bad.detail


async def _checks(pulse: Pulse) -> Sequence[object]:
    return await pulse.checks()


def parsed(text: str) -> dict[str, float]:
    """Every sample of a page in the text format; fails on anything that is none."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in typed, "a family in one piece"
            typed.add(name)
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert match[1] in typed or family in typed, line
            assert line.rpartition(" ")[0] not in found
            found[line.rpartition(" ")[0]] = float(match[3])
    return found


def test_the_figures_are_prometheus_text_and_count_what_happened(sqlite_store: Store) -> None:
    sqlite_store.archive.commit(chunk(filing()))
    sqlite_store.dispatch.enlist([source()], FrozenClock().now())

    async def go() -> dict[str, float]:
        pulse = Pulse(sqlite_store, FrozenClock())
        pulse.beat()
        figures = Figures(sqlite_store.catalogue, pulse, Path("/"))
        figures.receivers = frozenset({"desk"})
        figures.sources = frozenset({"tigris/en"})
        async with served([health(pulse, figures.measure)]) as (_, client):
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            return parsed(answer.text)

    found = asyncio.run(go())
    assert found["marsad_outbox_pending"] == 1
    assert found["marsad_ready"] == 1
    assert found['marsad_receiver_up{receiver="desk"}'] == 1
    assert found['marsad_source_up{source="tigris/en"}'] == 1, "new is no fault"
    assert found["marsad_disk_free_bytes"] > 0


def test_histograms_add_up_and_strange_labels_are_escaped() -> None:
    seconds = Metric(name="x_seconds", kind=MetricKind.HISTOGRAM, help="a\nb\\", labels=("channel",))
    meter = Meter()
    for value in (0.05, 0.1, 7.0, 99_999.0):
        meter.observe(seconds, value, 'q"\\\n')
    text = exposition(meter.families())
    assert "# HELP x_seconds a\\nb\\\\" in text
    label = 'channel="q\\"\\\\\\n"'
    found = parsed(text)
    buckets = [found[f'x_seconds_bucket{{{label},le="{bound}"}}'] for bound in ("0.1", "5", "10", "3600", "+Inf")]
    assert buckets == [2, 2, 3, 3, 4]
    assert found[f"x_seconds_count{{{label}}}"] == 4
    assert len(BUCKETS) + 3 == len(found)
    assert exposition([Family(seconds, {})]).count("\n") == 2


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_named_by_the_rules_and_stands_in_the_docs(metric: Metric) -> None:
    assert re.fullmatch(r"marsad(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
    assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent|count|sum|bucket)$", metric.name)
    assert not {"url", "story", "article", "id", "endpoint", "le"} & set(metric.labels)
    assert metric.help.endswith(".")
    assert f"`{metric.name}`" in (TOP / "docs/operate.md").read_text(encoding="utf-8")


def test_readyz_is_json_a_script_can_read(sqlite_store: Store) -> None:
    async def go() -> None:
        pulse = Pulse(sqlite_store, FrozenClock())
        async with served([health(pulse, Figures(sqlite_store.catalogue, pulse, None).measure)]) as (_, client):
            content = json.loads((await client.get("/readyz")).text)
            assert set(content["checks"]) == {"running", "scheduler", "database"}

    asyncio.run(go())

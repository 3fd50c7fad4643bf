"""Runs: bounded in time, polite when the store fails, recorded."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from marsad.config import load
from marsad.visits import LONGEST_PAUSE, MAX_BACKOFF, MAX_REFUSED, Visited, next_due
from marsad.wiring import Application
from news.outlet import Cursor, PendingPage, Rhythm, SourceState
from news.ports import HostLease
from news.run import RunOutcome
from news.visit import Find, VisitEnd
from pipelines.rhythm import learnt
from storage import Store, open_store
from tests.crawler.conftest import Answer, LoopbackOutlet, page, rss
from tests.samples import NOW, chunk, source


def application(folder: Path, outlet: LoopbackOutlet, store: Store | None = None, *, obey: bool = False) -> Application:
    (folder / "c.yaml").write_text(
        f"""
store: sqlite:///m.db
crawl: {{allow_networks: [127.0.0.0/8], delay: 0s, obey_robots: {str(obey).lower()}, timeout: 10s}}
outlets: [{{id: demo, name: Demo, sources: [{{id: en, url: "{outlet.base}/feed", languages: [en]}}]}}]
rules: [{{use: builtin/security-cooperation}}]
"""
    )
    config = load(folder / "c.yaml", {})
    return Application(config, store or open_store(config.store, upgrade=True, busy_timeout_ms=50))


async def visit(app: Application) -> tuple[Visited, datetime | None]:
    source = app.config.sources[0]
    now = app.clock.now()
    app.store.dispatch.enlist_one(source, now)
    lease = app.store.dispatch.take_source(source.id, owner=app.owner, now=now, lease=timedelta(seconds=60))
    assert lease is not None
    await app.crawl.start()
    try:
        return await app.visits.source(source, lease)
    finally:
        app.store.dispatch.release(lease)
        await app.stop()


def test_a_visit_that_takes_too_long_keeps_what_it_read_and_moves_its_due_time(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/feed"] = Answer(rss(*[(f"{outlet.base}/{n}", f"Headline {n}") for n in range(6, -1, -1)]))
    for number in range(6):
        outlet.answers[f"/{number}"] = Answer(page(f"Headline {number}"))
    outlet.answers["/6"] = Answer(page(), hang=6)
    app = application(tmp_path, outlet)
    app.visits.take_over(app.crawl, app.intake, app.readers, timedelta(seconds=4))
    visited, _ = asyncio.run(visit(app))
    assert visited.run.outcome is RunOutcome.TIMED_OUT
    assert "the rest is read at the next visit" in visited.run.error
    state = app.store.archive.source_state("demo/en")
    assert state.due_at is not None
    assert state.due_at > datetime.now(UTC)
    assert state.cursor.etag == state.cursor.body_hash == ""
    assert app.store.catalogue.tally(NOW).articles == 5
    app.store.close()
    outlet.close()


def test_the_newest_article_of_a_visit_of_several_commits_is_the_sources(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    days = range(20, 10, -1)  # twice five: nothing is left for the commit that writes the state
    outlet.answers["/feed"] = Answer(rss(*[(f"{outlet.base}/{day}", f"Headline {day}") for day in days]))
    for day in days:
        head = f'<meta property="article:published_time" content="2026-11-{day}T08:00:00Z">'
        outlet.answers[f"/{day}"] = Answer(page(f"Headline {day}").replace("<head>", f"<head>{head}", 1))
    app = application(tmp_path, outlet)
    asyncio.run(visit(app))
    assert app.store.catalogue.tally(NOW).articles == len(days)
    assert app.store.archive.source_state("demo/en").newest_article_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    app.store.close()
    outlet.close()


def test_after_a_visit_that_took_too_long_pages_owed_and_read_are_owed_no_more(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/feed"] = Answer(rss())
    numbers = range(6)
    for number in numbers:
        outlet.answers[f"/{number}"] = Answer(page(f"Headline {number}"), hang=6 if number == 5 else 0)
    app = application(tmp_path, outlet)
    app.visits.take_over(app.crawl, app.intake, app.readers, timedelta(seconds=4))
    owed = tuple(
        PendingPage(
            url=f"{outlet.base}/{n}",
            reason="http_503",
            attempt_count=1,
            entry={
                "link": f"{outlet.base}/{n}",
                "title": f"Headline {n}",
                "published": f"2026-11-2{8 - n}T08:00:00+00:00",
            },
        )
        for n in numbers
    )
    app.store.dispatch.enlist_one(app.config.sources[0], NOW)
    app.store.archive.commit(chunk(state=SourceState(pending=owed), source_id="demo/en", host="127.0.0.1"))
    visited, _ = asyncio.run(visit(app))
    assert visited.run.outcome is RunOutcome.TIMED_OUT
    assert visited.run.counts.fetched == 5
    assert [page.url for page in app.store.archive.source_state("demo/en").pending] == [f"{outlet.base}/5"]
    assert visited.run.counts.postponed == 1
    app.store.close()
    outlet.close()


def test_a_poll_of_an_unchanged_list_is_in_the_run_log_just_as_it_was_reported(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()

    def unchanged(headers: Mapping[str, str]) -> Answer:
        known = headers.get("if-none-match") == '"1"'
        return Answer(status=304) if known else Answer(rss(), headers={"ETag": '"1"'})

    outlet.answers["/feed"] = unchanged
    app = application(tmp_path, outlet)

    async def go() -> list[Visited]:
        source, now = app.config.sources[0], app.clock.now()
        app.store.dispatch.enlist([source], now - timedelta(hours=1))
        await app.crawl.start()
        try:
            for ahead in (timedelta(0), timedelta(days=1)):
                hour = timedelta(hours=1)
                [lease] = app.store.dispatch.take(owner=app.owner, now=now + ahead, lease=hour, limit=1)
                assert set(lease.states) == {source.id}
                [visited] = await app.visits.host(lease, app.sources)
        finally:
            await app.stop()
        return [visited]

    [visited] = asyncio.run(go())
    assert visited.run.outcome is RunOutcome.NOT_MODIFIED
    assert app.store.run_log.run(visited.run.id) == visited.run
    events = [line.event for line in app.store.run_log.lines(visited.run.id)]
    assert events == ["run.started", "fetch.not_modified", "run.finished"]
    app.store.close()
    outlet.close()


def test_a_locked_database_fails_the_run_in_words_and_rests_the_host(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/a", "Headline a")))
    blocker: list[sqlite3.Connection] = []

    def lock(_headers: object) -> Answer:
        """The page is answered when somebody else has taken the database."""
        other = sqlite3.connect(tmp_path / "m.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        blocker.append(other)
        return Answer(page())

    outlet.answers["/a"] = lock
    app = application(tmp_path, outlet)

    async def go() -> tuple[Visited, datetime | None]:
        source, now = app.config.sources[0], app.clock.now()
        app.store.dispatch.enlist_one(source, now)
        lease = app.store.dispatch.take_source(source.id, owner=app.owner, now=now, lease=timedelta(seconds=60))
        assert lease is not None
        await app.crawl.start()
        try:
            return await app.visits.source(source, lease)
        finally:
            await app.stop()

    visited, hold = asyncio.run(go())
    with closing(blocker[0]) as other:
        other.execute("ROLLBACK")
    assert visited.run.outcome is RunOutcome.FAILED
    assert "locked by another process" in visited.run.error
    assert hold is not None
    assert hold > datetime.now(UTC)
    assert app.store.archive.source_state("demo/en").first_visit, "nothing was half written"
    app.store.close()
    outlet.close()


SLOW = "User-agent: *\nCrawl-delay: 30"


def of_hosts(app: Application, now: datetime) -> list[HostLease]:
    """What a daemon's tick takes."""
    return [*app.store.dispatch.take(owner=app.owner, now=now, lease=timedelta(seconds=60), limit=9)]


def test_the_pause_that_robots_txt_asks_for_is_kept_by_the_next_daemon(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers |= {"/feed": Answer(rss()), "/robots.txt": Answer(SLOW.replace("30", "2"))}
    app = application(tmp_path, outlet, obey=True)

    async def go() -> None:
        app.store.dispatch.enlist(app.config.sources, app.clock.now() - timedelta(hours=1))
        [lease] = of_hosts(app, app.clock.now())
        await app.crawl.start()
        await app.visits.host(lease, app.sources)
        await app.stop()

    asyncio.run(go())
    app.store.dispatch.free_all(app.clock.now(), LONGEST_PAUSE)
    now = datetime.now(UTC)
    app.store.dispatch.hurry("demo/en", now)
    assert not of_hosts(app, now)
    assert of_hosts(app, now + timedelta(seconds=2))
    app.store.close()
    outlet.close()


def test_the_pause_is_kept_also_after_a_visit_that_was_broken_off(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers |= {"/feed": Answer(rss()), "/robots.txt": Answer(SLOW)}
    app = application(tmp_path, outlet, obey=True)

    async def go() -> None:
        app.store.dispatch.enlist(app.config.sources, app.clock.now() - timedelta(hours=1))
        [lease] = of_hosts(app, app.clock.now())
        await app.crawl.start()
        turn = asyncio.create_task(app.visits.host(lease, app.sources))
        async with asyncio.timeout(20):
            while not app.crawl.rest_until(outlet.base):  # robots.txt is read
                await asyncio.sleep(0.05)
        turn.cancel()
        await asyncio.wait([turn])
        await app.stop()

    asyncio.run(go())
    assert outlet.paths() == []
    assert not of_hosts(app, datetime.now(UTC) + timedelta(seconds=20))
    assert of_hosts(app, datetime.now(UTC) + timedelta(seconds=31))
    app.store.close()
    outlet.close()


def test_the_pause_is_known_to_the_next_daemon_though_the_first_visit_of_the_host_is_killed(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers |= {"/feed": Answer(rss()), "/robots.txt": Answer(SLOW)}
    app = application(tmp_path, outlet, obey=True)

    async def go() -> datetime | None:
        app.store.dispatch.enlist(app.config.sources, app.clock.now() - timedelta(hours=1))
        [lease] = of_hosts(app, app.clock.now())
        await app.crawl.start()
        turn = asyncio.create_task(app.visits.host(lease, app.sources))
        try:
            async with asyncio.timeout(20):
                while not (noted := app.store.dispatch.held_until("127.0.0.1", app.clock.now())):
                    await asyncio.sleep(0.05)
        finally:
            turn.cancel()
            await asyncio.wait([turn])
            await app.stop()
        return noted

    assert asyncio.run(go()), "while it is under way"
    assert outlet.paths() == []
    app.store.close()
    outlet.close()


def ended(outcome: RunOutcome = RunOutcome.OK, **facts: Any) -> VisitEnd:
    return VisitEnd(outcome=outcome, cursor=Cursor(), **facts)


def waits(reason: str, count: int = 14) -> list[timedelta]:
    failed = ended(RunOutcome.FAILED, reason=reason)
    return [next_due(NOW, source(), SourceState(failure_count=n), failed) - NOW for n in range(count)]


def test_a_failing_source_is_asked_less_and_less_often_by_the_kind_of_failure() -> None:
    passing, lasting = waits("timeout"), waits("http_403")
    assert timedelta(minutes=9) <= passing[0] <= timedelta(minutes=11), "one failure may be an accident"
    assert timedelta(minutes=36) <= passing[2] <= timedelta(minutes=44)
    assert max(passing) <= MAX_BACKOFF * 1.1
    assert MAX_REFUSED * 0.9 <= lasting[-1] <= MAX_REFUSED * 1.1


def test_a_source_with_a_cron_line_is_asked_at_its_times_alone() -> None:
    timed = source(cron="0 6 * * *", fastest=timedelta(minutes=2), slowest=timedelta(hours=1))
    for end in (ended(), ended(more=True), ended(RunOutcome.FAILED, reason="timeout"), ended(hold_until=NOW)):
        assert next_due(NOW, timed, SourceState(), end) > NOW + timedelta(days=365)


def test_no_source_is_asked_before_its_own_wish() -> None:
    wish = NOW + timedelta(hours=9)
    assert next_due(NOW, source(), SourceState(), ended(hold_until=wish)) == wish


def test_a_source_is_polled_by_its_rhythm_between_floor_and_ceiling() -> None:
    paced = source(fastest=timedelta(minutes=2), slowest=timedelta(minutes=30))

    def wait(per_hour: int, **facts: Any) -> float:
        times = [NOW - timedelta(minutes=n * 60 / per_hour) for n in range(per_hour * 48)]
        state = SourceState(first_visit=False, rhythm=learnt(Rhythm(), times, NOW))
        return (next_due(NOW, paced, state, ended(**facts)) - NOW) / timedelta(minutes=1)

    assert 8.6 <= wait(6) <= 11, "an article every ten minutes is polled every ten minutes"
    assert 4.3 <= wait(24) <= 5.6, "four times as many, twice as often"
    assert 16 <= wait(1) <= 28, "a sixth of them, between twice and three times as seldom"
    assert 1.8 <= wait(3600) <= 2.2
    assert 4.3 <= wait(6, listed=20) <= 5.6, "a list that turned over is asked again in half the time"
    assert 8.6 <= wait(6, listed=20, known=3) <= 11
    state = SourceState(first_visit=False, rhythm=learnt(Rhythm(), [NOW], NOW))
    assert timedelta(minutes=9) <= next_due(NOW, source(), state, ended()) - NOW, "pinned: no floor, no ceiling"


def test_counts_of_parts_add_up() -> None:
    from marsad.visits import added
    from news.run import Counts

    one = Counts(fetched=2, new=1, repeat=1)
    assert added(one, replace(one, matched=1)) == Counts(fetched=4, new=2, repeat=2, matched=1)


class Outage:
    """A crawl that we stumble over, or that ends at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def visit(self, *_: object, **__: object) -> AsyncIterator[Find | VisitEnd]:
        if self.error is not None:
            raise self.error
        yield VisitEnd(outcome=RunOutcome.OK, cursor=Cursor(etag='"new"'), listed=1)

    def rest_until(self, _url: str) -> datetime | None:
        return None


async def once(app: Application) -> tuple[Visited, datetime | None]:
    source, now = app.config.sources[0], app.clock.now()
    app.store.dispatch.enlist_one(source, now)
    lease = app.store.dispatch.take_source(source.id, owner=app.owner, now=now, lease=timedelta(seconds=60))
    assert lease is not None
    return await app.visits.source(source, lease)


def test_a_fault_of_ours_fails_its_run_in_words_and_rests_the_host(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    app = application(tmp_path, outlet)
    app.visits.take_over(Outage(RuntimeError("a page like no other")), app.intake, app.readers, timedelta(seconds=9))  # type: ignore[arg-type]
    visited, hold = asyncio.run(once(app))
    assert visited.run.outcome is RunOutcome.FAILED
    assert visited.run.error == "a fault in Marsad: RuntimeError: a page like no other"
    [run] = app.store.run_log.runs()
    assert run.error == visited.run.error, "it can be looked up afterwards"
    assert hold is not None
    assert hold > datetime.now(UTC)
    app.store.close()
    outlet.close()


def test_the_time_limit_does_not_cut_off_the_last_commit(tmp_path: Path) -> None:
    """The database is locked until the limit is over: what the visit found out is written all the same."""
    outlet = LoopbackOutlet()
    (tmp_path / "m.db").unlink(missing_ok=True)
    app = application(tmp_path, outlet, open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True))
    app.visits.take_over(Outage(), app.intake, app.readers, timedelta(seconds=0.3))  # type: ignore[arg-type]

    async def go() -> Visited:
        source, now = app.config.sources[0], app.clock.now()
        app.store.dispatch.enlist_one(source, now)
        lease = app.store.dispatch.take_source(source.id, owner=app.owner, now=now, lease=timedelta(seconds=60))
        assert lease is not None
        with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            visiting = asyncio.create_task(app.visits.source(source, lease))
            await asyncio.sleep(1)
            other.execute("ROLLBACK")
        return (await visiting)[0]

    visited = asyncio.run(go())
    assert visited.run.outcome is RunOutcome.OK
    assert app.store.archive.source_state("demo/en").cursor.etag == '"new"'
    app.store.close()
    outlet.close()


def test_a_turn_ends_with_the_visit_that_lost_the_host(tmp_path: Path) -> None:
    """Another owner visits it by then: who goes on asks the outlet twice and stores nothing of it."""
    outlet = LoopbackOutlet()
    app = application(tmp_path, outlet)
    app.visits.take_over(Outage(), app.intake, app.readers, timedelta(seconds=9))  # type: ignore[arg-type]
    first, now = app.config.sources[0], app.clock.now()
    listed = [first, replace(first, id="demo/ar")]
    app.store.dispatch.enlist(listed, now - timedelta(hours=1))
    [lease] = app.store.dispatch.take(owner=app.owner, now=now, lease=timedelta(seconds=60), limit=1)
    app.store.dispatch.free_all(app.clock.now(), LONGEST_PAUSE)
    [visited] = asyncio.run(app.visits.host(lease, {one.id: one for one in listed}))
    assert visited.run.outcome is RunOutcome.CANCELLED
    assert "taken over by another worker" in visited.run.error
    app.store.close()
    outlet.close()


def test_who_is_broken_off_during_a_commit_that_fails_visits_nothing_more(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    (tmp_path / "m.db").unlink(missing_ok=True)
    app = application(tmp_path, outlet, open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True, busy_timeout_ms=500))
    app.visits.take_over(Outage(), app.intake, app.readers, timedelta(seconds=9))  # type: ignore[arg-type]

    async def go() -> None:
        first, now = app.config.sources[0], app.clock.now()
        listed = [first, replace(first, id="demo/ar")]
        app.store.dispatch.enlist(listed, now - timedelta(hours=1))
        [lease] = app.store.dispatch.take(owner=app.owner, now=now, lease=timedelta(seconds=60), limit=1)
        with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            turn = asyncio.create_task(app.visits.host(lease, {one.id: one for one in listed}))
            await asyncio.sleep(0.2)
            turn.cancel()
            await asyncio.sleep(0.6)  # the commit has failed; the run's record is being written
            other.execute("ROLLBACK")
        await asyncio.wait([turn], timeout=9)
        assert turn.cancelled()

    asyncio.run(go())
    [run] = app.store.run_log.runs()
    assert run.outcome is RunOutcome.FAILED
    assert "locked by another process" in run.error
    app.store.close()
    outlet.close()


def test_a_visit_under_way_at_a_reload_ends_under_the_old_configuration(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/feed"] = Answer(rss(*[(f"{outlet.base}/{n}", f"Headline {n}") for n in range(4)]))
    for number in range(4):
        outlet.answers[f"/{number}"] = Answer(page(f"Headline {number}"))
    app = application(tmp_path, outlet)
    paced = replace(app.config.sources[0], delay=timedelta(seconds=0.5))

    async def go() -> Visited:
        app.store.dispatch.enlist_one(paced, app.clock.now())
        lease = app.store.dispatch.take_source(paced.id, owner="w", now=app.clock.now(), lease=timedelta(seconds=60))
        assert lease is not None
        await app.crawl.start()
        try:
            running = asyncio.create_task(app.visits.source(paced, lease))
            async with asyncio.timeout(20):
                while len(outlet.seen) < 2:
                    await asyncio.sleep(0.05)
            old = app.crawl
            await app.take_over(app.config)
            assert app.crawl is not old
            visited, _ = await running
            return visited
        finally:
            await app.stop()

    visited = asyncio.run(go())
    assert (visited.run.outcome, visited.run.counts.fetched, visited.run.counts.postponed) == (RunOutcome.OK, 4, 0)
    app.store.close()
    outlet.close()


def test_an_end_during_a_reload_s_closing_closes_all_the_same(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/slow"] = Answer(rss(), hang=1)
    app = application(tmp_path, outlet)

    async def go() -> bool:
        old = app.crawl
        await old.start()
        asking = asyncio.create_task(old.discover(f"{outlet.base}/slow", delay=timedelta(), said=print))
        async with asyncio.timeout(20):
            while not outlet.seen:
                await asyncio.sleep(0.05)
        await app.take_over(app.config)
        await asyncio.sleep(0.1)  # no visit is open: the former engine is being closed, and lets its download end
        await app.stop()
        await asyncio.wait([asking])
        return old._engine._task is None

    assert asyncio.run(go())
    app.store.close()
    outlet.close()

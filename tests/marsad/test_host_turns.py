"""Hosts' turns that commands take beside a daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marsad.host_turns import HostTurns
from marsad.visits import LEASE
from news.errors import FetchError
from news.ports import HostLease
from storage import Store, open_store
from tests.crawler.conftest import Answer, LoopbackOutlet, page, rss
from tests.marsad.said import said
from tests.samples import source

FEED = "https://tigris.example/feed"


def of_daemon(store: Store) -> list[HostLease]:
    """What a daemon's tick takes now."""
    return [*store.dispatch.take(owner="daemon", now=datetime.now(UTC), lease=LEASE, limit=9)]


def test_a_host_is_the_command_s_alone_until_it_gives_it_back_with_its_wish(store: Store) -> None:
    store.dispatch.enlist([source(), source("levant")], datetime.now(UTC) - timedelta(hours=1))
    wish = datetime.now(UTC) + timedelta(hours=1)

    async def go() -> None:
        turns = HostTurns(store, anyway=False, said=print)
        await turns.take(FEED)
        await turns.take(FEED)
        assert [lease.host for lease in of_daemon(store)] == ["levant.example"]
        await turns.give_back(lambda url: wish if url == FEED else None)

    asyncio.run(go())
    assert of_daemon(store) == []
    assert store.dispatch.held_until("tigris.example", datetime.now(UTC)) == wish


def test_a_host_that_is_given_back_without_a_wish_is_visited_again(store: Store) -> None:
    store.dispatch.enlist([source()], datetime.now(UTC) - timedelta(hours=1))

    async def go() -> None:
        turns = HostTurns(store, anyway=False, said=print)
        await turns.take(FEED)
        await turns.give_back(lambda _url: None)

    asyncio.run(go())
    assert [lease.host for lease in of_daemon(store)] == ["tigris.example"]


def test_a_turn_that_does_not_come_is_given_up(store: Store) -> None:
    store.dispatch.take_host("tigris.example", owner="daemon", now=datetime.now(UTC), lease=LEASE)
    turns = HostTurns(store, anyway=True, said=print, patience=timedelta(seconds=1))
    with pytest.raises(FetchError, match="is being visited by the daemon"):
        asyncio.run(turns.take(FEED))


@pytest.fixture
def two() -> Iterator[tuple[LoopbackOutlet, LoopbackOutlet]]:
    """Two outlets on hosts of their own."""
    made = LoopbackOutlet(), LoopbackOutlet("127.0.0.2")
    yield made
    for outlet in made:
        outlet.close()


@pytest.mark.parametrize("verb", [("check", "tigris"), ("discover", "{base}/")])
def test_a_host_to_which_a_redirect_or_a_link_leads_is_waited_for_as_well(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    two: tuple[LoopbackOutlet, LoopbackOutlet],
    verb: tuple[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    outlet, other = two
    outlet.answers["/feed"] = Answer(status=301, headers={"Location": f"{other.base}/feed"})
    link = f'<link rel=alternate type="application/rss+xml" href="{other.base}/feed">'
    outlet.answers["/"] = Answer(page().replace("<title>", f"{link}<title>"))
    came: list[datetime] = []
    feed = Answer(rss((f"{other.base}/a", "Headline a")))
    other.answers["/feed"] = lambda _headers: (came.append(datetime.now(UTC)), feed)[1]
    (tmp_path / "config.yaml").write_text(f"""\
store: sqlite:///m.db
crawl: {{allow_networks: [127.0.0.0/8], delay: 0s}}
outlets: [{{id: tigris, name: Tigris Wire, sources: [{{id: en, url: "{outlet.base}/feed", languages: [en]}}]}}]
rules: [{{use: builtin/security-cooperation}}]
""")
    store = open_store("sqlite:///m.db", upgrade=True)
    lease = timedelta(seconds=2)
    taken = store.dispatch.take_host("127.0.0.2", owner="daemon", now=datetime.now(UTC), lease=lease)
    assert taken is not None
    said(capsys, "sources", verb[0], verb[1].format(base=outlet.base))
    assert came[0] >= taken.until
    again = store.dispatch.take_host("127.0.0.2", owner="daemon", now=datetime.now(UTC), lease=lease)
    assert again is not None, "it was given back"
    store.close()

"""What a daemon finds at its start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from news.errors import FenceLost
from storage import Store
from tests.samples import NOW, chunk, filing, source


def test_the_only_daemon_frees_the_hosts_of_a_dead_one_and_fences_it_off(store: Store) -> None:
    store.dispatch.enlist([source()], NOW - timedelta(hours=1))
    dead = store.dispatch.take(owner="dead", now=NOW, lease=timedelta(seconds=60), limit=9)[0]
    store.dispatch.free_all(NOW, timedelta(minutes=2))
    with pytest.raises(FenceLost):
        store.archive.commit(chunk(filing(), fence=dead.fence))
    assert len(store.dispatch.take(owner="new", now=NOW, lease=timedelta(seconds=60), limit=9)) == 1


def test_a_host_that_asked_for_a_pause_is_left_alone_after_a_crash_amid_its_visit(store: Store) -> None:
    store.dispatch.enlist([source(), source("zagros"), source("levant")], NOW - timedelta(hours=1))
    visits = store.dispatch.take(owner="dead", now=NOW, lease=timedelta(seconds=60), limit=9)
    by_host = {lease.host: lease for lease in visits}
    store.dispatch.rest(by_host["tigris.example"], NOW + timedelta(seconds=30))
    store.dispatch.release(by_host["levant.example"], NOW + timedelta(seconds=10))
    start = NOW + timedelta(seconds=20)
    store.dispatch.free_all(start, timedelta(minutes=2))

    def due(after: float) -> set[str]:
        at = start + timedelta(seconds=after)
        return {one.host for one in store.dispatch.take(owner="new", now=at, lease=timedelta(seconds=1), limit=9)}

    assert due(0) == {"zagros.example", "levant.example"}, "one never asked for a pause, one was left as it should be"
    assert "tigris.example" not in due(119)
    assert "tigris.example" in due(121)

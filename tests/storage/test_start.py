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
    store.dispatch.free_all()
    with pytest.raises(FenceLost):
        store.archive.commit(chunk(filing(), fence=dead.fence))
    assert len(store.dispatch.take(owner="new", now=NOW, lease=timedelta(seconds=60), limit=9)) == 1

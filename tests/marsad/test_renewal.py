"""A lease over a real database that is locked now and then."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from marsad.renewal import Renewal
from news.clock import SystemClock
from news.ports import HostLease
from storage import Store, open_store
from tests.samples import source

LENGTH = timedelta(seconds=1.2)
CLOCK = SystemClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True, busy_timeout_ms=20)
    yield opened
    opened.close()


def leased(store: Store, owner: str) -> list[HostLease]:
    store.dispatch.enlist([source()], CLOCK.now() - timedelta(days=1))
    return list(store.dispatch.take(owner=owner, now=CLOCK.now(), lease=LENGTH, limit=1))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "m.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_renewal_that_fails_is_tried_again_until_the_lease_runs_out(store: Store, tmp_path: Path) -> None:
    async def go() -> None:
        [lease] = leased(store, "a")
        renewal = Renewal(store.dispatch, lease, CLOCK, LENGTH)
        with locked(tmp_path):
            await asyncio.sleep(0.8)  # more than one renewal fails
        await asyncio.sleep(0.8)
        assert not renewal.is_lost()
        assert leased(store, "b") == [], "it is still ours, after its first length"
        await renewal.end()

    asyncio.run(go())


def test_a_lease_that_could_not_be_renewed_in_time_is_lost(store: Store, tmp_path: Path) -> None:
    async def go() -> None:
        [lease] = leased(store, "a")
        renewal = Renewal(store.dispatch, lease, CLOCK, LENGTH)
        with locked(tmp_path):
            await asyncio.sleep(1.6)
        assert renewal.is_lost()
        await renewal.end()

    asyncio.run(go())


def test_a_host_that_somebody_took_over_is_lost_at_once(store: Store) -> None:
    async def go() -> None:
        [lease] = leased(store, "a")
        renewal = Renewal(store.dispatch, lease, CLOCK, LENGTH)
        store.dispatch.free_all(CLOCK.now(), LENGTH)
        await asyncio.sleep(0.8)
        assert renewal.is_lost()
        await renewal.end()

    asyncio.run(go())

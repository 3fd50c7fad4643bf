"""Hosts' turns for a command: not while the daemon visits them, and not while they asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from marsad.renewal import Renewal
from marsad.visits import LEASE
from marsad.wiring import owner_name
from news.clock import SystemClock
from news.errors import FetchError, StoreError
from news.ports import HostLease
from news.url import host_of
from storage import Store

PATIENCE = timedelta(seconds=60)
_LOOK = 0.5
UNSEEN = "asked without looking whether the daemon is at it"


class HostTurns:
    """Each host that a crawler is about to ask is the caller's alone from then on: that of the address given, and
    those to which redirects and links lead.

    With `anyway` a host's former wish to be left alone is passed over. Without a store, or where the database
    refuses, the caller goes on without turns, and it is `said`.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        anyway: bool,
        said: Callable[[str], None],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._store, self._anyway, self._said, self._patience = store, anyway, said, patience
        self._owner = owner_name()
        self._held: dict[str, tuple[str, HostLease, Renewal]] = {}

    async def take(self, url: str) -> None:
        """Wait for the turn of the host of `url`. Raises FetchError (held) if it does not come within the patience."""
        host = host_of(url)
        if self._store is None or host in self._held:
            return
        try:
            lease = await self._granted(self._store, host)
        except StoreError as error:
            self._said(f"{UNSEEN}: {error}")
            self._store = None
            return
        self._held[host] = url, lease, Renewal(self._store.dispatch, lease, SystemClock(), LEASE)

    async def give_back(self, rest_until: Callable[[str], datetime | None]) -> None:
        """End all turns; what the hosts ask for (`Crawl.rest_until`) holds for the daemon too."""
        while self._held:
            _, (url, lease, renewal) = self._held.popitem()
            await renewal.end()
            if self._store is not None:
                with suppress(StoreError):  # the lease runs out by itself
                    self._store.dispatch.release(lease, rest_until(url))

    async def _granted(self, store: Store, host: str) -> HostLease:
        begun, is_told = datetime.now(UTC), False
        while True:
            if not self._anyway:
                await rested(store, host, self._said, begun + self._patience)
            now = datetime.now(UTC)
            lease = store.dispatch.take_host(host, owner=self._owner, now=now, lease=LEASE)
            if lease is not None:
                return lease
            if not begun <= now < begun + self._patience:
                raise FetchError(
                    f"not asked: {host} is being visited by the daemon, or by another command",
                    reason="held",
                    hint="Try again in a minute; what is under way: marsad runs list",
                )
            if not is_told:
                is_told = True
                self._said(f"waiting for our turn: {host} is being visited by the daemon ...")
            await asyncio.sleep(_LOOK)


async def rested(store: Store, host: str, said: Callable[[str], None], limit: datetime) -> None:
    """Wait until the host may be asked as far as it asked for a pause; it is `said`. Raises FetchError (held) if that
    is after `limit`."""
    until = store.dispatch.held_until(host, datetime.now(UTC))
    if until is None:
        return
    if until > limit:
        raise FetchError(
            f"not asked: {host} wants no request before {until:%Y-%m-%d %H:%M:%S} UTC",
            reason="held",
            hint="Wait as asked, or ask all the same: --now",
        )
    said(f"waiting for our turn: {host} wants a pause ...")
    await asyncio.sleep((until - datetime.now(UTC)).total_seconds())


__all__ = ["PATIENCE", "UNSEEN", "HostTurns", "rested"]

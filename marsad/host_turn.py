"""A host's turn for a command: not while the daemon visits it, and not while it asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from crawler.run import ScrapyCrawl
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


@asynccontextmanager
async def host_turn(
    store: Store,
    crawl: ScrapyCrawl,
    url: str,
    *,
    anyway: bool,
    said: Callable[[str], None],
    patience: timedelta = PATIENCE,
) -> AsyncIterator[None]:
    """The host of `url` is the caller's alone; what it then asks for (Retry-After) holds for the daemon too.

    With `anyway` its former wish to be left alone is passed over; where the database refuses, the caller goes on
    without a turn, and it is `said`. Raises FetchError (held) if the turn does not come within `patience`.
    """
    try:
        lease = await _granted(store, host_of(url), anyway, said, patience)
    except StoreError as error:
        said(f"{UNSEEN}: {error}")
        yield
        return
    renewal = Renewal(store.dispatch, lease, SystemClock(), LEASE)
    try:
        yield
    finally:
        await renewal.end()
        with suppress(StoreError):  # the lease runs out by itself
            store.dispatch.release(lease, crawl.rest_until(url))


async def _granted(
    store: Store, host: str, anyway: bool, said: Callable[[str], None], patience: timedelta
) -> HostLease:
    owner = owner_name()
    begun, is_told = datetime.now(UTC), False
    while True:
        if not anyway:
            await rested(store, host, said, begun + patience)
        now = datetime.now(UTC)
        lease = store.dispatch.take_host(host, owner=owner, now=now, lease=LEASE)
        if lease is not None:
            return lease
        if not begun <= now < begun + patience:
            raise FetchError(
                f"not asked: {host} is being visited by the daemon, or by another command",
                reason="held",
                hint="Try again in a minute; what is under way: marsad runs list",
            )
        if not is_told:
            is_told = True
            said(f"waiting for our turn: {host} is being visited by the daemon ...")
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


__all__ = ["PATIENCE", "UNSEEN", "host_turn", "rested"]

"""WebSub (https://www.w3.org/TR/websub/): hubs that tell us when a feed has changed.

We take the word of a hub for one thing only: that it is time to look. What it pushes is not read.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

LEASE = timedelta(days=10)
"""What we ask for; hubs may give less."""

ANSWERED_FOR = timedelta(hours=1)
"""An intent is confirmed so long after we declared it."""

SOONEST = timedelta(minutes=1)
"""Between two requests to a hub for one subscription, however short the lease that it gave."""

TRUSTED_FOR = timedelta(hours=24)
"""A hub that has not pinged for so long is not relied on."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed's own word: its hub, and what it is called there."""

    hub: str
    topic: str


class SubscriptionState(StrEnum):
    """`PENDING`: asked for, not yet confirmed. `LEAVING`: we asked to end it."""

    PENDING = "pending"
    ACTIVE = "active"
    REFUSED = "refused"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """`id` is the unguessable end of our callback's address. `asked_at` is the latest request to the
    hub, or its denial, `tries` how many in a row were not confirmed."""

    id: str
    source: str
    hub: str
    topic: str
    state: SubscriptionState
    asked_at: datetime
    tries: int = 0
    lease_until: datetime | None = None
    pinged_at: datetime | None = None
    detail: str = ""

    def asked_for(self, mode: str, topic: str, now: datetime) -> bool:
        """Is this what we asked the hub for, and lately?"""
        if topic != self.topic or now - self.asked_at > ANSWERED_FOR:
            return False
        if mode == "unsubscribe":
            return self.state is SubscriptionState.LEAVING
        return mode == "subscribe" and self.state in (SubscriptionState.PENDING, SubscriptionState.ACTIVE)

    def is_relied_on(self, now: datetime) -> bool:
        """Is its silence good enough to poll less often?"""
        leased = self.state is SubscriptionState.ACTIVE and self.lease_until is not None and self.lease_until > now
        return leased and self.pinged_at is not None and now - self.pinged_at < TRUSTED_FOR

    def is_to_be_renewed(self, now: datetime) -> bool:
        """A fifth of what was given is left, or it is over, or the hub has not confirmed our last request."""
        if self.lease_until is None or self.tries:
            return True
        return self.lease_until - now < min(self.lease_until - self.asked_at, LEASE) / 5

    def rest(self) -> timedelta:
        """How long after a request the hub is asked once more: while the lease runs, twice or more before its end."""
        if not self.tries:
            return SOONEST
        if self.lease_until is None or self.lease_until <= self.asked_at:
            return ANSWERED_FOR
        return min(ANSWERED_FOR, max((self.lease_until - self.asked_at) / 2, SOONEST))


def hub_secret(secret: str, subscription_id: str) -> str:
    """What the hub signs with: derived, so that none is stored. At most 200 bytes, as it must."""
    return hmac.new(secret.encode(), b"websub\x00" + subscription_id.encode(), hashlib.sha256).hexdigest()


class Subscriptions(Protocol):
    """Where subscriptions are kept."""

    def all(self) -> Sequence[Subscription]: ...

    def get(self, subscription_id: str) -> Subscription | None: ...

    def put(self, subscription: Subscription) -> None: ...

    def change(self, subscription_id: str, **facts: Any) -> None:
        """Set these facts alone, whatever else was written meanwhile; nothing if it was dropped."""
        ...

    def drop(self, subscription_id: str) -> None: ...


class Callbacks(Protocol):
    """What a hub may say to us."""

    async def confirm(self, subscription_id: str, mode: str, topic: str, lease: timedelta) -> bool:
        """It asks whether we meant it; False if not."""
        ...

    async def denied(self, subscription_id: str, topic: str, reason: str) -> bool:
        """It will not serve us; False if it never did."""
        ...

    async def secrets(self, subscription_id: str) -> Sequence[str]:
        """What its messages must be signed with, any of them; empty if there is no such subscription."""
        ...

    async def ping(self, subscription_id: str) -> None:
        """A signed message came: the feed has changed."""
        ...


class Push(Protocol):
    """What visits tell, and ask, about hubs."""

    def offered(self, source_id: str, offer: Offer | None) -> None:
        """A source's list was read; it names a hub, or none."""
        ...

    def slower(self, source_id: str) -> int:
        """How many times longer to wait until the next poll; 1 without a hub to rely on."""
        ...

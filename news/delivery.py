"""Deliveries: one message to one endpoint, its states and its attempts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from news.alert import AlertKind


class DeliveryState(StrEnum):
    """Where a delivery stands; legal moves are in `MOVES`."""

    HELD = "held"
    READY = "ready"
    SENDING = "sending"
    DELIVERED = "delivered"
    RETRY_WAIT = "retry_wait"
    IN_DOUBT = "in_doubt"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FOLDED = "folded"


_S = DeliveryState
MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.HELD: frozenset({_S.READY, _S.SENDING, _S.SUPERSEDED, _S.CANCELLED, _S.EXPIRED, _S.FOLDED}),
    _S.READY: frozenset({_S.SENDING, _S.SUPERSEDED, _S.CANCELLED, _S.EXPIRED}),
    _S.SENDING: frozenset({_S.DELIVERED, _S.RETRY_WAIT, _S.IN_DOUBT, _S.DEAD}),
    _S.RETRY_WAIT: frozenset({_S.SENDING, _S.READY, _S.DEAD, _S.EXPIRED, _S.SUPERSEDED, _S.CANCELLED}),
    _S.IN_DOUBT: frozenset({_S.SENDING, _S.DELIVERED, _S.READY, _S.DEAD, _S.CANCELLED}),
    _S.DEAD: frozenset({_S.READY}),
    _S.EXPIRED: frozenset({_S.READY, _S.DEAD}),
    _S.DELIVERED: frozenset({_S.READY}),
    _S.SUPERSEDED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.FOLDED: frozenset({_S.DEAD}),
}
"""From state -> states it may move to. DELIVERED -> READY only by a person's `resend`, FOLDED and EXPIRED -> DEAD
if its story cannot be read when its digest is rendered."""

OPEN_STATES = frozenset({_S.HELD, _S.READY, _S.SENDING, _S.RETRY_WAIT, _S.IN_DOUBT})
"""States that still owe the receiver something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint about one revision of one story.

    `ready_at` is the earliest time of the next attempt. `reason` is the last failure in words.
    `attempts_before` were made before a person last sent it again: the schedule starts after them.
    `fold` is empty, or the key of the digest that it waits for (see `news.fold`); `folded_into` is
    that digest's delivery once it is made. A digest's `story_id` is its own, its `fold` the key.
    """

    id: str
    alert_id: str
    story_id: str
    story_revision: int
    kind: AlertKind
    endpoint: str
    state: DeliveryState
    created_at: datetime
    ready_at: datetime
    expires_at: datetime
    attempt_count: int = 0
    attempts_before: int = 0
    reason: str = ""
    remote_id: str = ""
    settled_at: datetime | None = None
    route: str = ""
    fold: str = ""
    folded_into: str = ""


def fate(delivery: Delivery) -> str:
    """The state in a reader's words. Folded without a digest is what was told in a message of the story from which its
    own was split off."""
    is_mark = delivery.state is DeliveryState.FOLDED and not delivery.folded_into
    return "told before" if is_mark else delivery.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A change to a delivery that nobody has begun to send: another state, or another time."""

    delivery_id: str
    state: DeliveryState | None = None
    ready_at: datetime | None = None
    reason: str = ""


def delivery_id(story_id: str, revision: int, kind: AlertKind, endpoint: str) -> str:
    """The id a receiver may key on: equal over retries, restarts, restores and nodes.

    `msg_` and base32 of a hash, as Standard Webhooks wants ids without dots.
    """
    key = "\x1f".join((story_id, str(revision), kind.value, endpoint)).encode()
    digest = hashlib.blake2b(key, digest_size=15).digest()
    return "msg_" + base64.b32encode(digest).decode().lower()


def digest_id(endpoint: str, fold: str, members: Iterable[tuple[str, int]]) -> str:
    """The id of a digest: of the closed set of story revisions that it tells."""
    told = sorted(f"{story} {revision}" for story, revision in members)
    digest = hashlib.blake2b("\x1f".join((endpoint, fold, *told)).encode(), digest_size=10).digest()
    return "d" + base64.b32encode(digest).decode().lower()


class SendResult(StrEnum):
    """What a channel learnt from one attempt."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    REJECTED = "rejected"
    MISCONFIGURED = "misconfigured"
    GONE = "gone"
    ABORTED = "aborted"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One attempt as the channel saw it. No field may hold a secret.

    RETRY: certainly not accepted, may pass. REJECTED: this message, as it is, is not wanted.
    MISCONFIGURED: the endpoint is set up wrongly. GONE: the endpoint wants no more. ABORTED: the
    receiver asks us to stop this message. IN_DOUBT: it may or may not have been accepted.
    `answer` is at most 4 KiB of the reply; `overloaded` marks 429, 502, 504 and time-outs.
    """

    result: SendResult
    status: str = ""
    detail: str = ""
    answer: str = ""
    remote_id: str = ""
    retry_after: timedelta | None = None
    overloaded: bool = False
    duration: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of a delivery, as kept in the ledger. `took_ms` is the exchange itself, without
    waiting for a turn or for the database; None where it is not known how it ended."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    result: str
    status: str = ""
    detail: str = ""
    answer: str = ""
    next_at: datetime | None = None
    took_ms: int | None = None


class EndpointHealth(StrEnum):
    """State of the breaker of one endpoint."""

    HEALTHY = "healthy"
    THROTTLED = "throttled"
    OPEN = "open"
    HALF_OPEN = "half_open"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """Stored, so that a restart does not hammer a failing receiver.

    No attempt is made before `blocked_until`. `failing_since` is the first failure of the
    current unbroken row of failures. `share` of the usual slots is used: halved when the receiver is
    overloaded, a tenth more with each success.
    """

    endpoint: str
    health: EndpointHealth = EndpointHealth.HEALTHY
    blocked_until: datetime | None = None
    failing_since: datetime | None = None
    failure_count: int = 0
    reason: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is to be written after an attempt: the delivery's next state and the endpoint's. `missed`: given
    up because the receiver was away, not because it did not want it; it stands in the digest of what was missed."""

    delivery_id: str
    attempt: int
    owner: str
    state: DeliveryState
    receipt: Receipt
    endpoint: EndpointState
    next_at: datetime | None = None
    reason: str = ""
    missed: bool = False

"""Canaries: messages without news, sent as alerts are sent, so that their absence is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from news.alert import AlertKind
from news.delivery import Delivery, DeliveryState, delivery_id

ALERT = "canary"
"""Stands where a delivery names its alert: a canary has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryStanding:
    """How an endpoint's canaries fare. `waiting_since` is the time of the first one that has not
    arrived after the last that has; `state` and `reason` are that one's."""

    arrived_at: datetime | None = None
    waiting_since: datetime | None = None
    state: str = ""
    reason: str = ""


def canary(endpoint: str, every: timedelta, now: datetime) -> Delivery:
    """The canary of an endpoint for the present stretch of time: asked twice, it is the same.

    Those of a day are one thread. It expires when the next one comes, so that they never pile up.
    """
    seconds = max(int(every.total_seconds()), 1)
    number = int(now.timestamp()) // seconds
    story = f"canary-{now:%Y-%m-%d}"
    return Delivery(
        id=delivery_id(story, number, AlertKind.CANARY, endpoint),
        alert_id=ALERT,
        story_id=story,
        story_revision=number,
        kind=AlertKind.CANARY,
        endpoint=endpoint,
        state=DeliveryState.READY,
        created_at=now,
        ready_at=now,
        expires_at=now + every,
    )


class Canaries(Protocol):
    """Messages without news, through the outbox as alerts go."""

    def launch(self, canaries: Iterable[Delivery], now: datetime) -> int:
        """Put them into the outbox unless they are there; forget those of last week. How many."""
        ...

    def standings(self) -> Mapping[str, CanaryStanding]:
        """How they fared lately, by endpoint."""
        ...

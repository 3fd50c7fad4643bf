"""Alerts: that a story is to be told along a route, or why it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from news.criteria import Criteria
from news.timetable import Every, Quiet, Severity, Timetable


class AlertKind(StrEnum):
    """Why receivers hear of a story. The first is `MATCHED` (or `CONFIRMED`); later ones are
    updates to it. A `DIGEST` tells several stories at once. A `CANARY` tells of none; it shows that the
    way is open."""

    MATCHED = "matched"
    UPDATED = "updated"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    MERGED = "merged"
    DIGEST = "digest"
    CANARY = "canary"


AMENDING = frozenset({AlertKind.CORRECTED, AlertKind.RETRACTED, AlertKind.MERGED})
"""Who was told something that is no longer so hears of it, whatever is silenced or muted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which stories go to which endpoints, and when.

    `endpoints` are endpoint ids: a receiver's name, or `receiver/address` for e-mail, where each
    recipient is an endpoint of its own. `group_wait` lets copies of a fresh story arrive before
    the first alert is rendered; `update_wait` is the least time between two messages about one
    story to one endpoint. Alerts not delivered within `expires_after` are folded into a digest.
    `updates` off: only the first alert, confirmations, corrections. `confirmed`: only stories that
    so many owners have. `confirm_to` hear of confirmations only. More than `per_hour` messages an
    hour are folded (0: never).
    """

    id: str
    endpoints: tuple[str, ...]
    criteria: Criteria = Criteria()
    severity: Severity | None = None
    group_wait: timedelta = timedelta(seconds=60)
    update_wait: timedelta = timedelta(minutes=10)
    expires_after: timedelta = timedelta(hours=76)
    updates: bool = True
    confirmed: int = 0
    confirm_to: tuple[str, ...] = ()
    per_hour: int = 0
    digest: Timetable | None = None
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one endpoint wants to be told, whatever the route: as in Route. More than `waiting`
    messages at once are folded (0: never)."""

    digest: Timetable | None = None
    quiet: Quiet | None = None
    per_hour: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a rule's matches weigh. `urgent`: no waiting for copies. `inhibits`: rules that are
    not told where this one matches."""

    severity: Severity | None = None
    urgent: bool = False
    inhibits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for all routes. `manners` by endpoint, `weights` by rule; `confirmations` are the
    numbers of independent owners at which a story is told to be confirmed; `late` is when old
    news, and what a broken source brings, are told. Of more than `per_source` stories of one source told
    in an hour the rest is folded (0: never)."""

    manners: Mapping[str, Manner] = field(default_factory=lambda: MappingProxyType({}))
    weights: Mapping[str, Weight] = field(default_factory=lambda: MappingProxyType({}))
    confirmations: tuple[int, ...] = (3, 5, 10)
    late: Timetable = Timetable(every=Every.DAILY)
    per_source: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event worth telling about one story along one route (or several: `a+b`).

    `rules` are ids, sorted. `suppressed` is empty, or the stable word for why nobody is told
    (`first_visit`, `no_route`, `silenced`, `inhibited`); a suppressed alert is kept as the answer
    to "why not". `suppressed_by` is the id of what hid it (a silence, a rule), if anything has one.
    `note` says in words what has changed, `severity` how much it matters.
    """

    id: str
    story_id: str
    story_revision: int
    article_id: str
    route: str
    kind: AlertKind
    rules: tuple[str, ...]
    created_at: datetime
    suppressed: str = ""
    suppressed_by: str = ""
    note: str = ""
    severity: Severity = Severity.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one endpoint has been told, or is about to be told, of one story.

    `open_delivery` is a delivery not yet handed to the channel (held, ready or waiting for its
    first attempt): it will be rendered with the story as it then stands, so a new report needs
    no delivery of its own. It is of `open_kind`, due at `open_ready_at`, and in a digest if it has
    a `fold`. `owners` is the greatest number of independent owners that a message has shown.
    """

    endpoint: str
    rules: tuple[str, ...]
    last_created_at: datetime
    open_delivery: str = ""
    open_kind: AlertKind = AlertKind.MATCHED
    open_ready_at: datetime | None = None
    fold: str = ""
    owners: int = 0
    route: str = ""

"""Alerts: that a story is to be told along a route, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlertKind(StrEnum):
    """Why receivers hear of a story. The first is `MATCHED`; all later ones are updates to it."""

    MATCHED = "matched"
    UPDATED = "updated"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which stories go to which endpoints. Empty `rules` or `languages` means all.

    `endpoints` are endpoint ids: a receiver's name, or `receiver/address` for e-mail, where each
    recipient is an endpoint of its own. `group_wait` lets copies of a fresh story arrive before
    the first alert is rendered; `update_wait` is the least time between two messages about one
    story to one endpoint. Alerts not delivered within `expires_after` are dropped as expired.
    """

    id: str
    endpoints: tuple[str, ...]
    rules: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    group_wait: timedelta = timedelta(seconds=60)
    update_wait: timedelta = timedelta(minutes=10)
    expires_after: timedelta = timedelta(hours=76)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event worth telling about one story along one route.

    `rules` are ids, sorted. `suppressed` is empty, or the stable word for why nobody is told
    (`first_visit`, `old_news`, `no_route`, `silenced`); a suppressed alert is kept as the answer to
    "why not". `suppressed_by` is the id of what hid it (a silence), if anything has one.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one endpoint has been told, or is about to be told, of one story.

    `open_delivery` is a delivery not yet handed to the channel (held, ready or waiting for its
    first attempt): it will be rendered with the story as it then stands, so a new report needs
    no delivery of its own.
    """

    endpoint: str
    rules: tuple[str, ...]
    last_created_at: datetime
    open_delivery: str = ""

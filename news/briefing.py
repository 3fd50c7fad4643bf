"""All that a channel needs to tell a story: read in one piece when a delivery is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from news.alert import AlertKind
from news.delivery import Delivery, DeliveryState
from news.match import Match
from news.story import Story
from news.timetable import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One article of the story as an alert lists it. `url` is the link people open;
    `outlet` its readable name; `copy_of` an article id or empty."""

    article_id: str
    url: str
    outlet: str
    owner: str
    title: str
    language: str
    fetched_at: datetime
    published_at: datetime | None = None
    copy_of: str = ""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The first alert of this story to this endpoint, which later ones thread under.

    `subject` is what that message was titled; `remote_id` what the receiver calls it (a Slack
    `channel:ts`, an SMTP queue id); `last_delivery` the latest message before this one.
    """

    delivery_id: str
    subject: str = ""
    remote_id: str = ""
    last_delivery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The story that another goes on from. `root` is the first message about it to this endpoint, or
    empty if it was never told of it."""

    story_id: str
    title: str
    language: str
    last_seen_at: datetime
    root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """A story as it stands when its delivery is rendered.

    `reports` are by publication, at most 10 with the newest and the matched kept;
    `report_count` is the true number. `matches` are by falling score. `former_title` is set on
    a correction. `independent_count` counts different owners with a text of their own that still
    stands; `independents` are their outlets' names, in the order in which they reported. `note`
    says what has changed. `follows` is the story that this one goes on from, if there is one.
    """

    kind: AlertKind
    story: Story
    reports: tuple[Report, ...]
    report_count: int
    matches: tuple[Match, ...]
    rule_titles: Mapping[str, str]
    independent_count: int
    created_at: datetime
    former_title: str = ""
    root: Root | None = None
    independents: tuple[str, ...] = ()
    note: str = ""
    severity: Severity = Severity.NORMAL
    follows: Former | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roundup:
    """The stories of a digest as they stand when it is rendered, the best confirmed first, then by
    score. At most 25 are listed; `story_count` is the true number. `fold` says why they were held.
    """

    fold: str
    items: tuple[Briefing, ...]
    story_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What `Channel.render` made: the very bytes every attempt sends, and its subject line."""

    body: bytes
    media_type: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery leased to one owner for one attempt, its bytes already stored.

    `was` is the state it was claimed from: from `IN_DOUBT` the channel is asked first whether
    the message arrived. `doubtful_since`, the start of the
    first attempt that may have arrived, bounds that question.
    """

    delivery: Delivery
    attempt: int
    owner: str
    parcel: Parcel
    was: DeliveryState
    root: Root | None = None
    doubtful_since: datetime | None = None

    @property
    def turn(self) -> int:
        """Which attempt this is since it was made, or since a person sent it again: from 1."""
        return self.attempt - self.delivery.attempts_before

"""Sections of the configuration that say when readers want to hear of things."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from marsad.config.scalars import Clock, Language, Name, Network, Zone
from marsad.config.section import Section
from marsad.config.units import Duration
from news.criteria import Criteria
from news.timetable import ALL_DAYS, Every, Quiet, Severity, Timetable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Grave = Literal["low", "normal", "high"]


class QuietSection(Section):
    """Hours in which messages are held; at their end they come as one digest."""

    begins: Clock = Field(alias="from", description="Beginning, as in '22:00'.")
    ends: Clock = Field(alias="to", description="End; of the next day unless later than the beginning.")
    zone: Zone = Field("UTC", description="The reader's time zone.")
    days: list[Day] = Field(default_factory=list, description="Days on which they begin; default: every day.")
    unless: Literal["low", "normal", "high", "never"] = Field(
        "high", description="What is told nevertheless: from this severity on."
    )

    def noun(self) -> Quiet:
        """As the pipelines know it."""
        days = frozenset(DAYS.index(day) for day in self.days) or ALL_DAYS
        unless = None if self.unless == "never" else Severity(self.unless)
        return Quiet(begins=self.begins, ends=self.ends, zone=self.zone, days=days, unless=unless)


class DigestSection(Section):
    """A message with all stories at set times, instead of one for each."""

    every: Literal["hourly", "daily", "weekly"] = Field(description="How often.")
    at: Clock = Field(time(7), description="Time of day; hourly: its minutes.")
    zone: Zone = Field("UTC", description="The reader's time zone.")
    day: Day = Field("mon", description="Weekly: the day.")

    def noun(self) -> Timetable:
        """As the pipelines know it."""
        return Timetable(every=Every(self.every), at=self.at, zone=self.zone, day=DAYS.index(self.day))


class MannerSection(Section):
    """Keys of every receiver, whatever its channel."""

    quiet: QuietSection | None = Field(None, description="Quiet hours, unless a route says otherwise.")
    digest: DigestSection | None = Field(None, description="Digests instead of alerts, unless a route says otherwise.")
    per_hour: int = Field(0, ge=0, description="More messages an hour are folded into digests; 0: no limit.")
    waiting: int | None = Field(
        None, ge=0, description="More messages waiting at once are folded; 0: no limit. Default: 20 for slack, else 0."
    )


class RouteSection(Section):
    """Which stories go to which receivers."""

    id: Name = Field(description="Name of the route.")
    to: list[str] = Field(min_length=1, description="Receivers, by name.")
    rules: list[str] = Field(default_factory=list, description="Only these rules; default: all.")
    verdicts: list[Literal["match", "rupture"]] = Field(default_factory=list, description="Only these verdicts.")
    subtypes: list[str] = Field(default_factory=list, description="Only these kinds of agreement or action.")
    actors: list[str] = Field(default_factory=list, description="Only with one of these states or bodies (IQ, SY).")
    themes: list[str] = Field(default_factory=list, description="Only with one of these themes.")
    languages: list[Language] = Field(
        default_factory=list, description="Only stories with a matched report in these languages."
    )
    outlets: list[str] = Field(default_factory=list, description="Only stories that one of these outlets reports.")
    countries: list[str] = Field(default_factory=list, description="Only stories that an outlet of these reports.")
    min_score: float = Field(0.0, ge=0, description="Only findings with at least this score.")
    severity: Grave | None = Field(None, description="Of everything along this route; default: by rule or finding.")
    group_wait: Duration | None = Field(None, description="As in alerts, for this route.")
    update_wait: Duration | None = Field(None, description="As in alerts, for this route.")
    updates: bool = Field(True, description="Tell later reports too; confirmations and corrections always are.")
    confirmed: int = Field(0, ge=0, description="Only stories that so many independent owners have; 0: all.")
    confirm_to: list[str] = Field(default_factory=list, description="Receivers that hear of confirmations only.")
    per_hour: int | None = Field(None, ge=0, description="As in alerts, for this route.")
    digest: DigestSection | None = Field(None, description="Digests instead of alerts.")
    quiet: QuietSection | None = Field(None, description="Quiet hours.")

    def criteria(self) -> Criteria:
        """What it wants."""
        names = ("rules", "verdicts", "subtypes", "actors", "themes", "languages", "outlets", "countries")
        return Criteria(**{name: tuple(getattr(self, name)) for name in names}, min_score=self.min_score)


class AlertsSection(Section):
    """When receivers hear of a story."""

    group_wait: Duration = Field(timedelta(seconds=60), description="Wait for further reports before the first alert.")
    update_wait: Duration = Field(timedelta(minutes=10), description="Least time between two messages on one story.")
    expires_after: Duration = Field(
        timedelta(hours=76), description="What could not be delivered for so long is told in a digest."
    )
    keep_messages: Duration = Field(
        timedelta(days=30),
        description="Messages that arrived or were given up are kept so long as they were sent; the rest stays.",
    )
    confirmations: list[Annotated[int, Field(ge=2, le=1000)]] = Field(
        [3, 5, 10], description="Numbers of independent owners at which a story is told to be confirmed."
    )
    per_hour: int = Field(30, ge=0, description="More messages an hour along one route are folded; 0: no limit.")
    per_source: int = Field(
        20,
        ge=0,
        description="More stories of one source in an hour are folded, and operators told; 0: no limit.",
    )
    late: DigestSection = Field(
        DigestSection(every="daily", at=time(7), zone="UTC", day="mon"),
        description="When news is told that was published over 24 h before we found it.",
    )
    allow_networks: list[Network] = Field(
        default_factory=list, description="Private networks receivers may be in, as CIDR."
    )


class WeightSection(Section):
    """Keys of every rule that say how its matches are told."""

    severity: Grave | None = Field(None, description="Default: by what is found.")
    urgent: bool = Field(False, description="Do not wait for copies before the first alert.")
    inhibits: list[str] = Field(default_factory=list, description="Rules not told where this one matches.")


def split(values: dict[str, Any], model: type[Section]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mapping parted into the keys of a section and the rest."""
    own = {k: v for k, v in values.items() if k in model.model_fields}
    return own, {k: v for k, v in values.items() if k not in own}

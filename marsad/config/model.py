"""The configuration file's shape: every key, its default and its meaning.

The descriptions are the reference: `docs/configuration.md` and `marsad config schema` come from
them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, SecretStr, StrictBool, field_validator

from marsad.config.scalars import Cron, HttpUrl, Language, Name, Network, Zone
from marsad.config.section import Section
from marsad.config.telling import AlertsSection, RouteSection
from marsad.config.units import Duration, Size
from marsad.config.upkeep import CanarySection, ConsoleSection, HeartbeatSection, WatchSection, WebSubSection
from news.outlet import SourceKind


class CrawlSection(Section):
    """How outlets are visited; every source may say otherwise for itself."""

    interval: Duration = Field(
        timedelta(minutes=10),
        description="Time between polls of a source; with fastest and slowest, of one with an article as often.",
    )
    fastest: Duration | None = Field(
        None, description="Poll busy sources more often, by what each has published; at most so often."
    )
    slowest: Duration | None = Field(
        None, description="Poll quiet sources less often, by what each has published; at least so often."
    )
    delay: Duration = Field(timedelta(seconds=1), description="Least time between two requests to one host.")
    timeout: Duration = Field(timedelta(seconds=30), description="Limit of one request, all told.")
    run_timeout: Duration = Field(
        timedelta(minutes=10),
        description="Limit of one visit of a source; the rest comes next time.",
    )
    max_bytes: Size = Field(8 * 1024**2, description="Largest page or feed that is read.")
    obey_robots: StrictBool = Field(True, description="Obey robots.txt.")
    allow_networks: list[Network] = Field(
        default_factory=list,
        description="Private networks that may be reached nevertheless, as CIDR. Empty in production.",
    )
    extraction_workers: int = Field(1, ge=1, le=64, description="Processes that take articles out of pages.")
    reading_workers: int = Field(
        1, ge=0, le=64, description="Processes that tag articles and make them comparable; 0: the daemon itself."
    )
    hosts: int = Field(8, ge=1, le=256, description="Hosts visited at the same time.")
    keep_pages: Duration = Field(
        timedelta(days=14), description="Pages that gave no article are kept so long, for another try."
    )
    keep_runs: Duration = Field(
        timedelta(days=14),
        description="Visits that brought nothing are kept so long; others are kept.",
    )
    engine_life: Duration = Field(timedelta(hours=6), description="The crawl engine is renewed this often.")


class SourceSection(Section):
    """One address of an outlet."""

    id: Name = Field(description="Edition or section; the source is called outlet/id.")
    url: HttpUrl = Field(description="Address of the feed, sitemap or listing page.")
    kind: SourceKind = Field(SourceKind.FEED, description="feed, sitemap or listing.")
    languages: list[Language] = Field(default_factory=list, description="Languages it is written in, likeliest first.")
    interval: Duration | None = Field(None, description="Time between polls, always the same; default: as in crawl.")
    cron: Cron = Field("", description="Poll at these times instead (five cron fields, in the outlet's zone).")
    enabled: StrictBool = Field(True, description="Poll this source.")
    limit: int = Field(50, ge=1, le=1000, description="Most pages read in one visit.")
    links: str = Field("", description="Listings: CSS selector of the links to articles.")
    backfill: StrictBool = Field(
        False, description="Alert on what the first visit finds; otherwise it is only recorded."
    )


class OutletSection(Section):
    """Who publishes."""

    id: Name = Field(description="Short name, unique.")
    name: str = Field(description="Name as readers know it.")
    homepage: str = Field("", description="Address of the front page.")
    country: str = Field("", description="ISO 3166 code of the seat.")
    owner: str = Field("", description="Owner; outlets of one owner never confirm one another.")
    zone: Zone = Field("UTC", description="Zone of times given without one.")
    encoding: str = Field("", description="Encoding to assume of lists and pages where none is declared.")
    profile: str = Field("", description="Profile for its pages; default: the outlet's id.")
    delay: Duration | None = Field(None, description="Least time between requests to its host.")
    sources: list[SourceSection] = Field(min_length=1, description="Its addresses.")


class TaggingSection(Section):
    """How rules are helped."""

    model: Literal["none", "linear"] = Field(
        "none", description="linear: settle what a rule leaves to review, as `rules train` learnt from feedback."
    )


class LogSection(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level.")
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto: readable on a terminal, JSON lines otherwise."
    )


class Settings(Section):
    """The whole file."""

    store: SecretStr = Field(
        SecretStr("sqlite:///var/marsad.db"),
        description="Database: sqlite:///path (relative to this file) or postgresql://...",
    )
    contact: str = Field("", description="E-mail or page shown to outlets in our user agent. Please set it.")
    crawl: CrawlSection = Field(default_factory=lambda: CrawlSection())
    outlets: list[OutletSection] = Field(default_factory=list)
    rules: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Rules, {use: builtin/NAME} or {use: FILE.yaml}; rules/*.yaml beside this file are added.",
    )
    lexicons: list[str] = Field(
        default_factory=list, description="Files with word lists of your own, relative to this file; see docs/rules.md."
    )
    receivers: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="Who is told, by name; see docs/channels.md."
    )
    routes: list[RouteSection] = Field(default_factory=list)
    operators: list[Name] = Field(
        default_factory=list,
        description="Receivers that are told of Marsad's own troubles: a source that is blind, a channel that fails.",
    )
    alerts: AlertsSection = Field(default_factory=lambda: AlertsSection())
    console: ConsoleSection = Field(default_factory=lambda: ConsoleSection())
    heartbeat: HeartbeatSection = Field(default_factory=lambda: HeartbeatSection())
    canary: CanarySection = Field(default_factory=lambda: CanarySection())
    websub: WebSubSection = Field(default_factory=lambda: WebSubSection())
    watch: WatchSection = Field(default_factory=lambda: WatchSection())
    tagging: TaggingSection = Field(default_factory=lambda: TaggingSection())
    log: LogSection = Field(default_factory=lambda: LogSection())

    @field_validator("store")
    @classmethod
    def _store_is_a_database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("a database's address begins with sqlite:/// and a path, or with postgresql://")
        return value

"""Validated settings -> the nouns the rooms work with; and faults that span several sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Protocol

from pydantic import BaseModel

from marsad.config.model import OutletSection, Settings, SourceSection
from marsad.config.telling import MannerSection, WeightSection
from marsad.config.yaml_places import Document, KeyPath, dotted
from news.alert import Manner, Policy, Route, Weight
from news.errors import suggestion
from news.outlet import Outlet, Source
from news.timetable import Severity


class HasSettings(Protocol):
    """A receiver, as far as routes need to know it."""

    @property
    def settings(self) -> BaseModel: ...

    @property
    def manner(self) -> MannerSection: ...

    @property
    def most_waiting(self) -> int: ...


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """Every source of every outlet, in the file's order, with defaults filled in."""
    return tuple(
        _source(section, outlet_section, settings)
        for outlet_section in settings.outlets
        for section in outlet_section.sources
    )


def _source(section: SourceSection, outlet: OutletSection, settings: Settings) -> Source:
    return Source(
        id=f"{outlet.id}/{section.id}",
        outlet=Outlet(
            id=outlet.id,
            name=outlet.name,
            homepage=outlet.homepage,
            country=outlet.country,
            owner=outlet.owner or outlet.id,
            zone=outlet.zone,
            encoding=outlet.encoding,
            profile=outlet.profile or outlet.id,
        ),
        url=section.url,
        kind=section.kind,
        languages=tuple(section.languages),
        interval=section.interval or settings.crawl.interval,
        fastest=None if section.interval else settings.crawl.fastest,
        slowest=None if section.interval else settings.crawl.slowest,
        cron=section.cron,
        enabled=section.enabled,
        delay=settings.crawl.delay if outlet.delay is None else outlet.delay,
        limit=section.limit,
        backfill=section.backfill,
        links=section.links,
    )


def addressed_routes(settings: Settings, receivers: Mapping[str, HasSettings]) -> tuple[Route, ...]:
    """Routes with their receivers spread out into endpoints (one for each mail address)."""
    alerts = settings.alerts
    return tuple(
        Route(
            id=route.id,
            endpoints=_spread(route.to, receivers),
            criteria=route.criteria(),
            severity=Severity(route.severity) if route.severity else None,
            group_wait=_or(route.group_wait, alerts.group_wait),
            update_wait=_or(route.update_wait, alerts.update_wait),
            expires_after=alerts.expires_after,
            updates=route.updates,
            confirmed=route.confirmed,
            confirm_to=_spread(route.confirm_to, receivers),
            per_hour=alerts.per_hour if route.per_hour is None else route.per_hour,
            digest=route.digest.noun() if route.digest else None,
            quiet=route.quiet.noun() if route.quiet else None,
        )
        for route in settings.routes
    )


def policy_of(settings: Settings, receivers: Mapping[str, HasSettings], weights: Mapping[str, WeightSection]) -> Policy:
    """What holds for all routes; `weights` by rule."""
    return Policy(
        per_source=settings.alerts.per_source,
        manners={
            endpoint: _manner(receiver)
            for name, receiver in receivers.items()
            for endpoint in endpoints_of(name, receiver)
        },
        weights={
            rule: Weight(
                severity=Severity(weight.severity) if weight.severity else None,
                urgent=weight.urgent,
                inhibits=tuple(weight.inhibits),
            )
            for rule, weight in weights.items()
        },
        confirmations=tuple(sorted(set(settings.alerts.confirmations))),
        late=settings.alerts.late.noun(),
    )


def _manner(receiver: HasSettings) -> Manner:
    own = receiver.manner
    return Manner(
        digest=own.digest.noun() if own.digest else None,
        quiet=own.quiet.noun() if own.quiet else None,
        per_hour=own.per_hour,
        waiting=receiver.most_waiting if own.waiting is None else own.waiting,
    )


def _spread(names: list[str], receivers: Mapping[str, HasSettings]) -> tuple[str, ...]:
    return tuple(endpoint for name in names for endpoint in endpoints_of(name, receivers[name]))


def _or(value: timedelta | None, default: timedelta) -> timedelta:
    return default if value is None else value


def endpoints_of(name: str, receiver: HasSettings) -> tuple[str, ...]:
    """A receiver's endpoint ids: `name`, or `name/address` for every mail recipient."""
    recipients = getattr(receiver.settings, "to", None)
    if recipients:
        return tuple(f"{name}/{address}" for address in recipients)
    return (name,)


def cross_faults(settings: Settings, rules: set[str], document: Document) -> list[str]:
    """Names used twice, and names that nothing is called."""
    return [
        *_pace(settings, document),
        *_links(settings, document),
        *_twice(settings, document),
        *_unknown(settings, rules, document),
    ]


def _links(settings: Settings, document: Document) -> Iterator[str]:
    console = settings.console
    place = document.place(("console", "public_url"))
    if console.public_url and not console.listen:
        yield f"{place}: console.public_url: nobody answers there without console.listen; set it too"
    if console.public_url and not console.secret:
        yield (
            f"{place}: console.public_url: links must be signed; write openssl rand -hex 32 into a file (mode 600) "
            "and name it as console.secret_file"
        )


def _pace(settings: Settings, document: Document) -> Iterator[str]:
    crawl = settings.crawl
    if crawl.fastest is not None and crawl.fastest > crawl.interval:
        place = document.place(("crawl", "fastest"))
        yield f"{place}: crawl.fastest: longer than crawl.interval; write a shorter time, or leave it out"
    if crawl.slowest is not None and crawl.slowest < crawl.interval:
        place = document.place(("crawl", "slowest"))
        yield f"{place}: crawl.slowest: shorter than crawl.interval; write a longer time, or leave it out"


def _twice(settings: Settings, document: Document) -> Iterator[str]:
    seen: dict[str, str] = {}
    listed: list[tuple[str, KeyPath]] = []
    for i, outlet in enumerate(settings.outlets):
        listed.append((f"outlet {outlet.id}", ("outlets", i, "id")))
        for j, source in enumerate(outlet.sources):
            listed.append((f"source {outlet.id}/{source.id}", ("outlets", i, "sources", j, "id")))
    listed += [(f"route {route.id}", ("routes", i, "id")) for i, route in enumerate(settings.routes)]
    for label, path in listed:
        place = document.place(path)
        if label in seen:
            yield f"{place}: {dotted(path)}: {label} stands at {seen[label]} already"
        seen.setdefault(label, place)


def _unknown(settings: Settings, rules: set[str], document: Document) -> Iterator[str]:
    for j, name in enumerate(settings.operators):
        if name not in settings.receivers:
            path: KeyPath = ("operators", j)
            hint = suggestion(name, sorted(settings.receivers))
            yield f"{document.place(path)}: {dotted(path)}: unknown receiver {name!r} {hint}"
    for i, route in enumerate(settings.routes):
        wanted = [("to", "receiver", route.to, set(settings.receivers))]
        wanted.append(("confirm_to", "receiver", route.confirm_to, set(settings.receivers)))
        wanted.append(("rules", "rule", route.rules, rules))
        wanted.append(("outlets", "outlet", route.outlets, {outlet.id for outlet in settings.outlets}))
        for key, kind, names, known in wanted:
            for j, name in enumerate(names):
                if name not in known:
                    path = ("routes", i, key, j)
                    hint = suggestion(name, sorted(known))
                    yield f"{document.place(path)}: {dotted(path)}: unknown {kind} {name!r} {hint}"

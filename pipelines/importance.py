"""How much a story matters, and which of its rules speak: severity and inhibition. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from news.alert import AlertKind, Route, Weight
from news.tag import Tag, Verdict
from news.timetable import Severity

FAINT = 1.2
"""A score of less than so many times the threshold is of low severity."""


def severity(route: Route, tags: Iterable[Tag], kind: AlertKind, weights: Mapping[str, Weight]) -> Severity:
    """The route's word, else the gravest of its rules', else what the findings say: a rupture or a
    confirmed story is high, a score barely over the threshold low."""
    if route.severity is not None:
        return route.severity
    listed = list(tags)
    said = [weight.severity for tag in listed if (weight := weights.get(tag.rule)) and weight.severity]
    if said:
        return max(said, key=lambda s: s.rank)
    if kind is AlertKind.CONFIRMED or any(tag.verdict is Verdict.RUPTURE for tag in listed):
        return Severity.HIGH
    if all(tag.score < tag.threshold * FAINT for tag in listed):
        return Severity.LOW
    return Severity.NORMAL


@dataclass(frozen=True, slots=True)
class Spoken:
    """The findings that speak; `inhibited` maps each rule that does not to the one that keeps it quiet."""

    tags: tuple[Tag, ...]
    inhibited: Mapping[str, str]


def uninhibited(tags: Iterable[Tag], weights: Mapping[str, Weight]) -> Spoken:
    """The more specific rule wins: what a matching rule inhibits is not told. Rules that inhibit
    one another both speak."""
    listed = tuple(tags)
    matching = {tag.rule for tag in listed}
    kept: dict[str, str] = {}
    for rule in sorted(matching):
        for other in weights.get(rule, Weight()).inhibits:
            mutual = rule in weights.get(other, Weight()).inhibits
            if other in matching and other != rule and not mutual:
                kept.setdefault(other, rule)
    return Spoken(tuple(tag for tag in listed if tag.rule not in kept), kept)

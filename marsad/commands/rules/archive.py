"""`marsad rules test --since`: how often a rule would have told, and what an edit gained and lost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.context import answer_json, opened, safe
from marsad.commands.progress import Progress
from news.counting import counted

if TYPE_CHECKING:
    from marsad.config import Config
    from news.rule import Rule
    from storage import Store

SHOWN = 20
"""Lines of one list on a terminal; the JSON has all."""

_WEEK = timedelta(weeks=1)
_TELLING = ("match", "rupture")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A rule over the archive: verdict and score by article id; what the other side said, if there is one."""

    rule: str
    now: Mapping[str, tuple[str, float]]
    before: Mapping[str, tuple[str, float]] | None
    compared_with: str
    seconds: float

    def telling(self, side: Mapping[str, tuple[str, float]]) -> set[str]:
        return {article_id for article_id, (verdict, _) in side.items() if verdict in _TELLING}


def over_archive(
    ctx: click.Context, rules: Sequence[Rule], since: str, against: str, expected: int | None, as_json: bool
) -> int:
    """Try rules on the archive and say what they would have told."""
    from marsad.config.units import parse_duration

    try:
        span = parse_duration(since)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    start = datetime.now(UTC) - span
    with opened(ctx, rules="words") as (config, store):
        count = store.history.count(since=start)
        outcomes = [_outcome(config, store, rule, start, against) for rule in rules]
        told = [_facts(store, outcome, span) for outcome in outcomes]
    matches = sum(facts["matches"] for facts in told)
    if as_json:
        findings = [finding for facts in told for finding in facts["findings"]]
        answer_json({"articles": count, "since": start, "matches": matches, "findings": findings, "rules": told})
    else:
        for facts in told:
            _print(facts, count, start)
    return exits.FAILED if expected is not None and expected != matches else exits.OK


def _outcome(config: Config, store: Store, rule: Rule, start: datetime, against: str) -> _Outcome:
    from marsad.backtest import SHARES, back_test

    begun = time.perf_counter()
    with Progress(f"{rule.id}: parts read", SHARES) as told:
        trials = back_test(store, config.store, rule, config.lexicons, since=start, told=told)
    seconds = time.perf_counter() - begun
    now = {trial.article_id: (trial.verdict.value, trial.score) for trial in trials}
    if against:
        other = _other(against, config, rule.id)
        found = back_test(store, config.store, other, config.lexicons, since=start)
        before = {trial.article_id: (trial.verdict.value, trial.score) for trial in found}
        return _Outcome(rule.id, now, before, f"{against} ({other.id})", seconds)
    said = store.history.said(rule=rule.id, since=start)
    if not said and not store.history.said(rule=rule.id, with_none=True):
        return _Outcome(rule.id, now, None, "", seconds)
    return _Outcome(
        rule.id, now, {item.article_id: (item.verdict, item.score) for item in said}, "what is stored", seconds
    )


def _other(against: str, config: Config, name: str) -> Rule:
    """The rule to compare with, from a file: the one of the same name, or the only one."""
    import os

    from marsad.config.rules import read_rules
    from marsad.config.yaml_places import Document
    from news.errors import ConfigError

    faults: list[str] = []
    use = [{"use": str(Path(against).resolve())}]
    outlets = {outlet.id for outlet in config.settings.outlets}
    document = Document(file=against)
    rules = read_rules(use, document, Path(), os.environ, config.lexicons, outlets, faults, folder="")
    if faults:
        raise ConfigError(faults)
    named = [rule for rule in rules if rule.id == name] or list(rules)
    if len(named) != 1:
        raise click.UsageError(f"{against} has several rules and none is called {name!r}")
    return named[0]


def _facts(store: Store, outcome: _Outcome, span: timedelta) -> dict[str, Any]:
    telling = outcome.telling(outcome.now)
    before = None if outcome.before is None else outcome.telling(outcome.before)
    gained = set() if before is None else telling - before
    lost = set() if before is None else before - telling
    wanted = list({*outcome.now, *lost})
    articles = {a: (story, article) for a, story, article in store.index.articles(wanted)}

    def line(article_id: str, side: Mapping[str, tuple[str, float]]) -> dict[str, Any]:
        story, article = articles[article_id]
        verdict, score = side.get(article_id, ("none", 0.0))
        return {
            "url": article.link,
            "title": article.title,
            "language": article.language,
            "fetched_at": article.fetched_at,
            "story": story,
            "rule": outcome.rule,
            "verdict": verdict,
            "score": score,
        }

    def lines(ids: set[str], side: Mapping[str, tuple[str, float]]) -> list[dict[str, Any]]:
        found = [line(article_id, side) for article_id in ids if article_id in articles]
        return sorted(found, key=lambda item: (item["fetched_at"], item["url"]), reverse=True)

    stories = {articles[a][0] for a in telling if a in articles}
    return {
        "rule": outcome.rule,
        "matches": sum(verdict == "match" for verdict, _ in outcome.now.values()),
        "ruptures": sum(verdict == "rupture" for verdict, _ in outcome.now.values()),
        "reviews": sum(verdict == "review" for verdict, _ in outcome.now.values()),
        "stories": len(stories),
        "stories_per_week": round(len(stories) / (span / _WEEK), 1) if span else 0.0,
        "seconds": round(outcome.seconds, 2),
        "findings": lines(set(outcome.now), outcome.now),
        "compared_with": outcome.compared_with,
        "gained": lines(gained, outcome.now),
        "lost": lines(lost, outcome.before or {}),
    }


def _print(facts: dict[str, Any], count: int, start: datetime) -> None:
    click.echo(
        f"{facts['rule']}: {facts['matches']} of {counted(count, 'article')} since {start:%Y-%m-%d %H:%M} match, "
        f"{counted(facts['ruptures'], 'rupture')}, {facts['reviews']} for review ({facts['seconds']} s)"
    )
    stories = counted(facts["stories"], "story", "stories")
    click.echo(f"  {stories} would be told, about {facts['stories_per_week']} a week")
    _print_lines(facts["findings"], "  ")
    if facts["compared_with"]:
        gained, lost = facts["gained"], facts["lost"]
        click.echo(f"  against {safe(facts['compared_with'])}: gained {len(gained)}, lost {len(lost)}")
        _print_lines(gained, "  + ")
        _print_lines(lost, "  - ")


def _print_lines(lines: list[dict[str, Any]], mark: str) -> None:
    for item in lines[:SHOWN]:
        day = f"{item['fetched_at']:%Y-%m-%d}"
        click.echo(f"{mark}{item['verdict']:8} {item['score']:5.1f}  {day}  {safe(item['title'])}")
    if len(lines) > SHOWN:
        click.echo(f"{mark}... and {len(lines) - SHOWN} more (--json has all)")

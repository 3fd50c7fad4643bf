"""`marsad alerts route`: which receivers a story reaches, and why or why not; `alerts digests`: those to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, opened, safe, table
from news.counting import counted
from news.errors import UnknownName

if TYPE_CHECKING:
    from marsad.config import Config
    from news.alert import Route
    from news.ports import StoryRecord
    from pipelines.facts import Facts
    from storage import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one route would do with a story for one receiver. `why` is what does not fit."""

    route: str
    endpoint: str
    reached: bool
    rules: tuple[str, ...] = ()
    severity: str = ""
    when: str = ""
    why: tuple[str, ...] = ()


@click.command("route")
@click.option("--story", "story_id", required=True, metavar="STORY", help="Id, or the beginning of one.")
@json_option
@click.pass_context
def route(ctx: click.Context, story_id: str, as_json: bool) -> int:
    """Say which receivers a story would reach now, when, and why not the others. Sends nothing."""
    with opened(ctx) as (config, store):
        record = store.catalogue.story(story_id)
        if record is None:
            raise UnknownName("story", story_id, [row.story.id for row in store.catalogue.stories(limit=50)])
        found = [reach for one in config.routes for reach in reaches(config, store, record, one)]
    reached = any(reach.reached for reach in found)
    if as_json:
        answer_json(found)
        return exits.OK if reached else exits.FAILED
    click.echo(safe(record.row.story.title))
    rows = [
        (r.route, r.endpoint, "yes" if r.reached else "no", r.severity, r.when if r.reached else "; ".join(r.why))
        for r in found
    ]
    table(("route", "receiver", "reached", "severity", "when, or why not"), rows, "no route is configured")
    return exits.OK if reached else exits.FAILED


def reaches(config: Config, store: Store, record: StoryRecord, route: Route) -> list[Reach]:
    """One route's answer for each of its receivers."""
    from marsad.commands.facts import story_facts
    from pipelines.facts import fitting, misses
    from pipelines.importance import uninhibited

    facts = story_facts(config, record)
    rules = fitting(route.criteria, facts)
    spoken = uninhibited(facts.tags, config.policy.weights)
    why = list(misses(route.criteria, facts))
    why += [f"rule {rule} is inhibited by {spoken.inhibited[rule]}" for rule in rules if rule in spoken.inhibited]
    rules = tuple(rule for rule in rules if rule not in spoken.inhibited)
    endpoints = dict.fromkeys((*route.endpoints, *route.confirm_to))
    return [_reach(config, store, record, route, endpoint, rules, why, facts) for endpoint in endpoints]


def _reach(
    config: Config,
    store: Store,
    record: StoryRecord,
    route: Route,
    endpoint: str,
    rules: tuple[str, ...],
    why: list[str],
    facts: Facts,
) -> Reach:
    from news.alert import AlertKind
    from news.fold import title
    from pipelines.importance import severity
    from pipelines.silencing import unsilenced
    from pipelines.slots import Wish, slot

    now = datetime.now(UTC)
    heard = unsilenced(rules, facts, store.silences.active(now), endpoint)
    if rules and not heard.rules:
        why = [*why, f"silence {heard.hidden_by} hides it"]
    needed = route.confirmed
    if endpoint not in route.endpoints:
        needed = needed or min(config.policy.confirmations, default=0)
    owners = len(record.row.story.owners)
    if owners < needed:
        why = [*why, f"{counted(owners, 'independent owner')}; wanted {needed}"]
    if why or not heard.rules:
        return Reach(route=route.id, endpoint=endpoint, reached=False, why=tuple(why))
    kind = AlertKind.CONFIRMED if needed else AlertKind.MATCHED
    tags = [tag for tag in facts.tags if tag.rule in heard.rules]
    gravity = severity(route, tags, kind, config.policy.weights)
    wish = Wish(route=route, endpoint=endpoint, kind=kind, severity=gravity)
    found = slot(wish, config.policy, store.archive.traffic(now), now)
    words = (
        f"at {found.ready_at:%Y-%m-%d %H:%M} UTC in a digest: {title(found.fold)}"
        if found.fold
        else (f"{round((found.ready_at - now).total_seconds())} s after the report")
    )
    return Reach(route=route.id, endpoint=endpoint, reached=True, rules=heard.rules, severity=gravity.value, when=words)


@click.command("digests")
@json_option
@click.pass_context
def digests(ctx: click.Context, as_json: bool) -> int:
    """List the digests to come: for whom, why, when, how many messages wait."""
    from marsad.commands.context import ago
    from news.endpoint import masked
    from news.fold import title

    now = datetime.now(UTC)
    with opened(ctx) as (_, store):
        found = store.catalogue.waiting()
    if as_json:
        answer_json(found)
        return exits.OK
    rows = [(masked(w.endpoint), ago(w.due_at, now), w.count, title(w.fold)) for w in found]
    table(("receiver", "due", "messages", "digest"), rows, "nothing waits for a digest")
    return exits.OK

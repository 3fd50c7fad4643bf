"""`marsad silences add | list | expire`."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.alerts import outcome
from marsad.commands.context import ago, answer_json, json_option, opened, safe, table
from news.counting import counted
from news.criteria import SINGULAR, Criteria
from news.endpoint import masked
from news.silence import Silence, new_silence

if TYPE_CHECKING:
    from marsad.config import Config
    from news.ports import AlertRecord
    from storage import Store

PREVIEW = timedelta(days=7)


class _End(click.ParamType[datetime]):
    """`8h` -> so long from now; `2026-11-26T08:00` -> then, in UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from marsad.config.units import parse_duration

        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            try:
                return datetime.now(UTC) + parse_duration(value)
            except ValueError as error:
                self.fail(f"{error}; or a time: 2026-11-26T08:00", param, ctx)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def criteria_options(command: Any) -> Any:
    """One repeatable option for each criterion."""
    for name, singular in reversed(SINGULAR.items()):
        text = f"Only this {singular}; give several for any of them."
        option = click.option(f"--{singular}", name, multiple=True, metavar=singular.upper(), help=text)
        command = option(command)
    return command


def criteria_of(config: Config, store: Store, given: dict[str, tuple[str, ...]]) -> Criteria:
    """Options -> criteria, every name checked where we know the names. Raises UnknownName."""
    from news.errors import UnknownName

    known = {
        "rules": [rule.id for rule in config.rules],
        "outlets": sorted({source.outlet.id for source in config.sources}),
    }
    for name, names in known.items():
        for value in given.get(name, ()):
            if value not in names:
                raise UnknownName(SINGULAR[name], value, names)
    stories = []
    for value in given.get("stories", ()):
        record = store.catalogue.story(value)
        if record is None:
            raise UnknownName("story", value, [row.story.id for row in store.catalogue.stories(limit=50)])
        stories.append(record.row.story.id)
    return Criteria(**{**given, "stories": tuple(stories)})  # type: ignore[arg-type]


@click.command("add")
@criteria_options
@click.option(
    "--until", "ends_at", type=_End(), required=True, help="End: 8h, 7d, or 2026-11-26T08:00. 30 days at most."
)
@click.option("--reason", required=True, help="Why; others will ask.")
@click.option("--author", default="", help="Who; default: your login name.")
@click.option("--receiver", default="", metavar="NAME", help="Only for this receiver, or for one recipient of it.")
@click.option("--dry-run", is_flag=True, help="Only show what it would have hidden in the last 7 days.")
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    /,
    ends_at: datetime,
    reason: str,
    author: str,
    receiver: str,
    dry_run: bool,
    as_json: bool,
    **given: tuple[str, ...],
) -> int:
    """Hide stories for a while. All criteria given must fit; of one, any value."""
    now = datetime.now(UTC)
    with opened(ctx) as (config, store):
        criteria = criteria_of(config, store, given)
        silence = new_silence(
            criteria,
            author=author or _login(),
            reason=reason,
            now=now,
            ends_at=ends_at,
            receiver=_known(config, receiver),
        )
        hidden = would_hide(config, store, silence, now)
        if not dry_run:
            store.silences.add(silence)
    if as_json:
        answer_json({"silence": silence, "added": not dry_run, "would_have_hidden": hidden})
        return exits.OK
    click.echo(f"In the last 7 days it would have hidden {counted(len(hidden), 'alert')}.")
    rows = [(r.alert.id[:12], ago(r.alert.created_at, now), r.alert.kind.value, outcome(r), r.title) for r in hidden]
    if rows:
        table(("alert", "when", "kind", "deliveries", "story"), rows[:20], "", wrapped=2)
    if dry_run:
        click.echo("Nothing was changed.")
    else:
        click.echo(f"Added {silence.id}: {_hides(silence)}, until {ends_at:%Y-%m-%d %H:%M} UTC.")
    return exits.OK


def _known(config: Config, receiver: str) -> str:
    """Raises UnknownName."""
    from marsad.wiring import all_endpoints
    from news.errors import UnknownName

    names = sorted({*config.receivers, *all_endpoints(config)})
    if receiver and receiver not in names:
        raise UnknownName("receiver", receiver, names)
    return receiver


def would_hide(config: Config, store: Store, silence: Silence, now: datetime) -> list[AlertRecord]:
    """Alerts of the last 7 days that were told, and that this silence would have hidden whole."""
    from marsad.commands.facts import report_facts
    from news.alert import AlertKind

    hidden = []
    for record in store.catalogue.alerts(since=now - PREVIEW, limit=0):
        alert = record.alert
        if alert.suppressed or alert.kind is AlertKind.CORRECTED:
            continue
        if not any(silence.holds_for(entry.delivery.endpoint) for entry in record.deliveries):
            continue
        facts = report_facts(config, store, alert)
        if facts is not None and set(alert.rules) <= set(_fitting(silence.criteria, facts)):
            hidden.append(record)
    return hidden


def _fitting(criteria: Criteria, facts: Any) -> tuple[str, ...]:
    from pipelines.facts import fitting

    return fitting(criteria, facts)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Ended ones too.")
@json_option
@click.pass_context
def list_(ctx: click.Context, everything: bool, as_json: bool) -> int:
    """List the silences in force."""
    now = datetime.now(UTC)
    with opened(ctx) as (_, store):
        found = store.silences.list(active_at=None if everything else now)
    if as_json:
        answer_json(found)
        return exits.OK
    rows = [
        (s.id, "ended" if not s.is_active(now) else f"ends {ago(s.ends_at, now)}", s.author, _what(s)) for s in found
    ]
    table(("silence", "state", "author", "hides, and why"), rows, "nothing is silenced")
    return exits.OK


def _what(silence: Silence) -> str:
    return f"{_hides(silence)}: {silence.reason}"


def _hides(silence: Silence) -> str:
    only = f", for {masked(silence.receiver)} only" if silence.receiver else ""
    return ", ".join(silence.criteria.given()) + only


@click.command("expire")
@click.argument("silence_id", metavar="SILENCE")
@json_option
@click.pass_context
def expire(ctx: click.Context, silence_id: str, as_json: bool) -> int:
    """End a silence now. What later reports bring is told again; what was hidden stays hidden."""
    with opened(ctx) as (_, store):
        silence = store.silences.expire(silence_id, datetime.now(UTC))
    if as_json:
        answer_json(silence)
    else:
        click.echo(f"{silence.id} has ended: {safe(_what(silence))}")
    return exits.OK

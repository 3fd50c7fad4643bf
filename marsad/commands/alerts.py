"""`marsad alerts list | show | resend`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import Ago, ago, answer_json, json_option, limit_option, opened, safe, table
from news.alert import AlertKind
from news.counting import counted
from news.delivery import DeliveryState, fate
from news.errors import NewsError, StoreError, UnknownName, Unreadable
from news.fold import title as fold_title

if TYPE_CHECKING:
    from news.delivery import Attempt, Delivery
    from news.ports import AlertRecord
    from storage import Store

_STATES = [state.value for state in DeliveryState]
_RESENT = [state.value for state in (DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.DELIVERED)]


@click.command("list")
@click.option("--state", type=click.Choice([*_STATES, "suppressed"]), help="Only with a delivery in this state.")
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, state: str | None, limit: int, as_json: bool) -> int:
    """List the latest alerts with their deliveries, suppressed ones too."""
    with opened(ctx) as (_, store):
        found = store.catalogue.alerts(state=state or "", limit=limit)
    now = datetime.now(UTC)
    if as_json:
        answer_json(found)
        return exits.OK
    rows = [
        (
            record.alert.id[:12],
            ago(record.alert.created_at, now),
            record.alert.kind.value,
            outcome(record),
            record.title,
        )
        for record in found
    ]
    table(("alert", "when", "kind", "deliveries", "story"), rows, "no alert yet", wrapped=2)
    return exits.OK


def outcome(record: AlertRecord) -> str:
    """`desk delivered, mail/a@b.c retry_wait`, with more receivers `5 delivered, mail/a@b.c retry_wait`; or why nobody
    was told."""
    if record.alert.suppressed:
        by = record.alert.suppressed_by
        return f"nobody told: {record.alert.suppressed}" + (f" by {by}" if by else "")
    arrived = [entry for entry in record.deliveries if entry.delivery.state is DeliveryState.DELIVERED]
    unnamed = arrived if len(arrived) > 2 else []
    named = [f"{d.delivery.endpoint} {fate(d.delivery)}" for d in record.deliveries if d not in unnamed]
    return ", ".join([f"{len(unnamed)} delivered", *named] if unnamed else named)


def _found(store: Store, alert_id: str) -> AlertRecord:
    record = store.catalogue.alert(alert_id)
    if record is None:
        raise UnknownName("alert", alert_id, [r.alert.id for r in store.catalogue.alerts(limit=50)])
    return record


@click.command("show")
@click.argument("alert_id", metavar="ALERT")
@json_option
@click.pass_context
def show(ctx: click.Context, alert_id: str, as_json: bool) -> int:
    """Show one alert (id of it or of a delivery, or the beginning) with every attempt."""
    with opened(ctx) as (_, store):
        record = _found(store, alert_id)
    if as_json:
        answer_json(record)
    else:
        print_alert(record)
    return exits.OK


def print_alert(record: AlertRecord, indent: str = "") -> None:
    """An alert with its deliveries and their attempts."""
    alert = record.alert
    route = f" along {alert.route}" if alert.route else ""
    click.echo(f"{indent}alert {alert.id}  {alert.kind.value}{route}, {alert.created_at:%Y-%m-%d %H:%M:%S} UTC")
    story = "" if alert.kind is AlertKind.DIGEST else f"story {alert.story_id[:9]}, "
    click.echo(f"{indent}  {safe(record.title)}  ({story}rules {', '.join(alert.rules)})")
    if alert.note and alert.kind is not AlertKind.DIGEST:
        click.echo(f"{indent}  {safe(alert.note)}")
    for member in record.members:
        click.echo(f"{indent}  - {member.kind.value} {member.story_id[:9]} {safe(member.title)}")
    if alert.suppressed:
        by = f" ({alert.suppressed_by})" if alert.suppressed_by else ""
        click.echo(f"{indent}  nobody was told: {_SUPPRESSED.get(alert.suppressed, alert.suppressed)}{by}")
    for entry in record.deliveries:
        delivery = entry.delivery
        click.echo(f"{indent}  {delivery.id} to {delivery.endpoint}: {fate(delivery)}")
        if delivery.reason:
            click.echo(f"{indent}    {safe(delivery.reason)}")
        if entry.attempts and not entry.in_body_bytes:
            click.echo(f"{indent}    its text is kept no longer (alerts.keep_messages)")
        if delivery.folded_into:
            click.echo(f"{indent}    told in the digest {delivery.folded_into}")
        elif delivery.fold and delivery.kind is not AlertKind.DIGEST:
            click.echo(f"{indent}    waits for a digest: {fold_title(delivery.fold)}")
        if delivery.state in (DeliveryState.HELD, DeliveryState.RETRY_WAIT, DeliveryState.IN_DOUBT):
            click.echo(f"{indent}    next try {delivery.ready_at:%Y-%m-%d %H:%M:%S} UTC")
        for attempt in entry.attempts:
            click.echo(f"{indent}    {attempt_line(attempt)}")
            if attempt.answer:
                click.echo(f"{indent}      answered: {safe(attempt.answer[:200])}")


def attempt_line(attempt: Attempt) -> str:
    """`attempt 2, 10:04:11: retry 503 in 41 ms, next try 10:04:41`, and what was wrong."""
    ms = "" if attempt.took_ms is None else f" in {attempt.took_ms} ms"
    line = f"attempt {attempt.number}, {attempt.started_at:%H:%M:%S}: {attempt.result or 'under way'}"
    line = f"{line} {attempt.status}".rstrip() + ms
    if attempt.detail:
        line = f"{line}, {safe(attempt.detail[:200])}"
    if attempt.next_at is not None:
        line = f"{line}; next try {attempt.next_at:%Y-%m-%d %H:%M:%S} UTC"
    return line


_ANEW = "its text is kept no longer, and is made anew from the story as it stands"
_SUPPRESSED = {
    "first_visit": "it was found when the source was read for the first time (set `backfill: true` to be told)",
    "inhibited": "a more specific rule matches too (`inhibits` in that rule)",
    "silenced": "a silence hides it; see marsad silences list --all",
    "no_route": "no route wants it (see `routes` in the configuration)",
}


@click.command("resend")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--since", type=Ago(), metavar="DURATION", help="All made since: 7d, 24h, 30m ago.")
@click.option("--until", type=Ago(), metavar="DURATION", help="... and until so long ago.")
@click.option("--to", "receiver", default="", metavar="RECEIVER", help="Only to this receiver, or to NAME/ADDRESS.")
@click.option(
    "--state", "states", type=click.Choice(_RESENT), multiple=True, help="Only these (default: dead, expired)."
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent again, and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def resend(
    ctx: click.Context,
    ids: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    receiver: str,
    states: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Send deliveries (msg_...), all of an alert, or all of a range or receiver again, under the
    same ids: receivers that key on them lose nothing and see nothing twice. The daemon sends
    them, on a fresh schedule."""
    ranged = bool(since or until or receiver or states)
    if bool(ids) == ranged:
        raise click.UsageError("name deliveries or alerts, or choose them by --since, --until, --to and --state")
    now = datetime.now(UTC)
    with opened(ctx) as (config, store):
        if ids:
            wanted = [delivery for given in ids for delivery in _deliveries(store, given)]
        else:
            chosen = [DeliveryState(state) for state in states or ("dead", "expired")]
            wanted = list(store.outbox.settled(states=chosen, since=since, until=until, receiver=receiver))
            # One that is configured no more may have messages still.
            if receiver and not wanted and receiver.partition("/")[0] not in config.receivers:
                raise UnknownName("receiver", receiver, config.receivers)
        if wanted and not (yes or dry_run):
            click.confirm(f"Send {counted(len(wanted), 'delivery', 'deliveries')} again?", abort=True, err=True)
        anew = store.outbox.forgotten(delivery.id for delivery in wanted)
        sent = wanted if dry_run else _sent(store, wanted, now)
    if as_json:
        answer_json(sent)
    for delivery in () if as_json else sent:
        state = f"{delivery.state.value} now" if dry_run else "due now"
        words = f"; {_ANEW}" if delivery.id in anew else ""
        click.echo(f"{delivery.id} to {delivery.endpoint}: {state}{words}")
    if not (wanted or as_json):
        click.echo("nothing to send again")
    if len(sent) == len(wanted):
        return exits.OK
    return exits.PARTIAL if sent else exits.FAILED


def _sent(store: Store, wanted: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Those that were made due; of the others is said what is in their way."""
    sent = []
    for delivery in wanted:
        try:
            sent.append(store.outbox.resend(delivery.id, now))
        except NewsError as error:
            if isinstance(error, StoreError) and not isinstance(error, Unreadable):
                raise  # the database: no other can be sent either
            click.echo(f"marsad: {safe(error)}", err=True)
    return sent


def _deliveries(store: Store, given: str) -> list[Delivery]:
    record = _found(store, given)
    exact = [e.delivery for e in record.deliveries if e.delivery.id.startswith(given)]
    if exact:
        return exact
    every = [entry.delivery for entry in record.deliveries]
    return [delivery for delivery in every if delivery.state.value in _RESENT] or every

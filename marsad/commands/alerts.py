"""`marsad alerts list | show | resend`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import ago, answer_json, json_option, limit_option, opened, safe, table
from news.delivery import DeliveryState
from news.errors import UnknownName

if TYPE_CHECKING:
    from news.ports import AlertRecord
    from storage import Store

_STATES = [state.value for state in DeliveryState]


@click.command("list")
@click.option("--state", type=click.Choice([*_STATES, "suppressed"]), help="Only with a delivery in this state.")
@limit_option
@json_option
@click.pass_context
def list_(ctx: click.Context, state: str | None, limit: int, as_json: bool) -> int:
    """List the latest alerts with their deliveries, suppressed ones too."""
    now = datetime.now(UTC)
    with opened(ctx) as (_, store):
        found = store.catalogue.alerts(state=state or "", limit=limit)
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
    table(("alert", "when", "kind", "deliveries", "story"), rows, "no alert yet")
    return exits.OK


def outcome(record: AlertRecord) -> str:
    """`desk delivered, mail/a@b.c retry_wait`, or why nobody was told."""
    if record.alert.suppressed:
        by = record.alert.suppressed_by
        return f"nobody told: {record.alert.suppressed}" + (f" by {by}" if by else "")
    return ", ".join(f"{d.delivery.endpoint} {d.delivery.state.value}" for d in record.deliveries)


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
    click.echo(f"{indent}  {safe(record.title)}  (story {alert.story_id[:9]}, rules {', '.join(alert.rules)})")
    if alert.suppressed:
        by = f" ({alert.suppressed_by})" if alert.suppressed_by else ""
        click.echo(f"{indent}  nobody was told: {_SUPPRESSED.get(alert.suppressed, alert.suppressed)}{by}")
    for entry in record.deliveries:
        delivery = entry.delivery
        click.echo(f"{indent}  {delivery.id} to {delivery.endpoint}: {delivery.state.value}")
        if delivery.reason:
            click.echo(f"{indent}    {safe(delivery.reason)}")
        if delivery.state in (DeliveryState.HELD, DeliveryState.RETRY_WAIT, DeliveryState.IN_DOUBT):
            click.echo(f"{indent}    next try {delivery.ready_at:%Y-%m-%d %H:%M:%S} UTC")
        for attempt in entry.attempts:
            took = (attempt.finished_at - attempt.started_at).total_seconds() * 1000 if attempt.finished_at else None
            ms = f" in {took:.0f} ms" if took is not None else ""
            words = attempt.detail or attempt.answer
            click.echo(
                f"{indent}    attempt {attempt.number}, {attempt.started_at:%H:%M:%S}: "
                f"{attempt.result or 'under way'} {attempt.status}{ms} {safe(words[:200])}".rstrip()
            )


_SUPPRESSED = {
    "first_visit": "it was found when the source was read for the first time (set `backfill: true` to be told)",
    "old_news": "it was published more than 24 hours before it was found",
    "silenced": "a silence hides it; see marsad silences list --all",
    "no_route": "no route wants it (see `routes` in the configuration)",
}


@click.command("resend")
@click.argument("ids", nargs=-1, required=True, metavar="DELIVERY...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def resend(ctx: click.Context, ids: tuple[str, ...], yes: bool) -> int:
    """Send deliveries (msg_...) or all of an alert again, under the same ids: receivers that key
    on them lose nothing and see nothing twice. The daemon sends them."""
    now = datetime.now(UTC)
    with opened(ctx) as (_, store):
        wanted = [name for given in ids for name in _deliveries(store, given)]
        if not yes:
            click.confirm(f"Send {len(wanted)} deliveries again?", abort=True, err=True)
        for name in wanted:
            delivery = store.outbox.resend(name, now)
            click.echo(f"{delivery.id} to {delivery.endpoint}: due now")
    return exits.OK


def _deliveries(store: Store, given: str) -> list[str]:
    record = _found(store, given)
    exact = [e.delivery.id for e in record.deliveries if e.delivery.id.startswith(given)]
    return exact or [entry.delivery.id for entry in record.deliveries]

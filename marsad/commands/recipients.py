"""`marsad channels list | resubscribe`: who is reached, and who wants no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from marsad import exits
from marsad.commands.context import ago, answer_json, json_option, opened, table
from news.errors import UnknownName


@click.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """Every receiver and recipient with its kind, its health, and whether they have unsubscribed."""
    from marsad.config.nouns import endpoints_of

    with opened(ctx) as (config, store):
        states = {state.endpoint: state for state in store.catalogue.endpoints()}
        gone = store.recipients.unsubscribed()
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for name, receiver in config.receivers.items():
        for endpoint in endpoints_of(name, receiver):
            state = states.get(endpoint)
            rows.append(
                {
                    "endpoint": endpoint,
                    "kind": receiver.kind,
                    "health": state.health.value if state else "healthy",
                    "failing_since": state.failing_since if state else None,
                    "reason": state.reason if state else "",
                    "operator": name in config.settings.operators,
                    "unsubscribed_at": gone.get(endpoint),
                }
            )
    if as_json:
        answer_json(rows)
    else:
        shown = [(r["endpoint"], r["kind"], _standing(r, now), "yes" if r["operator"] else "") for r in rows]
        table(("endpoint", "channel", "how it fares", "operator"), shown, "no receiver is configured")
    return exits.OK


def _standing(row: dict[str, Any], now: datetime) -> str:
    if row["unsubscribed_at"]:
        return f"unsubscribed {ago(row['unsubscribed_at'], now)}; gets nothing"
    if row["health"] == "healthy":
        return "well"
    since = f", failing since {ago(row['failing_since'], now)}" if row["failing_since"] else ""
    return f"{row['health']}{since}: {row['reason']}"


@click.command("resubscribe")
@click.argument("endpoint", metavar="NAME/ADDRESS")
@click.pass_context
def resubscribe(ctx: click.Context, endpoint: str) -> int:
    """Send to a recipient again who has unsubscribed; only with their word for it."""
    with opened(ctx) as (_, store):
        if not store.recipients.resubscribe(endpoint):
            raise UnknownName("unsubscribed recipient", endpoint, store.recipients.unsubscribed())
    click.echo(f"{endpoint} gets messages again; those cancelled meanwhile stay cancelled")
    return exits.OK

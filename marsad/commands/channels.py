"""`marsad channels test | preview | secret`: try a receiver, see a message before it goes, make a secret.

`list` and `resubscribe` stand in `recipients`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from marsad import exits, loop
from marsad.commands.context import answer_json, configuration, json_option, opened, safe
from marsad.commands.recipients import list_, resubscribe
from news.errors import UnknownName

if TYPE_CHECKING:
    from marsad.config import Config
    from news.delivery import EndpointState, Receipt


@click.command("test")
@click.argument("names", nargs=-1, metavar="[RECEIVER...]")
@json_option
@click.pass_context
def test(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Send a test message to receivers (default: all) and show status, time and answer.

    A receiver that was switched off and takes it is switched on again."""
    from marsad import log
    from marsad.config.masking import secrets_of

    config = configuration(ctx)
    log.configure("warning", config.settings.log.format, secrets_of(config))
    for name in names:
        if name not in config.receivers:
            raise UnknownName("receiver", name, config.receivers)
    if not config.receivers:
        click.echo("no receiver is configured; see `receivers` in the configuration")
        return exits.FAILED
    chosen = names or tuple(config.receivers)
    found = loop.run(_send(config, chosen))
    mask = log.Masking(secrets_of(config)).clean
    if as_json:
        answer_json({endpoint: _masked(receipt, mask) for endpoint, receipt in found.items()})
    else:
        for endpoint, receipt in found.items():
            _tell(config, endpoint, receipt, mask)
    arrived = [endpoint for endpoint, receipt in found.items() if receipt.result.value == "accepted"]
    for state in _switched_on(config, arrived):
        click.echo(
            f"{state.endpoint} was switched off ({safe(state.reason)}); from now on it gets messages again", err=as_json
        )
    bad = [r for r in found.values() if r.result.value != "accepted"]
    if not bad:
        return exits.OK
    return exits.FAILED if len(bad) == len(found) else exits.PARTIAL


def _switched_on(config: Config, endpoints: Sequence[str]) -> list[EndpointState]:
    """Those that were switched off, as they stood; no database is made for this."""
    from news.delivery import EndpointHealth
    from news.errors import StoreMissing
    from storage import open_store

    if not endpoints:
        return []
    try:
        store = open_store(config.store)
    except StoreMissing:
        return []
    try:
        states = store.outbox.endpoint_states(endpoints).values()
        off = [state for state in states if state.health is EndpointHealth.DISABLED]
        for state in off:
            store.outbox.enable(state.endpoint, datetime.now(UTC))
    finally:
        store.close()
    return off


def _masked(receipt: Receipt, mask: Callable[[str], str]) -> Receipt:
    return replace(receipt, detail=mask(receipt.detail), answer=mask(receipt.answer))


def _tell(config: Config, endpoint: str, receipt: Receipt, mask: Callable[[str], str]) -> None:
    """What was asked, of whom, and what came back."""
    name, _, address = endpoint.partition("/")
    ms = receipt.duration.total_seconds() * 1000
    click.echo(f"{endpoint}: {receipt.result.value} {receipt.status} in {ms:.0f} ms".rstrip())
    click.echo(f"  sent: {safe(_request(config, name, address))}")
    if receipt.detail:
        click.echo(f"  {safe(mask(receipt.detail))}")
    if receipt.answer:
        click.echo(f"  answered: {safe(mask(receipt.answer[:300]))}")


def _request(config: Config, name: str, address: str) -> str:
    """One line about the request, without its secrets."""
    receiver = config.receivers[name]
    settings = receiver.settings.model_dump(mode="json")
    if receiver.kind == "email":
        return f"a mail to {address} by {settings['host']} ({settings['security']})"
    if receiver.kind == "slack":
        channel = settings["channel"]
        return f"chat.postMessage to {channel}" if channel else "POST to an incoming webhook of Slack"
    url = getattr(receiver.settings, "url", None)
    scheme, _, rest = (url.get_secret_value() if url else "").partition("://")
    if receiver.kind == "webhook":
        host = urlsplit(f"//{rest}").hostname or ""
        return f"POST {scheme}://{host}/********, signed"
    return f"a message by {receiver.kind} ({scheme}://********)"


async def _send(config: Config, names: tuple[str, ...]) -> dict[str, Receipt]:
    from alerts.wording import trial_notice
    from marsad.wiring import build_channels
    from news.clock import SystemClock

    clock = SystemClock()
    channels = build_channels(config, clock)
    found: dict[str, Receipt] = {}
    for name in names:
        for endpoint in channels[name].endpoints():
            found[endpoint] = await channels[name].notify(endpoint, trial_notice(clock.now()))
    for channel in channels.values():
        await channel.close()
    return found


@click.command("preview")
@click.argument("name", metavar="RECEIVER")
@click.option("--story", "story_id", required=True, metavar="STORY", help="Id of a story, or its beginning.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path), help="Write the HTML part of a mail to this file."
)
@json_option
@click.pass_context
def preview(ctx: click.Context, name: str, story_id: str, html_file: Path | None, as_json: bool) -> int:
    """Show a story exactly as it would go to a receiver now; nothing is sent. RECEIVER is a name, or
    NAME/ADDRESS for one of several recipients."""
    from alerts.receipts import hide
    from marsad.config.masking import secrets_of
    from marsad.wiring import build_channels
    from news.briefing import Claim
    from news.clock import SystemClock
    from news.delivery import DeliveryState

    with opened(ctx) as (config, store):
        receiver = name.partition("/")[0]
        if receiver not in config.receivers:
            raise UnknownName("receiver", receiver, config.receivers)
        clock = SystemClock()
        channel = build_channels(config, clock)[receiver]
        endpoint = name if "/" in name else channel.endpoints()[0]
        if endpoint not in channel.endpoints():
            raise UnknownName("recipient", endpoint, channel.endpoints())
        found = store.catalogue.briefing(story_id, endpoint, clock.now())
    if found is None:
        raise UnknownName("story", story_id, ())
    delivery, briefing = found
    parcel = channel.render(delivery, briefing)
    claim = Claim(
        delivery=delivery, attempt=1, owner="", parcel=parcel, was=DeliveryState.READY, root=briefing.root
    )  # fmt: skip
    text = hide(channel.preview(claim), secrets_of(config))
    if html_file is not None:
        html_file.write_text(_html_part(parcel.body, name), encoding="utf-8")
    if as_json:
        answer_json({"endpoint": endpoint, "delivery": delivery.id, "kind": delivery.kind, "message": text})
    else:
        click.echo("\n".join(safe(line) for line in text.split("\n")) if sys.stdout.isatty() else text)
    return exits.OK


def _html_part(body: bytes, name: str) -> str:
    from email import message_from_bytes, policy

    part = message_from_bytes(body, policy=policy.default).get_body(("html",)) if body[:11] == b"Message-ID:" else None
    if part is None:
        raise click.UsageError(f"a message to {name} has no HTML part; --html is for receivers by e-mail")
    return str(part.get_content())


@click.command("secret")
@click.option("--ed25519", "asymmetric", is_flag=True, help="A key pair, for receivers that must not hold our secret.")
@json_option
def secret(asymmetric: bool, as_json: bool) -> int:
    """Make a secret for a webhook: put it into a file that only you can read, and give the receiver
    the same (with --ed25519: the public half)."""
    from alerts.signing import new_pair, new_secret

    if not asymmetric:
        made = new_secret()
        answer_json({"secret": made}) if as_json else click.echo(made)
        return exits.OK
    private, public = new_pair()
    if as_json:
        answer_json({"secret": private, "public": public})
    else:
        click.echo(private)
        click.echo(f"{public}  (for the receiver)", err=True)
    return exits.OK


__all__ = ["list_", "preview", "resubscribe", "secret", "test"]

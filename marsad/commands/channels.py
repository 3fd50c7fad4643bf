"""`marsad channels test`: one marked message through a receiver, and what came back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option, safe
from news.errors import UnknownName

if TYPE_CHECKING:
    from marsad.config import Config
    from news.delivery import Receipt


@click.command("test")
@click.argument("names", nargs=-1, metavar="RECEIVER...")
@json_option
@click.pass_context
def test(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Send a test message to receivers (default: all) and show status, time and answer."""
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
    found = asyncio.run(_send(config, names or tuple(config.receivers)))
    mask = log.Masking(secrets_of(config)).clean
    if as_json:
        answer_json(found)
    else:
        for endpoint, receipt in found.items():
            ms = receipt.duration.total_seconds() * 1000
            words = safe(mask(receipt.detail or receipt.answer[:300]))
            click.echo(f"{endpoint}: {receipt.result.value} {receipt.status} in {ms:.0f} ms {words}".rstrip())
    bad = [r for r in found.values() if r.result.value != "accepted"]
    if not bad:
        return exits.OK
    return exits.FAILED if len(bad) == len(found) else exits.PARTIAL


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

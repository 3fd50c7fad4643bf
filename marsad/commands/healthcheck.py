"""`marsad healthcheck`: asks the running daemon whether it is ready; for containers and scripts."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option

TIMEOUT = 8
"""Seconds; the daemon itself gives its database five."""
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where a listener on all is asked


@click.command("healthcheck")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> int:
    """Ask the daemon's /readyz; exit 0 if it is ready, 1 if not or if nobody answers."""
    from marsad.config import config_file, load_settings

    section = load_settings(config_file(ctx.find_root().obj)).console
    if not section.listen:
        click.echo("the daemon has no HTTP server; set console.listen, for example 127.0.0.1:8080", err=True)
        return exits.FAILED
    answer = _asked(_ANY.get(section.host, section.host), section.port)
    if as_json:
        answer_json(answer)
    else:
        click.echo(answer["status"])
        for name, check in answer["checks"].items():
            click.echo(f"  {name}: {'' if check['passed'] else 'FAILED, '}{check['detail']}")
    return exits.OK if answer["status"] == "ready" else exits.FAILED


def _asked(host: str, port: int) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/readyz")
        answer = json.loads(connection.getresponse().read(64 * 1024))
        return {"status": str(answer["status"]), "checks": dict(answer["checks"])}
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return {"status": f"no answer from {host}:{port} ({reason}); is the daemon running?", "checks": {}}
    finally:
        connection.close()

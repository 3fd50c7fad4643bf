"""`marsad run`: the daemon."""

from __future__ import annotations

import click

from marsad import exits, loop
from marsad.commands.context import opened


@click.command("run")
@click.pass_context
def command(ctx: click.Context) -> int:
    """Poll the sources, decide, deliver, until SIGTERM or Ctrl-C. SIGHUP reloads the file.

    A second daemon on the same database is refused. What is running when told to stop gets ten
    seconds to finish; nothing is lost if it does not.
    """
    from marsad import log
    from marsad.config.masking import secrets_of
    from marsad.daemon import Daemon

    with opened(ctx, upgrade=True) as (config, store):
        section = config.settings.log
        log.configure(section.level, section.format, secrets_of(config))
        with store.lock("daemon"):
            loop.run(Daemon(config, store).run())
    return exits.OK

"""`marsad run`: the daemon."""

from __future__ import annotations

import os
from contextlib import ExitStack
from threading import Timer
from typing import TYPE_CHECKING

import click

from marsad import exits, loop
from marsad.commands.context import configuration, prepared
from marsad.systemd import starting

if TYPE_CHECKING:
    from marsad.daemon import Daemon

LAST = 1.5
"""Seconds that threads which still wait for the database get, once the daemon has drained."""


@click.command("run")
@click.pass_context
def command(ctx: click.Context) -> int:
    """Poll the sources, decide, deliver, until SIGTERM or Ctrl-C. SIGHUP reloads the file.

    A second daemon on the same database is refused. What is running when told to stop gets ten
    seconds to finish; nothing is lost if it does not.
    """
    from marsad import log
    from marsad.config.masking import secrets_of

    cut_off = Timer(LAST, _cut_off)
    cut_off.daemon = True
    try:
        config = configuration(ctx, rules="examples")
        section = config.settings.log
        log.configure(section.level, section.format, secrets_of(config))
        with ExitStack() as held:
            with starting():
                store = held.enter_context(prepared(config, _tell))
            lock = held.enter_context(store.lock("daemon"))
            from marsad.daemon import Daemon  # half of a start: a second daemon is refused before it

            daemon = Daemon(config, store, lock.keep)
            loop.run(_until_drained(daemon, cut_off))
    finally:
        cut_off.cancel()
    return exits.LOCKED if daemon.is_displaced else exits.OK


async def _until_drained(daemon: Daemon, cut_off: Timer) -> None:
    await daemon.run()
    cut_off.start()


def _tell(words: str) -> None:
    import structlog

    structlog.get_logger("marsad.daemon").warning("store.prepared", what=words)


def _cut_off() -> None:
    """End the process though a thread still waits for the database; a commit it waits for is not made, as at
    any kill, and what was in it is done again."""
    import structlog

    structlog.get_logger("marsad.daemon").warning("daemon.cut_off", hint="the database did not answer in time")
    os._exit(exits.OK)

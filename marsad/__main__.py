"""The command line: builds the command tree lazily and turns every error into one sentence."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

import click

from marsad import exits, heap
from marsad.commands import root
from news.errors import ConfigError, FetchError, NewsError, QueryError, StoreBusy, UnknownName

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. No traceback reaches the user but with
    MARSAD_DEBUG=1."""
    heap.begin()
    try:
        result = root.main(args=arguments, prog_name="marsad", standalone_mode=False)
        return result if isinstance(result, int) else exits.OK
    except click.exceptions.Abort:
        return exits.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return exits.USAGE
    except NewsError as error:
        click.echo(f"marsad: {error}", err=True)
        return code_of(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: not an error of ours.
        _drop_output()
        return exits.OK
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _drop_output()
            click.echo(
                f"marsad: what was to be written found no room: {error.strerror}. Free some, then again.", err=True
            )
            return exits.FAILED
        return _unexpected(error)


def _drop_output() -> None:
    """What could not be written is let go: Python would try again at its end, complain, and exit with 120."""
    with suppress(OSError):  # an output that is no file
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def code_of(error: NewsError) -> int:
    """The exit code of an error's kind."""
    if isinstance(error, ConfigError):
        return exits.CONFIG
    if isinstance(error, (UnknownName, QueryError)):
        return exits.USAGE
    if isinstance(error, StoreBusy):
        return exits.LOCKED
    return exits.UNREACHABLE if isinstance(error, FetchError) else exits.FAILED


def _unexpected(error: Exception) -> int:
    if os.environ.get("MARSAD_DEBUG"):
        raise error
    click.echo(
        f"marsad: this is a fault of ours: {type(error).__name__}: {error}\n"
        "Nothing committed is lost. Run again with MARSAD_DEBUG=1 for the details, and report them.",
        err=True,
    )
    return exits.FAILED


if __name__ == "__main__":
    sys.exit(main())

"""What commands share: the configuration, the store, and how answers are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

import click

from marsad.escaping import escape_controls

if TYPE_CHECKING:
    from rich.console import Console

    from marsad.config import Config
    from marsad.config.load import Checked
    from storage import Store

WIDE = 160
"""Columns where output goes to a file: nobody's window limits it."""

json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
limit_option = click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10000))


class Ago(click.ParamType[datetime]):
    """`7d`, `24h` -> that long before now."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from marsad.config.units import parse_duration

        try:
            return datetime.now(UTC) - parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


since_option = click.option("--since", type=Ago(), metavar="DURATION", help="Not older than: 7d, 24h, 30m.")


def configuration(ctx: click.Context, *, rules: Checked = "shape") -> Config:
    """The configuration named by --config, $MARSAD_CONFIG or found. Raises ConfigError. What goes by the rules
    has them checked as well."""
    from marsad.config import config_file, load

    return load(config_file(ctx.find_root().obj), rules=rules)


@contextmanager
def opened(ctx: click.Context, *, rules: Checked = "shape") -> Iterator[tuple[Config, Store]]:
    """The same and its open store, which is made or changed by no command that only opens it."""
    from storage import open_store

    config = configuration(ctx, rules=rules)
    with _closing(open_store(config.store)) as store:
        yield config, store


@contextmanager
def prepared(config: Config, told: Callable[[str], None]) -> Iterator[Store]:
    """The store, made where there is none and brought up to this version; `told` hears of it."""
    from storage import open_store

    with _closing(open_store(config.store, upgrade=True, told=told)) as store:
        yield store


@contextmanager
def _closing(store: Store) -> Iterator[Store]:
    """Closed at the end, with a word on rows that had to be left out."""
    try:
        yield store
        for lost in store.left_out():
            click.echo(f"left out: {lost}", err=True)
    finally:
        store.close()


def talk(words: str) -> None:
    """A word on standard error about what is going on."""
    click.echo(safe(words), err=True)


now_option = click.option("--now", "anyway", is_flag=True, help="Ask though the host asked to be left alone.")


@contextmanager
def turns(config: Config) -> Iterator[Store | None]:
    """The store in which commands and the daemon agree on whose turn a host is; None if there is none yet, and, with a
    word on it, if it cannot be used: what a site looks like can be asked without."""
    from marsad.host_turns import UNSEEN
    from news.errors import StoreError, StoreMissing
    from storage import open_store

    try:
        store = open_store(config.store)
    except StoreMissing:
        yield None
        return
    except StoreError as error:
        click.echo(f"{UNSEEN}: {error}", err=True)
        yield None
        return
    try:
        yield store
    finally:
        store.close()


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dataclasses as objects, times as ISO 8601 UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return value


def answer_json(value: Any) -> None:
    """Print a value as indented JSON on standard output, Unicode as it is."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def console() -> Console:
    """A terminal that wraps nothing when its output goes to a file."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(width=WIDE, highlight=False)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], empty: str, *, wrapped: int = 1) -> None:
    """Print rows under headings, or the sentence `empty`. Cells are strangers' text: shown as is,
    without markup, control characters escaped, right-to-left isolated. The last columns, so many
    of them, take what room is left, on several lines."""
    if not rows:
        click.echo(empty)
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings, 1):
        # Ids and counts stay whole; titles, errors and lists need not stand on one line.
        out.add_column(heading, no_wrap=number <= len(headings) - wrapped, overflow="fold")
    for row in rows:
        out.add_row(*[Text(safe(cell)) for cell in row])
    console().print(out)


def safe(value: object) -> str:
    """Strangers' text for a terminal: controls shown as \\xNN, each line its own bidi isolate."""
    text = escape_controls("" if value is None else str(value))
    before, after = isolate_of(text)
    return f"{before}{text}{after}"


def isolate_of(text: str) -> tuple[str, str]:
    """What stands before and after a line in a right-to-left script, so that ours around it stays as it is."""
    right_to_left = any("\u0590" <= char <= "\u08ff" or char >= "\ufb1d" for char in text)
    return ("\u2068", "\u2069") if right_to_left else ("", "")


def ago(moment: datetime | None, now: datetime) -> str:
    """`3 min ago`, `in 2 h`; `never` for None."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= length or unit == "s":
            words = f"{int(size // length)} {unit}"
            break
    return f"in {words}" if seconds < 0 else f"{words} ago"

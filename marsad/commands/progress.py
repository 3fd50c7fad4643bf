"""A line that says how far long work has come, on a terminal's standard error only."""

from __future__ import annotations

import sys
import time
from types import TracebackType

_EVERY = 0.2
"""Seconds between two paintings."""


class Progress:
    """`with Progress("indexed", total) as told: told(200)`. Silent where nobody looks on."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._shown = sys.stderr.isatty()
        self._painted = 0.0

    def __enter__(self) -> Progress:
        return self

    def __call__(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        now = time.monotonic()
        if self._shown and now - self._painted >= _EVERY:
            self._painted = now
            share = f" ({self._done / self._total:.0%})" if self._total else ""
            print(f"\r{self._what}: {self._done:,} of {self._total:,}{share}", end="", file=sys.stderr, flush=True)  # noqa: T201

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._painted:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)  # noqa: T201

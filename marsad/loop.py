"""The event loop that everything runs in: uvloop, where it exists. A crawl is thousands of small reads and writes,
of which it takes a tenth of the processor time off the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_new: Callable[[], asyncio.AbstractEventLoop]

try:
    from uvloop import new_event_loop as _new
except ImportError:  # Windows, PyPy
    from asyncio import new_event_loop as _new


def run(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run."""
    with asyncio.Runner(loop_factory=_new) as runner:
        return runner.run(main)


__all__ = ["run"]

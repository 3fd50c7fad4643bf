"""Whether the process does its work: named checks, each with what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

SEEN = timedelta(minutes=5)
"""So often a daemon stores the time: a clock set back by more while none runs is noticed at the next start, and a
daemon that stores nothing any more by who asks how things stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold for the daemon to do its work; `detail` is what was seen."""

    name: str
    passed: bool
    detail: str


class Vitals(Protocol):
    """Asked by the console, the heartbeat and the watch over ourselves."""

    async def checks(self) -> Sequence[Check]:
        """Never raises: what cannot be found out has not passed."""
        ...

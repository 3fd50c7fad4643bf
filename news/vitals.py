"""Whether the process does its work: named checks, each with what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


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

"""Key facts that the reports of a story state: how many of them state each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

_Key = TypeVar("_Key")
Tally = dict[str, int]
"""How many reports have each; none that no report has."""


class Report(Protocol):
    """What is counted of a report."""

    @property
    def numbers(self) -> tuple[str, ...]: ...
    @property
    def places(self) -> tuple[str, ...]: ...
    @property
    def actors(self) -> tuple[str, ...]: ...


@dataclass(slots=True)
class Said:
    """Numbers, places, and states and bodies by their codes."""

    numbers: Tally = field(default_factory=dict)
    places: Tally = field(default_factory=dict)
    actors: Tally = field(default_factory=dict)

    def add(self, report: Report, sign: int = 1) -> None:
        """One report more, or less (-1)."""
        tally(self.numbers, report.numbers, sign)
        tally(self.places, report.places, sign)
        tally(self.actors, report.actors, sign)


def tally(counts: dict[_Key, int], keys: Iterable[_Key], sign: int) -> None:
    """Each of the keys is had once more, or once less."""
    for key in keys:
        counts[key] = counts.get(key, 0) + sign
        if not counts[key]:
            del counts[key]

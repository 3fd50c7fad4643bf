"""Notices: what operators are told about Marsad itself and its sources, by any channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`kind` is a stable word (`test`, `source.health`, ...), `subject` one line, `text` a few. `id` is
    computed from what it is about, so that saying the same twice is one notice."""

    id: str
    kind: str
    subject: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A notice on its way to one endpoint."""

    notice: Notice
    endpoint: str
    attempt_count: int = 0


class Notices(Protocol):
    """What operators are to be told, each notice once per endpoint."""

    def post(self, notice: Notice, endpoints: Iterable[str]) -> None:
        """Tell it, unless a notice of the same id is there already."""
        ...

    def claim(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Posting]:
        """Due ones, oldest first; they are due again after `lease` unless settled."""
        ...

    def settle(self, posting: Posting, *, told: bool, again_at: datetime | None, detail: str) -> None:
        """Write how an attempt ended; neither told nor `again_at` means given up."""
        ...

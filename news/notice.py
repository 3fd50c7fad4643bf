"""Notices: what operators are told about Marsad itself and its sources, by any channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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

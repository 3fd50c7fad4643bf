"""How a source fares, in words that say whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HealthState(StrEnum):
    """`OK` covers an unchanged source too. The outlet's turn: `UNREACHABLE`, `LIMITED`, `BLOCKED`,
    `GONE`, `EMPTY`. Ours: `NOT_A_FEED`, `SELECTOR_BROKEN`. Anybody's guess: `FROZEN` (answers, but
    its newest entry is old), `SILENT` (nothing new for longer than its own rhythm explains)."""

    NEW = "not yet read"
    OK = "ok"
    EMPTY = "empty"
    NOT_A_FEED = "not a feed"
    BLOCKED = "blocked"
    LIMITED = "rate limited"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    FROZEN = "frozen"
    SILENT = "silent"
    SELECTOR_BROKEN = "selector broken"


WELL = frozenset({HealthState.NEW, HealthState.OK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`evidence` is a sentence: what was seen. `told` is true once operators have been told of it."""

    state: HealthState = HealthState.NEW
    since: datetime | None = None
    evidence: str = ""
    told: bool = False

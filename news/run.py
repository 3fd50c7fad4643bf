"""A run: one visit of one source, with its own counts and its own log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RunOutcome(StrEnum):
    """How a run ended. `EMPTY`: answered, but nothing that looks like an article."""

    RUNNING = "running"
    OK = "ok"
    NOT_MODIFIED = "not_modified"
    EMPTY = "empty"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a run found; `fetched` = new + revision + repeat + copy + rejected + quarantined + withdrawn.

    `listed` entries of the feed that are `known` and unchanged are not fetched; `postponed` ones
    could not be read and are tried again at the next visit.
    """

    listed: int = 0
    known: int = 0
    fetched: int = 0
    new: int = 0
    revision: int = 0
    repeat: int = 0
    copy: int = 0
    rejected: int = 0
    quarantined: int = 0
    withdrawn: int = 0
    postponed: int = 0
    matched: int = 0
    alerts: int = 0

    def adds_up(self) -> bool:
        """True if every fetched article ended in exactly one counted place."""
        ends = (self.new, self.revision, self.repeat, self.copy, self.rejected, self.quarantined, self.withdrawn)
        return self.fetched == sum(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a run's log: an event word (`noun.past`) and its facts."""

    at: datetime
    level: str
    event: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One visit of one source. `error` is a sentence for a duty officer, or empty."""

    id: str
    source: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = RunOutcome.RUNNING
    counts: Counts = Counts()
    error: str = ""
    requests: int = 0
    received_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What one commit writes of its run: the run as it now stands, and the log since the last commit."""

    run: Run
    owner: str
    lines: tuple[LogLine, ...] = ()

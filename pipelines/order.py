"""What intake is asked and what it holds while it decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from news.article import Withdrawal
from news.filing import Filing, Standing, Telling
from news.notice import Notice
from news.outlet import Source, SourceState
from news.run import Counts, RunRecord
from news.silence import Silence
from news.traffic import Traffic
from news.visit import Find, VisitEnd
from pipelines.outcome import Taken
from pipelines.reading import Reading

Readings = Sequence[Reading | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitContext:
    """The visit a chunk belongs to. With `end`, the chunk is its last and carries the cursor; `newest_at` is the
    time of the newest article in those before. `record` says, given the chunk's counts, what its commit writes of
    the run; one that `frees` ends the lease."""

    source: Source
    state: SourceState
    run_id: str
    host: str
    fence: int
    end: VisitEnd | None = None
    newest_at: datetime | None = None
    next_due_at: datetime | None = None
    record: Callable[[Counts], RunRecord] | None = None
    frees: bool = False
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A chunk to be decided: finds, their visit, and their readings where they were made already."""

    finds: Sequence[Find]
    visit: VisitContext
    readings: Readings = ()

    @property
    def alone(self) -> bool:
        """Whether it shares no commit: a withdrawal is told of a story as it is stored, whose reports and
        messages another visit's chunk may just be changing."""
        return any(isinstance(find, Withdrawal) for find in self.finds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided of one order."""

    filings: Sequence[Filing] = ()
    taken: Taken = Taken(counts=Counts(), rows=())
    tellings: Sequence[Telling] = ()
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an article means for those who were told of its story: a report of an owner of its own, a
    correction, and in words what is new or was exchanged. `former_title` is what an edit replaced."""

    new_report: bool = False
    corrected: bool = False
    note: str = ""
    former_title: str = ""


@dataclass(slots=True)
class Draft:
    """What these chunks have decided so far and the archive does not know yet."""

    standings: dict[str, Standing] = field(default_factory=dict)
    silences: Sequence[Silence] = ()
    traffic: Traffic | None = None
    tellings: list[Telling] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @staticmethod
    def handed_over(gathered: list[T]) -> list[T]:
        """What was gathered for one order; the next begins with nothing."""
        whole = list(gathered)
        gathered.clear()
        return whole

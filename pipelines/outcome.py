"""What became of each find of a chunk, and the counts of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from news.article import Disposition, Rejection, Withdrawal
from news.filing import Filing, Telling
from news.match import Match
from news.run import Counts
from news.tag import Verdict
from pipelines.matching import TELLING


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one find, for people."""

    url: str
    title: str
    disposition: str
    verdict: str = ""
    story_id: str = ""
    language: str = ""
    detail: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One chunk: its counts and each find's outcome."""

    counts: Counts
    rows: tuple[Outcome, ...]


def refused(find: Rejection) -> Outcome:
    kind = Disposition.QUARANTINED if find.quarantined else Disposition.REJECTED
    return Outcome(url=find.url, title="", disposition=kind.value, detail=f"{find.reason}: {find.detail}")


def withdrawn(find: Withdrawal) -> Outcome:
    return Outcome(url=find.url, title="", disposition=Disposition.WITHDRAWN.value, detail=find.detail)


def outcome(filing: Filing) -> Outcome:
    best = max(filing.tags, key=lambda t: (t.verdict in TELLING, t.score), default=None)
    verdict = best.verdict if best and filing.disposition is not Disposition.REPEAT else Verdict.NONE
    return Outcome(
        url=filing.article.url,
        title=filing.article.title,
        disposition=filing.disposition.value,
        verdict=verdict.value,
        story_id=filing.story.id if filing.story else "",
        language=filing.article.language,
        matches=filing.matches,
    )


def counts_of(rows: Sequence[Outcome], filings: Sequence[Filing], tellings: Sequence[Telling]) -> Counts:
    def count(kind: Disposition) -> int:
        return sum(1 for row in rows if row.disposition == kind.value)

    return Counts(
        fetched=len(rows),
        new=count(Disposition.NEW),
        revision=count(Disposition.REVISION),
        repeat=count(Disposition.REPEAT),
        copy=count(Disposition.COPY),
        rejected=count(Disposition.REJECTED),
        quarantined=count(Disposition.QUARANTINED),
        withdrawn=count(Disposition.WITHDRAWN),
        matched=sum(1 for filing in filings if filing.matches),
        alerts=sum(len(f.deliveries) for f in filings) + sum(len(t.deliveries) for t in tellings),
    )

"""A briefing -> a message no channel has shaped yet: subject, headline, reasons, reports.

Every channel renders this, so that all tell the same. Texts are clean (see `alerts.clean`) and
bounded; marks are kept through cleaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from alerts.clean import clean, clean_marked, cut, cut_marked
from news.alert import AlertKind
from news.briefing import Briefing, Report
from news.language import NAMES, direction
from news.match import Excerpt, Match
from news.tag import Verdict

HEADLINE, SENTENCE, NAME, LINK = 300, 700, 100, 2000
_LABEL = {AlertKind.UPDATED: "Update", AlertKind.CORRECTED: "Corrected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text in pieces: (words, is it marked), with its language and direction."""

    pieces: tuple[tuple[str, bool], ...]
    language: str
    direction: str

    @property
    def text(self) -> str:
        return "".join(words for words, _ in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One report; `url` is http(s) or empty, `host` where it really leads."""

    outlet: str
    title: str
    language: str
    direction: str
    url: str
    host: str
    at: datetime
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why one rule tells of the story, in words."""

    rule: str
    verdict: str
    score: str
    kinds: str
    actors: str
    themes: str
    headline: Marked
    sentence: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is told. `subject` is one line; `counter` says how many outlets."""

    label: str
    subject: str
    title: Marked
    former_title: str
    counter: str
    findings: tuple[Finding, ...]
    reports: tuple[ReportLine, ...]
    left_out: int
    story_id: str


def compose(briefing: Briefing) -> Message:
    """The message of a briefing. Pure."""
    label = _LABEL.get(briefing.kind, "")
    if any(m.tag.verdict is Verdict.RUPTURE for m in briefing.matches[:1]):
        label = f"{label}: co-operation broken off" if label else "Co-operation broken off"
    title = clean(briefing.story.title, HEADLINE) or "(no headline)"
    root = briefing.root.subject if briefing.root else ""
    return Message(
        label=label,
        subject=f"Re: {root.removeprefix('Re: ')}" if root else cut(title, 200),
        title=_title(briefing, title),
        former_title=clean(briefing.former_title, HEADLINE),
        counter=_counter(briefing),
        findings=tuple(_finding(match, briefing) for match in briefing.matches),
        reports=tuple(_report(report) for report in briefing.reports),
        left_out=max(briefing.report_count - len(briefing.reports), 0),
        story_id=briefing.story.id,
    )


def marked(excerpt: Excerpt, limit: int = SENTENCE) -> Marked:
    """An excerpt cleaned, cut, and in pieces."""
    text, marks = cut_marked(*clean_marked(excerpt.text, excerpt.marks), limit)
    pieces: list[tuple[str, bool]] = []
    position = 0
    for start, end in marks:
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    pieces.append((text[position:], False))
    return Marked(
        pieces=tuple(piece for piece in pieces if piece[0]),
        language=excerpt.language,
        direction=direction(excerpt.language),
    )


def link(url: str) -> str:
    """An http(s) address safe to show, or empty: never cut, never `javascript:`."""
    if not url.lower().startswith(("http://", "https://")) or len(url) > LINK:
        return ""
    return "".join(f"%{ord(c):02X}" if c in "<>\"'\\^`{|} " or ord(c) < 33 else c for c in clean(url))


def _title(briefing: Briefing, title: str) -> Marked:
    for match in briefing.matches:
        shown = marked(match.headline, HEADLINE)
        if shown.text == title:
            return shown
    language = briefing.story.language
    return Marked(pieces=((title, False),), language=language, direction=direction(language))


def _counter(briefing: Briefing) -> str:
    outlets = len(set(briefing.story.outlets))
    languages = {report.language for report in briefing.reports}
    parts = [f"{outlets} outlet{'s' if outlets != 1 else ''}"]
    if briefing.independent_count != outlets:
        parts.append(f"{briefing.independent_count} independent")
    if len(languages) > 1:
        parts.append(f"{len(languages)} languages")
    return ", ".join(parts)


def _finding(match: Match, briefing: Briefing) -> Finding:
    tag = match.tag
    return Finding(
        rule=clean(briefing.rule_titles.get(tag.rule, tag.rule), NAME),
        verdict=tag.verdict.value,
        score=f"{tag.score:g} (threshold {tag.threshold:g})",
        kinds=_named(tag.subtypes),
        actors=", ".join(tag.actors),
        themes=_named(tag.themes),
        headline=marked(match.headline, HEADLINE),
        sentence=marked(match.sentence),
    )


def _named(ids: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in ids)


def _report(report: Report) -> ReportLine:
    url = link(report.url)
    return ReportLine(
        outlet=clean(report.outlet, NAME),
        title=clean(report.title, HEADLINE),
        language=NAMES.get(report.language, report.language),
        direction=direction(report.language),
        url=url,
        host=(urlsplit(url).hostname or "") if url else "",
        at=report.published_at or report.fetched_at,
        is_copy=bool(report.copy_of),
    )

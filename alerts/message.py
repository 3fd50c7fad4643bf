"""What an alert says, before any channel gives it a form: briefing in, neutral message out.

Every piece of strangers' text in a Message is clean (see `alerts.clean`) and bounded; channels
only escape and lay out. Our own words are English; theirs keep their language and direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from alerts.clean import Marks, clean, clean_marked, cut_marked, isolate
from news.alert import AlertKind
from news.briefing import Briefing, Former, Report
from news.delivery import Delivery
from news.language import UNDETERMINED, direction
from news.links import Links
from news.match import Excerpt, Match
from news.tag import Reason, Span, Verdict
from news.timetable import Severity

HEADLINE, SENTENCE, NAME, WORDS, LINK = 300, 700, 100, 80, 2_000
"""Longest texts shown, in UTF-16 units; a link longer than LINK is left out, never cut."""

MOST_MUTABLE = 3
MOST_RULES, MOST_POINTS, MOST_SPANS, MOST_NAMES = 10, 12, 8, 20

LABELS = {
    AlertKind.MATCHED: "New story",
    AlertKind.UPDATED: "Update",
    AlertKind.CONFIRMED: "Confirmed",
    AlertKind.CORRECTED: "Correction",
    AlertKind.RETRACTED: "Withdrawn",
    AlertKind.MERGED: "Same event",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Text of an outlet; `marks` are (start, end) code points, ascending, not overlapping."""

    text: str
    language: str = UNDETERMINED
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def direction(self) -> str:
        """Value for HTML `dir`."""
        return direction(self.language)

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in order, in pieces that are marked or not."""
        end = 0
        for start, stop in self.marks:
            if start > end:
                yield self.text[end:start], False
            yield self.text[start:stop], True
            end = stop
        if end < len(self.text):
            yield self.text[end:], False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report. `url` is an absolute http(s) link or empty; `host` shows where it leads."""

    article_id: str
    title: Passage
    outlet: str
    owner: str
    url: str
    host: str
    published_at: datetime | None
    fetched_at: datetime
    copy_of: str = ""
    withdrawn_at: datetime | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of the report besides outlet and time."""
        return (*(["copy"] if self.copy_of else []), *(["withdrawn by the outlet"] if self.withdrawn_at else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Words of the article that counted; the offsets point into the article's own text."""

    field: str
    start: int
    end: int
    surface: str
    slot: str
    pattern: str
    lexicon: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line of a rule's score, with the words that earned (or cost) it."""

    path: str
    when: str
    add: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One rule's finding, with its evidence in the original script."""

    rule: str
    title: str
    version: int
    verdict: Verdict
    score: float
    threshold: float
    subtypes: tuple[str, ...]
    article_id: str
    headline: Passage
    sentence: Passage
    points: tuple[Point, ...]
    against: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something the reader may do: a page of ours. `rel` is a stable word for machines."""

    rel: str
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The story that this one goes on from, and its last report."""

    story_id: str
    title: Passage
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A story as it is told to one endpoint. `marked` is the headline with the words that
    counted, where the best match is the article whose title the story bears."""

    delivery_id: str
    story_id: str
    revision: int
    kind: AlertKind
    label: str
    headline: Passage
    former_title: str
    lines: tuple[Line, ...]
    report_count: int
    independent_count: int
    outlets: tuple[str, ...]
    why: tuple[Why, ...]
    created_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    actions: tuple[Action, ...] = ()
    note: str = ""
    independents: tuple[str, ...] = ()
    severity: Severity = Severity.NORMAL
    follows: Earlier | None = None

    @property
    def counts(self) -> str:
        """How many reports there are, in English: `4 reports, 2 of them independent`."""
        if self.report_count == 1:
            return "1 report"
        independent = f"{self.independent_count} of them independent"
        return f"{self.report_count} reports, {independent}"

    @property
    def hidden_count(self) -> int:
        """Reports that are counted but not listed."""
        return max(self.report_count - len(self.lines), 0)


def compose(delivery: Delivery, briefing: Briefing, links: Links | None = None) -> Message:
    """The message of a delivery. Pure; the same input gives the same message."""
    story = briefing.story
    why = tuple(_why(match, briefing.rule_titles) for match in briefing.matches[:MOST_RULES])
    return Message(
        delivery_id=delivery.id,
        story_id=story.id,
        revision=delivery.story_revision,
        kind=briefing.kind,
        label=_label(briefing),
        headline=_headline(briefing, why),
        former_title=clean(briefing.former_title, HEADLINE),
        lines=tuple(_line(report) for report in briefing.reports),
        report_count=max(briefing.report_count, len(briefing.reports)),
        independent_count=briefing.independent_count,
        outlets=tuple(clean(outlet, NAME) for outlet in story.outlets),
        why=why,
        created_at=briefing.created_at,
        first_seen_at=story.first_seen_at,
        last_seen_at=story.last_seen_at,
        actions=tuple(_actions(delivery, why, links)) if links else (),
        note=clean(briefing.note, HEADLINE),
        independents=tuple(clean(name, NAME) for name in briefing.independents[:MOST_NAMES]),
        severity=briefing.severity,
        follows=_earlier(briefing.follows),
    )


def _earlier(former: Former | None) -> Earlier | None:
    if former is None:
        return None
    title = passage(former.title, former.language, limit=HEADLINE)
    return Earlier(story_id=former.story_id, title=title, last_seen_at=former.last_seen_at)


def _actions(delivery: Delivery, why: tuple[Why, ...], links: Links) -> Iterator[Action]:
    """Reckoned from the time of the delivery, so that a message rendered twice is the same."""
    at, endpoint = delivery.created_at, delivery.endpoint
    yield mute_story(delivery, delivery.story_id, links)
    for finding in why[:MOST_MUTABLE]:
        url = links.mute_rule(finding.rule, endpoint, at)
        yield Action(rel="mute_rule", label=f"Mute the rule {isolate(finding.title)}", url=url)


def mute_story(delivery: Delivery, story_id: str, links: Links) -> Action:
    """The page that mutes a story, for whom this delivery goes to."""
    url = links.mute_story(story_id, delivery.endpoint, delivery.created_at)
    return Action(rel="mute_story", label="Mute this story", url=url)


def passage(text: str, language: str, marks: Marks = (), limit: int = SENTENCE) -> Passage:
    """Clean and bounded text of an outlet."""
    cleaned, moved = clean_marked(text, marks)
    shorter, moved = cut_marked(cleaned, moved, limit)
    return Passage(text=shorter, language=language, marks=moved)


def _label(briefing: Briefing) -> str:
    label = LABELS[briefing.kind]
    if any(match.tag.verdict is Verdict.RUPTURE for match in briefing.matches):
        return f"{label}, co-operation broken off"
    return label


def _headline(briefing: Briefing, why: tuple[Why, ...]) -> Passage:
    title = passage(briefing.story.title, briefing.story.language, limit=HEADLINE)
    same = next((w.headline for w in why if w.headline.text == title.text), title)
    if same.text:
        return same
    return Passage(text="(no headline)", language="en")


def _line(report: Report) -> Line:
    url, host = _link(report.url)
    return Line(
        article_id=report.article_id,
        title=passage(report.title, report.language, limit=HEADLINE),
        outlet=clean(report.outlet, NAME) or host or "(unnamed outlet)",
        owner=clean(report.owner, NAME),
        url=url,
        host=host,
        published_at=report.published_at,
        fetched_at=report.fetched_at,
        copy_of=report.copy_of,
        withdrawn_at=report.withdrawn_at,
    )


def _link(url: str) -> tuple[str, str]:
    """A link safe to show, and its host; both empty for anything but plain http(s)."""
    cleaned = url.strip()
    if len(cleaned) > LINK or clean(cleaned) != cleaned or set(cleaned) & set(" <>\"'\\`|"):
        return "", ""
    try:
        parts = urlsplit(cleaned)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return "", ""
    return cleaned, host


def _why(match: Match, titles: Mapping[str, str]) -> Why:
    tag = match.tag
    return Why(
        rule=tag.rule,
        title=clean(titles.get(tag.rule, "") or match.rule_title, NAME) or tag.rule,
        version=tag.rule_version,
        verdict=tag.verdict,
        score=tag.score,
        threshold=tag.threshold,
        subtypes=tag.subtypes,
        article_id=match.article_id,
        headline=_excerpt(match.headline, HEADLINE),
        sentence=_excerpt(match.sentence, SENTENCE),
        points=tuple(_point(reason) for reason in tag.reasons[:MOST_POINTS]),
        against=tuple(_point(reason) for reason in tag.against[:MOST_POINTS]),
    )


def _excerpt(excerpt: Excerpt, limit: int) -> Passage:
    return passage(excerpt.text, excerpt.language, excerpt.marks, limit)


def _point(reason: Reason) -> Point:
    return Point(
        path=reason.path,
        when=clean(reason.when, SENTENCE),
        add=reason.add,
        words=tuple(_word(span) for span in reason.spans[:MOST_SPANS]),
    )


def _word(span: Span) -> Word:
    return Word(
        field=span.field,
        start=span.start,
        end=span.end,
        surface=clean(span.surface, WORDS),
        slot=span.slot,
        pattern=clean(span.pattern, WORDS),
        lexicon=span.lexicon,
        id=span.id,
    )

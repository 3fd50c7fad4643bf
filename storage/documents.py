"""Which columns hold which nouns, what people call them, and what helps where one cannot be read.

One damaged row stops nothing but itself. There are three ways, by what the row is for: what is owed to a reader is
put aside with the reason (`deliveries`), a receiver is switched off with the reason (`standing_in`), and whatever
is one of many is left out and told of (`Document.readable`, `left_out`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Engine, select

from news.alert import Alert
from news.article import Article
from news.delivery import EndpointHealth, EndpointState
from news.endpoint import masked
from news.errors import Unreadable
from news.feedback import Feedback
from news.filing import Filed
from news.hub import Subscription
from news.match import Match
from news.notice import Notice
from news.outlet import PendingPage, Reread, SourceState
from news.run import LogLine, Run
from news.silence import Silence
from news.story import Sighting, Story
from news.tag import Tag
from news.trouble import Trouble
from storage import tables as t
from storage.codec import loads
from storage.engine import reading

T = TypeVar("T")

MOST = 1000
"""Rows remembered as left out: if it is more, the database is to be restored as a whole."""


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A column of nouns. `word` is what people call one, `remedy` what they may do if it cannot be read."""

    noun: type[T]
    column: Column[Any]
    word: str
    remedy: str

    def read(self, text: str | bytes, *key: object) -> T:
        """The noun in the row of that key. Raises Unreadable, naming it."""
        try:
            return loads(self.noun, text)
        except Unreadable as error:
            raise self.fault(error.why, *key) from error

    def fault(self, why: str, *key: object) -> Unreadable:
        """That the row of that key cannot be read, and what helps. An endpoint may be a person's address."""
        names = [column.name for column in self.column.table.primary_key]
        named = (masked(str(part)) if name == "endpoint" else str(part) for name, part in zip(names, key, strict=False))
        return Unreadable(f"the {self.word} {' '.join(named)}".strip(), why, hint=self.remedy)

    def one(self, connection: Connection, text: str | bytes, *key: object) -> T | None:
        """The noun in the row of that key; None, and left out, if it cannot be read."""
        try:
            return self.read(text, *key)
        except Unreadable as error:
            self.leave_out(connection, error, *key)
            return None

    def readable(self, connection: Connection, rows: Iterable[Any]) -> Iterator[T]:
        """Of rows (key, ..., document) those that can be read; the others are left out."""
        for *key, text in rows:
            noun = self.one(connection, text, *key)
            if noun is not None:
                yield noun

    def leave_out(self, connection: Connection, error: Unreadable, *key: object) -> None:
        """Remember that a row was left out, so that the operators hear of it."""
        known = _LEFT_OUT.setdefault(connection.engine, {})
        if len(known) < MOST:
            known[self.column, key] = error

    def still(self, connection: Connection, key: tuple[object, ...]) -> bool:
        """Can the row of that key not be read even now?"""
        table = self.column.table
        own = [column == value for column, value in zip(table.primary_key, key, strict=True)]
        text = connection.scalar(select(self.column).where(*own))
        if text is None:
            return False
        try:
            loads(self.noun, text)
        except Unreadable:
            return True
        return False


_RESTORE = "Restore it from a backup."
_RETAG = "Make it anew with: marsad retag"
_ITSELF = "It is begun anew by itself."
_DELETE = "Nothing waits for it; it may be deleted."

ARTICLE = Document(Article, t.articles.c.article, "article", _RESTORE)
FILED = Document(Filed, t.articles.c.filed, "filing of the article", _RESTORE)
SIGHTING = Document(Sighting, t.articles.c.sighting, "sighting of the article", _RESTORE)
STORY = Document(Story, t.stories.c.doc, "story", _RESTORE)
TAG = Document(Tag, t.tags.c.doc, "tag of", _RETAG)
MATCH = Document(Match, t.matches.c.doc, "match of", _RETAG)
ALERT = Document(Alert, t.alerts.c.doc, "alert", "Restore it from a backup and use: marsad alerts resend")
ENDPOINT = Document(EndpointState, t.endpoints.c.doc, "state of the receiver", "Use: marsad channels test")
SOURCE = Document(SourceState, t.sources.c.doc, "state of the source", _ITSELF)
SILENCE = Document(Silence, t.silences.c.doc, "silence", "It hides nothing; make it anew with: marsad silences add")
NOTICE = Document(Notice, t.notices.c.doc, "notice", _DELETE)
TROUBLE = Document(Trouble, t.troubles.c.doc, "trouble", _DELETE)
SUBSCRIPTION = Document(Subscription, t.subscriptions.c.doc, "subscription", _DELETE)
FEEDBACK = Document(Feedback, t.feedback.c.doc, "feedback", "Say it again with: marsad feedback")
RUN = Document(Run, t.runs.c.doc, "run", _DELETE)
RUN_LINE = Document(LogLine, t.run_lines.c.doc, "line of a run's log", _DELETE)
PAGE = Document(PendingPage, t.pages.c.doc, "page", _DELETE)
REREAD = Document(Reread, t.rereads.c.doc, "page to be read again", _DELETE)

DOCUMENTS: tuple[Document[Any], ...] = (
    ARTICLE,
    FILED,
    SIGHTING,
    STORY,
    TAG,
    MATCH,
    ALERT,
    ENDPOINT,
    SOURCE,
    SILENCE,
    NOTICE,
    TROUBLE,
    SUBSCRIPTION,
    FEEDBACK,
    RUN,
    RUN_LINE,
    PAGE,
    REREAD,
)

_LEFT_OUT: WeakKeyDictionary[Engine, dict[tuple[Column[Any], tuple[object, ...]], Unreadable]] = WeakKeyDictionary()
_BY_COLUMN = {document.column: document for document in DOCUMENTS}


def left_out(engine: Engine) -> list[Unreadable]:
    """What was left out since the start and cannot be read even now."""
    known = _LEFT_OUT.get(engine)
    if not known:
        return []
    with reading(engine) as connection:
        for column, key in [*known]:
            if not _BY_COLUMN[column].still(connection, key):
                known.pop((column, key), None)
    return [*known.values()]


def standing_in(endpoint: str, text: str | bytes) -> EndpointState:
    """The state of a receiver. One that cannot be read counts as switched off: it may have said that it wants no
    more. What waits for it waits, and operators hear of it like of any other that was switched off."""
    try:
        return ENDPOINT.read(text, endpoint)
    except Unreadable as error:
        reason = f"its state cannot be read from the database ({error.why})"
        return EndpointState(endpoint=endpoint, health=EndpointHealth.DISABLED, reason=reason)

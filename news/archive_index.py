"""What is kept beside each article so that it is found again and rules are tried on it quickly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """An article's folded title and text, and the words of the lexicons found in it.

    `words` is packed by `pipelines.tagging.packing`, `make` names the lexicons and the code it was
    made with: an entry of another make is not trusted.
    """

    article_id: str
    sequence: int
    fetched_at: datetime
    language: str
    outlet: str
    title: str
    text: str
    words: bytes
    make: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """An entry without its texts."""

    article_id: str
    fetched_at: datetime
    language: str
    outlet: str
    words: bytes
    make: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What candidates must have: of each group one literal at least, anywhere in the folded title
    or text. More may be found than match, never fewer. Empty languages and outlets: any."""

    groups: tuple[tuple[str, ...], ...] = ()
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """How far the index has come: entries, articles still to come, entries of another make."""

    entries: int
    pending: int
    stale: int


class ArchiveIndex(Protocol):
    """Finds articles of the archive by their words; filled after they were filed, in their order."""

    def pending(self, limit: int) -> Sequence[tuple[int, str, Article | None]]:
        """(sequence, article id, article) of articles filed since the index was last filled, ascending; None
        for one whose stored document cannot be read."""
        ...

    def put(self, entries: Sequence[IndexEntry], upto: int) -> None:
        """Write entries, in place of older ones of the same articles; the index then reaches to `upto`."""
        ...

    def start_over(self) -> None:
        """Forget how far the index has come, so that every article is pending again."""
        ...

    def state(self, make: str) -> IndexState: ...

    def candidates(self, wanted: Wanted) -> Sequence[str]:
        """Ids of articles that may match, newest first; those not yet indexed always among them."""
        ...

    def articles(self, ids: Sequence[str]) -> Sequence[tuple[str, str, Article]]:
        """(article id, story id, article) in the order of the ids; those gone meanwhile, and those that cannot be
        read, left out."""
        ...

    def rows(self, wanted: Wanted, *, share: int = 0, shares: int = 1) -> Iterator[IndexRow]:
        """Entries of indexed candidates, in no order; one of several shares, so that processes may
        part the work. Not yet indexed articles are not among them."""
        ...

    def texts(self, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Folded title and text by article id."""
        ...

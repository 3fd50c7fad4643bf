"""Articles -> entries of the archive's index; rules and queries -> what to ask it for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from news.archive_index import IndexEntry, Wanted
from news.article import Article
from pipelines.tagging.candidates import lists_of
from pipelines.tagging.compiled import CompiledRule
from pipelines.tagging.expected import Expected
from pipelines.tagging.finders import lexicon_finder
from pipelines.tagging.lexicon import Entry
from pipelines.tagging.packing import Packing
from pipelines.tagging.tree import Both, Is, Node
from pipelines.tagging.zones import Page

_PARTS = re.compile(r"[^\W_]+")
PHRASE_WORDS = 3
MOST_LITERALS = 60
"""A group of more words narrows little and costs much; it is left to evaluation."""

EXPECTED = 16 * 1024**2
"""Bytes of articles that were read and are not yet indexed: some 2,000 of them. What is longer ago is read again."""

_Looked = tuple[str, str, bytes]
"""Folded title and text, and the packed words."""


def _size_of(key: tuple[str, str, str], looked: _Looked) -> int:
    return sum(map(sys.getsizeof, (*key, *looked)))


class Indexer:
    """Makes index entries with one set of lexicons."""

    def __init__(self, lexicons: Mapping[str, Entry]) -> None:
        self.packing = Packing(lexicons)
        self._finder = lexicon_finder(lexicons)
        self._expected: Expected[tuple[str, str, str], _Looked] = Expected(_size_of, EXPECTED)

    @property
    def make(self) -> str:
        return self.packing.make

    def expect(self, article: Article, page: Page) -> None:
        """Keep what an entry needs of an article that was read: it is filed and to be indexed within seconds. The
        page is one of these lexicons; words of rules' own may be found in it too."""
        self._expected.put(_words_of(article), self._look(page))

    def entry(self, sequence: int, article_id: str, article: Article) -> IndexEntry:
        """An article's entry."""
        looked = self._expected.take(_words_of(article))
        if looked is None:
            looked = self._look(Page(article.title, article.text, self._finder, article.language))
        title, text, words = looked
        return IndexEntry(
            article_id=article_id,
            sequence=sequence,
            fetched_at=article.fetched_at,
            language=article.language,
            outlet=article.outlet,
            title=title,
            text=text,
            words=words,
            make=self.packing.make,
        )

    def _look(self, page: Page) -> _Looked:
        return page.folded["title"].text, page.folded["text"].text, self.packing.pack(page)


def _words_of(article: Article) -> tuple[str, str, str]:
    """All that an entry's words depend on."""
    return article.title, article.text, article.language


def wanted_of(compiled: CompiledRule) -> Wanted:
    """What an article must have before the rule can say anything of it."""
    groups = [literals for group in compiled.needs for literals in literals_of(compiled, group)]
    languages, outlets = _facts(compiled.match) if compiled.rupture is None else ((), ())
    return Wanted(groups=tuple(dict.fromkeys(groups)), languages=languages, outlets=outlets)


def _facts(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = node.parts if isinstance(node, Both) else (node,)
    asked = {part.fact: part.values for part in parts if isinstance(part, Is)}
    return asked.get("lang", ()), asked.get("outlet", ())


def literals_of(compiled: CompiledRule, group: Iterable[str]) -> list[tuple[str, ...]]:
    """Sets of strings of each of which one stands in every text that fills the group; none if they cannot
    be told, or are too many. Of a phrase each of the longest words must be there, hence several."""
    slots = tuple(group)
    found = (_literals(compiled, slots, rank) for rank in range(PHRASE_WORDS))
    return [literals for literals in dict.fromkeys(found) if literals]


def _literals(compiled: CompiledRule, group: Iterable[str], rank: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in lists_of(compiled, group, rank):
        entry = compiled.entries.get(name)
        if entry is None:  # a regular expression
            return ()
        found |= dict.fromkeys(literal_of(p.text) for p in entry.patterns)
        if len(found) > MOST_LITERALS:
            return ()
    return tuple(sorted(found))


def literal_of(words: str) -> str:
    """The longest unbroken piece of a pattern: it stands in every text in which the pattern is found."""
    return max(_PARTS.findall(words), key=len, default=words)


def own_literals(compiled: CompiledRule, lexicons: Mapping[str, Entry]) -> tuple[str, ...] | None:
    """Strings of which one stands in every text with a word of the rule's own; None if that cannot be
    told (expressions)."""
    if compiled.expressions:
        return None
    own = (entry for name, entry in compiled.entries.items() if name not in lexicons)
    return tuple(sorted({literal_of(p.text) for entry in own for p in entry.patterns}))

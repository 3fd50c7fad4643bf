"""A rule over the archive: most articles are decided by the words kept beside them, few are read again.

Left out unseen are only articles that lack a word without which the rule says nothing. An article is read
again, as intake reads it, where the rule has words of its own that it may contain, asks for actors, themes
or kinds, or where its kept words are of another make. The result is that of reading everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from news.archive_index import IndexRow, Wanted
from news.article import Article
from news.rule import Rule
from news.tag import Verdict
from pipelines.tagging.candidates import lists_of
from pipelines.tagging.compiled import CompiledRule
from pipelines.tagging.evaluate import Scene
from pipelines.tagging.gates import ways_of
from pipelines.tagging.indexing import literals_of, own_literals
from pipelines.tagging.judge import judge, may_speak
from pipelines.tagging.lexicon import Entry
from pipelines.tagging.packing import Packing
from pipelines.tagging.tagger import Tagger
from pipelines.tagging.tree import Is, Node, leaves, slots_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the rule would say of an article; no trial is made of `none`."""

    article_id: str
    fetched_at: datetime
    verdict: Verdict
    score: float


class BackTest:
    """One rule, made ready for the archive."""

    def __init__(self, rule: Rule, lexicons: Mapping[str, Entry]) -> None:
        self._tagger = Tagger([rule], lexicons)
        self._compiled = self._tagger.compiled[0]
        self._packing = Packing(lexicons)
        self._lists = {name for name in self._compiled.slots if name in lexicons}
        deciding = _slots(self._compiled.match) | _slots(self._compiled.rupture)
        self._deciding = {name for name in self._lists if deciding & set(self._compiled.slots[name])}
        trees = [tree for tree in (self._compiled.match, self._compiled.rupture) if tree is not None]
        self._ways = [way for tree in trees for way in ways_of(tree, self._compiled, self._packing)]
        own = own_literals(self._compiled, lexicons)
        self.reads_all = own is None or any(_asks_more(tree) for tree in _trees(self._compiled))
        self.own = Wanted(groups=(own,)) if own else None

    @property
    def narrowing(self) -> Wanted | None:
        """What to ask the index for first: words of the rule's own that must be there. None if there are
        none: the lexicons' words are told faster by what is kept beside each article."""
        groups = [
            literals
            for group in self._compiled.needs
            if not lists_of(self._compiled, group) & self._tagger.lexicons.keys()
            for literals in literals_of(self._compiled, group)
        ]
        return Wanted(groups=tuple(dict.fromkeys(groups))) if groups else None

    def over(self, rows: Iterable[IndexRow], with_own: Collection[str]) -> Iterator[Trial | IndexRow]:
        """A trial for each row that the rule speaks of, or the row itself where its article must be read.
        `with_own` are the ids of articles that may have the rule's own words."""
        rule, make = self._compiled.rule, self._packing.make
        for row in rows:
            if rule.languages and row.language not in (*rule.languages, "und"):
                continue
            if row.make != make:
                yield row
                continue
            records = self._packing.records(row.words)
            present = self._packing.codes(records)
            if not any(all(gate.opens(present) for gate in gates) for gates in self._ways):
                continue
            if self.reads_all or row.article_id in with_own:
                yield row
                continue
            if not may_speak(self._compiled, self._scene(row, records, self._deciding)):
                continue
            found = judge(self._compiled, self._scene(row, records, self._lists))
            if found.verdict is not Verdict.NONE:
                yield Trial(
                    article_id=row.article_id, fetched_at=row.fetched_at, verdict=found.verdict, score=found.score
                )

    def _scene(self, row: IndexRow, records: NDArray[np.void], lists: Collection[str]) -> Scene:
        hits = self._compiled.filled(self._packing.by_list(records, lists))
        return Scene(hits=hits, language=row.language, outlet=row.outlet)

    def read(self, article_id: str, article: Article) -> Trial | None:
        """The rule over an article as intake reads it."""
        tags = self._tagger.tag(article.title, article.text, article.language, article.outlet)
        if not tags or tags[0].verdict is Verdict.NONE:
            return None
        return Trial(article_id=article_id, fetched_at=article.fetched_at, verdict=tags[0].verdict, score=tags[0].score)


def _trees(compiled: CompiledRule) -> list[Node]:
    rupture = [compiled.rupture] if compiled.rupture else []
    return [compiled.match, *(node for _, node in compiled.score), *rupture]


def _slots(tree: Node | None) -> set[str]:
    return set(slots_of(tree)) if tree else set()


def _asks_more(tree: Node) -> bool:
    """Whether a condition asks for what the kept words do not tell."""
    return any(isinstance(leaf, Is) and leaf.fact not in ("lang", "outlet") for leaf in leaves(tree))

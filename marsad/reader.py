"""What one reading process does. It logs nothing and imports no log: that would be a quarter of its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from crawler.workers import Task
from marsad.heap import settle
from news.archive_index import IndexEntry
from news.article import Article
from news.rule import Rule
from pipelines.reading import Reading, look
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import Entry
from pipelines.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True)
class Pending:
    """Articles to be indexed, as `ArchiveIndex.pending` lists them."""

    found: Sequence[tuple[int, str, Article]]


def begin(rules: Sequence[Rule], lexicons: Mapping[str, Entry]) -> Task:
    """The task of a process: articles -> their readings, pending ones -> their index entries."""
    tagger, indexer = Tagger(rules, lexicons), Indexer(lexicons)
    settle()
    return partial(_work, tagger, indexer)


def _work(tagger: Tagger, indexer: Indexer, piece: Sequence[Article] | Pending) -> list[Reading] | list[IndexEntry]:
    if isinstance(piece, Pending):
        return [indexer.entry(*each) for each in piece.found]
    readings = []
    for article in piece:
        reading, page = look(article, tagger)
        indexer.expect(reading.article, page)
        readings.append(reading)
    return readings

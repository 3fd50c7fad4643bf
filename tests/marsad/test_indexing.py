"""The index is filled past an article that cannot be read: one warning names it, the others are found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import structlog
from sqlalchemy import text as sql
from structlog.typing import EventDict

from marsad.indexing import catch_up, catch_up_beside
from marsad.readers import Readers
from news.archive_index import IndexEntry
from news.article import Article
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from storage import Store
from storage.engine import writing
from tests.samples import chunk, filing

WORDS = builtin_lexicons()
DAMAGE = pytest.mark.parametrize("damage", ["{", "[]"], ids=["broken", "no article"])


class Fussy(Indexer):
    """Stumbles over one article."""

    def entry(self, sequence: int, article_id: str, article: Article) -> IndexEntry:
        if article_id == "atwo":
            raise RecursionError(f"too deep\nin {article.text * 99}")
        return super().entry(sequence, article_id, article)


def archive(store: Store, damage: str = "") -> None:
    store.archive.commit(chunk(*(filing(name, told=False) for name in ("one", "two", "three"))))
    if damage:
        with writing(store._engine) as connection:
            connection.execute(sql("UPDATE articles SET article = :doc WHERE article_id = 'atwo'"), {"doc": damage})


def told(logs: Sequence[EventDict]) -> list[tuple[str, str, str]]:
    return [(line["log_level"], line["event"], line["article"]) for line in logs if line["event"] == "index.skipped"]


def all_but_one(store: Store) -> bool:
    state = store.index.state(Indexer(WORDS).make)
    return (state.entries, state.pending) == (2, 0)


@DAMAGE
def test_a_document_that_cannot_be_read_is_passed_over_with_a_warning(store: Store, damage: str) -> None:
    archive(store, damage)
    with structlog.testing.capture_logs() as logs:
        assert catch_up(store.index, Indexer(WORDS)) == 2
        assert catch_up(store.index, Indexer(WORDS)) == 0
    assert told(logs) == [("warning", "index.skipped", "atwo")]
    assert all_but_one(store)


def test_an_article_that_the_indexer_stumbles_over_is_passed_over_with_a_warning(store: Store) -> None:
    archive(store)
    with structlog.testing.capture_logs() as logs:
        assert catch_up(store.index, Fussy(WORDS)) == 2
    assert told(logs) == [("warning", "index.skipped", "atwo")]
    assert logs[0]["error"].startswith("RecursionError: too deep in ")
    assert len(logs[0]["error"]) <= 300
    assert all_but_one(store)


@pytest.mark.parametrize("processes", [0, 1])
def test_the_daemon_passes_it_over_too_with_one_warning(store: Store, processes: int) -> None:
    archive(store, "{")

    async def go() -> int:
        readers = Readers(processes, [], WORDS)
        try:
            await readers.start()
            readers.begin()
            await asyncio.sleep(0)
            return await catch_up_beside(store.index, Indexer(WORDS), readers, limit=100)
        finally:
            await readers.close()

    with structlog.testing.capture_logs() as logs:
        assert asyncio.run(go()) == 2
    assert told(logs) == [("warning", "index.skipped", "atwo")]
    assert all_but_one(store)


def test_the_limit_counts_what_is_passed_over(store: Store) -> None:
    archive(store, "{")
    assert catch_up(store.index, Indexer(WORDS), limit=2) == 1
    assert store.index.state("").pending == 1

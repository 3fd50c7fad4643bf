"""Reading processes: what they read is what intake would read, and their end takes nothing along."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from typing import Any, cast

import pytest
import structlog

from marsad.readers import Readers
from news.archive_index import IndexEntry
from news.article import Rejection
from pipelines.reading import Reading, read
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from tests.samples import NOW, article

RULES = [rule_from(given, origin=name) for name, given in builtin_rules().items()]
ARTICLE = article("memo", title="Iraq, Syria sign security memorandum")


def test_a_reader_finds_what_intake_would_and_passes_rejections_by() -> None:
    rejected = Rejection(url="https://t.example/x", reason="gone", detail="", quarantined=False, fetched_at=NOW)

    async def go() -> list[Reading | None]:
        readers = Readers(1, RULES, builtin_lexicons())
        try:
            assert await readers.read([ARTICLE]) == [None], "nobody waits for a process to start"
            assert readers._starting is not None
            await readers._starting
            return await readers.read([ARTICLE, rejected, ARTICLE])
        finally:
            await readers.close()

    first, none, last = asyncio.run(go())
    assert none is None
    assert first == last == read(ARTICLE, Tagger(RULES))


def test_a_reader_that_is_killed_leaves_the_reading_to_intake() -> None:
    async def go() -> tuple[list[Reading | None], ...]:
        readers = Readers(1, RULES, builtin_lexicons())
        await readers.read([ARTICLE])
        assert readers._starting is not None
        await readers._starting
        before = await readers.read([ARTICLE])
        for process in multiprocessing.active_children():
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        missed = await readers.read([ARTICLE])
        after = await readers.read([ARTICLE])
        await readers.close()
        return before, missed, after

    before, missed, after = asyncio.run(go())
    assert missed == [None]
    assert after == before != [None], "the next reader takes its place"


def test_why_a_reader_failed_is_logged_and_printed_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    broken = article("memo", text=cast(Any, None))

    async def go() -> list[Reading | None]:
        readers = Readers(1, RULES, builtin_lexicons())
        try:
            readers.begin()
            assert readers._starting is not None
            await readers._starting
            missed = await readers.read([broken])
            assert await readers.entries([(1, "a1", broken)]) is None
            return missed
        finally:
            await readers.close()

    with structlog.testing.capture_logs() as logs:
        assert asyncio.run(go()) == [None]
    assert [line["event"] for line in logs] == ["readers.failed"] * 2
    assert all("Error: " in line["error"] for line in logs)
    assert capfd.readouterr().err == ""


def test_a_reader_makes_the_entries_the_daemon_would_make() -> None:
    async def go() -> list[IndexEntry] | None:
        readers = Readers(1, RULES, builtin_lexicons())
        try:
            assert await readers.entries([(1, "a1", ARTICLE)]) is None, "nobody waits for a process to start"
            assert readers._starting is not None
            await readers._starting
            return await readers.entries([(1, "a1", ARTICLE)])
        finally:
            await readers.close()

    assert asyncio.run(go()) == [Indexer(builtin_lexicons()).entry(1, "a1", ARTICLE)]


def test_no_process_is_started_where_none_is_wanted() -> None:
    assert asyncio.run(Readers(0, RULES, {}).read([ARTICLE])) == [None]

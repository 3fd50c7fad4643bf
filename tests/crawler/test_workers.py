"""Worker processes: what goes through them, and what is not left over."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from crawler.workers import Task, Workers

PATIENCE = timedelta(seconds=20)


def test_a_piece_larger_than_any_buffer_comes_back_whole() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, bytes.swapcase), PATIENCE)
        try:
            assert await workers.do(b"ab" * 6_000_000) == b"AB" * 6_000_000
        finally:
            await workers.close()

    asyncio.run(go())


def test_many_callers_of_a_few_workers_get_each_their_own_answer() -> None:
    async def go() -> None:
        workers = Workers(2, partial(partial, str.upper), PATIENCE)
        try:
            pieces = [f"piece {number}" for number in range(200)]
            assert await asyncio.gather(*map(workers.do, pieces)) == [piece.upper() for piece in pieces]
        finally:
            await workers.close()

    asyncio.run(go())


def test_the_answer_to_a_caller_who_went_away_is_given_to_nobody() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, time.sleep), PATIENCE)
        try:
            await workers.do(0)
            gone = asyncio.create_task(workers.do(30))
            await asyncio.sleep(0.1)
            gone.cancel()
            begun = time.monotonic()
            assert await workers.do(0.01) is None
            assert time.monotonic() - begun < 20
        finally:
            await workers.close()

    asyncio.run(go())


@pytest.mark.parametrize("times", [1, 2])
def test_a_pool_that_is_given_up_while_it_starts_leaves_nothing_open(times: int) -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, str.upper), PATIENCE)
        starting = asyncio.create_task(workers.do("a"))
        await asyncio.sleep(0)
        for _ in range(times):
            await asyncio.sleep(0)
            starting.cancel()
        await asyncio.wait([starting])
        await workers.close()
        assert starting.cancelled()

    asyncio.run(go())
    gc.collect()  # an open socket says so now, and fails the test


def test_a_worker_that_is_slow_to_come_up_keeps_nobody_from_the_end(tmp_path: Path) -> None:
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)

    async def go() -> None:
        workers = Workers(1, partial(partial, bytes.__add__, bytes(1 << 20)), PATIENCE)
        starting = asyncio.create_task(workers.do(b""))
        while not multiprocessing.active_children():
            await asyncio.sleep(0.01)
        starting.cancel()
        await asyncio.wait([starting])
        await workers.close()

    before = time.monotonic()
    multiprocessing.set_executable(str(slow))
    try:
        asyncio.run(go())
    finally:
        multiprocessing.set_executable(sys.executable)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
    assert time.monotonic() - before < 30, "waited until the process read what it begins with"
    gc.collect()


def test_a_worker_that_was_killed_between_two_pieces_costs_none() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, str.upper), PATIENCE)
        try:
            await workers.do("a")
            (worker,) = workers._idle
            assert worker is not None
            assert worker.process.pid is not None
            os.kill(worker.process.pid, signal.SIGKILL)
            async with asyncio.timeout(5):
                while not worker.is_gone:
                    await asyncio.sleep(0.01)
            assert await workers.do("b") == "B"
        finally:
            await workers.close()

    asyncio.run(go())


def test_a_worker_that_is_killed_at_work_fails_its_piece_and_no_other() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, time.sleep), PATIENCE)
        try:
            await workers.do(0)
            (worker,) = workers._idle
            assert worker is not None
            at_work = asyncio.create_task(workers.do(30))
            await asyncio.sleep(0.1)
            worker.process.kill()
            with pytest.raises(EOFError):
                await at_work
            assert await workers.do(0) is None
        finally:
            await workers.close()

    asyncio.run(go())


def test_a_worker_at_work_when_its_pool_is_closed_ends_with_its_piece() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, time.sleep), PATIENCE)
        await workers.do(0)
        (worker,) = workers._idle
        assert worker is not None
        at_work = asyncio.create_task(workers.do(0.2))
        await asyncio.sleep(0.05)
        await workers.close()
        assert await at_work is None
        assert workers._idle == [None]
        with pytest.raises(ValueError, match="closed"):
            worker.process.is_alive()

    asyncio.run(go())


def _strict(piece: str) -> object:
    """A task with all the ways to fail that do not end a process by themselves."""
    if piece == "raise":
        raise ValueError("no such\nword")
    if piece == "raise as if the daemon were gone":
        raise BrokenPipeError("a pipe of the task's own")
    if piece == "unsendable":
        return lambda: None
    return piece.upper()


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ("raise", "^ValueError: no such word$"),
        ("raise as if the daemon were gone", "^BrokenPipeError: a pipe of the task's own$"),
        ("unsendable", "lambda"),
    ],
)
def test_what_a_task_raises_is_the_reason_given_and_nothing_is_printed(
    piece: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, _strict), PATIENCE)
        try:
            with pytest.raises(EOFError, match=words):
                await workers.do(piece)
            assert await workers.do("b") == "B", "another worker takes its place"
        finally:
            await workers.close()

    asyncio.run(go())
    assert capfd.readouterr().err == ""


def _hopeless() -> Task:
    raise ValueError("no rules")


def test_a_worker_that_cannot_begin_says_why_to_its_first_piece(capfd: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        workers = Workers(1, _hopeless, PATIENCE)
        try:
            with pytest.raises(EOFError, match=r"^ValueError: no rules$"):
                await workers.do("a")
        finally:
            await workers.close()

    asyncio.run(go())
    assert capfd.readouterr().err == ""

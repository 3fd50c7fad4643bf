"""Worker processes: what goes through them, and what is not left over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from datetime import timedelta
from functools import partial

import pytest

from crawler.workers import Workers

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


def test_a_pool_that_is_given_up_while_it_starts_leaves_nothing_open() -> None:
    async def go() -> None:
        workers = Workers(1, partial(partial, str.upper), PATIENCE)
        starting = asyncio.create_task(workers.do("a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        await workers.close()
        assert starting.cancelled()

    asyncio.run(go())


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

"""Work put off: begun when its time comes, never when it is not needed any more."""

from __future__ import annotations

import asyncio

import pytest

from marsad.later import Later


def test_what_is_over_before_its_time_is_never_begun() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("work")

    async def run() -> None:
        later = Later(0.01, work)
        await later.over()
        await asyncio.sleep(0.03)
        assert not later.ended()

    asyncio.run(run())
    assert begun == []


def test_what_takes_longer_is_begun_and_broken_off() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        try:
            await asyncio.sleep(60)
        finally:
            steps.append("broken off")

    async def run() -> None:
        later = Later(0, work)
        await asyncio.sleep(0.01)
        assert not later.ended()
        await later.over()
        assert later.ended()

    asyncio.run(run())
    assert steps == ["begun", "broken off"]


def test_a_failure_is_seen_and_told() -> None:
    async def work() -> None:
        raise OSError("no more")

    async def run() -> None:
        later = Later(0, work)
        await asyncio.sleep(0.01)
        assert later.ended()
        with pytest.raises(OSError, match="no more"):
            await later.over()

    asyncio.run(run())

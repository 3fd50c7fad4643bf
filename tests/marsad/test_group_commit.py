"""Group commit: what waits goes together, nobody's trouble is another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from marsad.group_commit import CHUNKS, MOST, GroupCommit
from news.article import Article, Withdrawal
from news.errors import FenceLost
from news.outlet import SourceState
from news.run import Counts
from pipelines.order import Order, VisitContext
from pipelines.outcome import Taken
from tests.samples import NOW, article, source


def order(run: str, finds: Sequence[Article] = ()) -> Order:
    visit = VisitContext(source=source(), state=SourceState(), run_id=run, host="tigris.example", fence=1)
    return Order(finds=finds, visit=visit)


class Office:
    """Takes orders when its door opens; refuses those of the run `late`, breaks over those of `broken`."""

    def __init__(self) -> None:
        self.door = threading.Event()
        self.batches: list[list[str]] = []

    def take_all(self, orders: Sequence[Order]) -> Sequence[Taken]:
        self.door.wait(10)
        runs = [one.visit.run_id for one in orders]
        if "late" in runs:
            raise FenceLost("taken over")
        if "broken" in runs:
            raise ZeroDivisionError
        self.batches.append(runs)
        return [Taken(counts=Counts(new=number), rows=()) for number, _ in enumerate(orders)]


async def hand_in(commits: GroupCommit, *orders: Order) -> list[asyncio.Task[Taken]]:
    tasks = []
    for one in orders:
        tasks.append(asyncio.create_task(commits.take(one)))
        await asyncio.sleep(0)
    return tasks


def test_what_comes_during_a_commit_goes_with_the_next() -> None:
    office = Office()

    async def run() -> list[Taken]:
        commits = GroupCommit(office.take_all)
        first = await hand_in(commits, order("a"))
        await asyncio.sleep(0.05)  # its commit is under way
        others = await hand_in(commits, order("b"), order("c"), order("d"))
        office.door.set()
        return await asyncio.gather(*first, *others)

    taken = asyncio.run(run())
    assert office.batches == [["a"], ["b", "c", "d"]]
    assert [one.counts.new for one in taken] == [0, 0, 1, 2], "each has its own answer"


def test_a_visit_that_lost_its_host_takes_no_other_along() -> None:
    office = Office()
    office.door.set()

    async def run() -> list[Taken | BaseException]:
        tasks = await hand_in(GroupCommit(office.take_all), order("b"), order("late"), order("c"))
        return await asyncio.gather(*tasks, return_exceptions=True)

    before, late, after = asyncio.run(run())
    assert isinstance(before, Taken)
    assert isinstance(late, FenceLost)
    assert isinstance(after, Taken)
    assert sorted(run for batch in office.batches for run in batch) == ["b", "c"]


def test_a_page_that_we_stumble_over_takes_no_other_along() -> None:
    office = Office()
    office.door.set()

    async def run() -> list[Taken | BaseException]:
        tasks = await hand_in(GroupCommit(office.take_all), order("a"), order("broken"), order("c"))
        return await asyncio.gather(*tasks, return_exceptions=True)

    before, broken, after = asyncio.run(run())
    assert isinstance(before, Taken)
    assert isinstance(broken, ZeroDivisionError)
    assert isinstance(after, Taken)


def test_a_withdrawal_shares_no_commit() -> None:
    office = Office()
    gone = Withdrawal(url="https://tigris.example/one", missing_at=NOW, withdrawn_at=NOW, detail="410")

    async def run() -> None:
        commits = GroupCommit(office.take_all)
        first = await hand_in(commits, order("a"))
        await asyncio.sleep(0.05)
        withdrawing = Order(finds=[gone], visit=order("w").visit)
        others = await hand_in(commits, order("b"), withdrawing, order("c"), order("d"))
        office.door.set()
        await asyncio.gather(*first, *others)

    asyncio.run(run())
    assert office.batches == [["a"], ["b"], ["w"], ["c", "d"]]


def test_a_fault_of_ours_is_heard_and_the_next_is_served() -> None:
    office = Office()
    office.door.set()

    async def run() -> Taken:
        commits = GroupCommit(office.take_all)
        with pytest.raises(ZeroDivisionError):
            await commits.take(order("broken"))
        return await commits.take(order("a"))

    assert asyncio.run(run()).counts == Counts()


def test_a_commit_is_bounded_in_articles_and_in_chunks() -> None:
    office = Office()
    five = [article(str(number)) for number in range(5)]

    async def run() -> None:
        commits = GroupCommit(office.take_all)
        first = await hand_in(commits, order("a"))
        await asyncio.sleep(0.05)
        full = [order(f"f{number}", five) for number in range(8)]
        empty = [order(f"e{number}") for number in range(60)]
        tasks = await hand_in(commits, *full, *empty)
        office.door.set()
        await asyncio.gather(*first, *tasks)

    asyncio.run(run())
    assert [len(batch) for batch in office.batches] == [1, MOST // 5, 3 + CHUNKS - 3, 60 - (CHUNKS - 3)]


def test_who_leaves_before_its_turn_writes_nothing() -> None:
    office = Office()

    async def run() -> None:
        commits = GroupCommit(office.take_all)
        first = await hand_in(commits, order("a"))
        await asyncio.sleep(0.05)
        [gone], stays = await hand_in(commits, order("gone")), await hand_in(commits, order("b"))
        gone.cancel()
        await asyncio.sleep(0)
        office.door.set()
        await asyncio.gather(*first, *stays)

    asyncio.run(run())
    assert office.batches == [["a"], ["b"]]

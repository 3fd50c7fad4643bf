"""Group commit: what visits hand in while one commit is under way is decided and written with the next.

    visit -take-> waiting ... -one thread, one transaction-> Taken -> each visit

A commit costs the same for one chunk as for many: a disk's flush, a lock, a statement's preparation.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.order import Order
from pipelines.outcome import Taken

MOST = 25
"""Finds of one commit: it stays well under a second, and a crash costs no more than that many pages read
again."""

CHUNKS = 50
"""Chunks of one commit; most of those that hold nothing are polls of lists that did not change."""

TakeAll = Callable[[Sequence[Order]], Sequence[Taken]]


@dataclass(slots=True, eq=False)
class _Waiting:
    order: Order
    answer: asyncio.Future[Taken]


class GroupCommit:
    """One commit at a time, in the order of arrival."""

    def __init__(self, take_all: TakeAll) -> None:
        """`take_all` is called in a thread, with one order or more."""
        self._take_all = take_all
        self._waiting: deque[_Waiting] = deque()
        self._clerk: asyncio.Task[None] | None = None

    async def take(self, order: Order) -> Taken:
        """Decide and commit. Raises what `take_all` raises of this order. If the caller is cancelled
        before its turn nothing is written; within it, the commit goes on."""
        waiting = _Waiting(order, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._clerk is None or self._clerk.done():
            self._clerk = asyncio.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        while batch := self._next():
            try:
                await self._answer(batch)
            except Exception as error:
                if len(batch) == 1:
                    _fail(batch[0], error)
                else:
                    await self._one_by_one(batch)

    def _next(self) -> list[_Waiting]:
        """The foremost, up to the limits; at least one if any waits."""
        batch: list[_Waiting] = []
        finds = 0
        while self._waiting and len(batch) < CHUNKS:
            foremost = self._waiting[0]
            finds += len(foremost.order.finds)
            if batch and (finds > MOST or foremost.order.alone or batch[0].order.alone):
                break
            self._waiting.popleft()
            if not foremost.answer.done():  # cancelled
                batch.append(foremost)
        return batch

    async def _one_by_one(self, batch: Sequence[_Waiting]) -> None:
        """One visit that lost its host, or a page that we stumble over, must not take the others along."""
        for waiting in batch:
            try:
                await self._answer([waiting])
            except Exception as error:
                _fail(waiting, error)

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        try:
            taken = await asyncio.to_thread(self._take_all, [waiting.order for waiting in batch])
        except asyncio.CancelledError:
            for waiting in batch:
                waiting.answer.cancel()
            raise
        for waiting, one in zip(batch, taken, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(one)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


__all__ = ["CHUNKS", "MOST", "GroupCommit"]

"""How fast the processor's core runs: others on the same machine slow a virtual one to half its speed, for minutes."""

from __future__ import annotations

import time

TURNS = 20_000


class Core:
    """A loop that is the same every time, timed between what is measured. It needs no memory: what slows it down is
    the core alone."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    def feel(self) -> None:
        begun, value = time.process_time(), 0
        for turn in range(TURNS):
            value = (value * 31 + turn) & 0xFFFF
        self._seconds.append(time.process_time() - begun)

    def __str__(self) -> str:
        best, mean = min(self._seconds), sum(self._seconds) / len(self._seconds)
        return f"a loop of plain Python took {1000 * best:.2f} ms at best and {1000 * mean:.2f} ms on average: the core ran at {best / mean:.0%}"

"""How often one client may ask: a bucket per client that refills evenly; a bounded number of them."""

from __future__ import annotations

import time
from collections import OrderedDict

MOST_CLIENTS = 10_000


class Pace:
    """`per_minute` requests at once, and as many again within every minute."""

    def __init__(self, *, per_minute: int) -> None:
        self._most = float(per_minute)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, client: str) -> bool:
        """Count a request; False if it is one too many."""
        now = time.monotonic()
        left, at = self._left.pop(client, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / 60)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return allowed

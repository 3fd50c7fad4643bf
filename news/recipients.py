"""Recipients who want no more messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Recipients(Protocol):
    """Who has said, by the link in a message, that they want no more of them."""

    def unsubscribe(self, endpoint: str, *, at: datetime, via: str) -> bool:
        """Nothing is sent there any more; what waits is cancelled. False if it was so already."""
        ...

    def resubscribe(self, endpoint: str) -> bool:
        """Send there again. False if it was not unsubscribed."""
        ...

    def unsubscribed(self) -> Mapping[str, datetime]:
        """Endpoints that get nothing, and since when."""
        ...

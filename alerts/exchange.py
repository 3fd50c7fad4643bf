"""One POST as a channel wants it: every end is a value, faults in words, the clock read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from alerts.http import Door, HttpClient, NotAllowed, Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`fault` is empty if there was a status. `written`: the request had left us. `refused`: the
    guard did not let us dial."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    fault: str = ""
    written: bool = False
    refused: bool = False
    duration: timedelta = timedelta()

    def retry_after(self, now: datetime) -> timedelta | None:
        """Retry-After in either form (RFC 9110, 10.2.3), never negative; None without one."""
        value = self.headers.get("retry-after", "").strip()
        if value.isdigit():
            return timedelta(seconds=int(value[:9]))
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


async def exchange(client: HttpClient, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post once; never raises."""
    begun = time.monotonic()

    def spent() -> timedelta:
        return timedelta(seconds=time.monotonic() - begun)

    try:
        reply = await client.post(url, body, headers)
    except NotAllowed as error:
        return Answer(fault=f"not sent: {error}", refused=True, duration=spent())
    except Unanswered as error:
        return Answer(fault=error.detail, written=error.written, duration=spent())
    answered = {name.lower(): value for name, value in reply.headers.items()}
    return Answer(status=reply.status, headers=answered, text=reply.excerpt(), written=True, duration=spent())


__all__ = ["Answer", "Door", "HttpClient", "exchange"]

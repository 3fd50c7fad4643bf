"""The heartbeat: one guarded request to a watcher elsewhere, which raises the alarm when none comes.

What the watcher answers decides nothing here: a failing ping is logged, and its silence is the
alarm that we cannot raise ourselves.
"""

from __future__ import annotations

from enum import StrEnum

import structlog

from alerts.http import HttpClient, NotAllowed, Unanswered

log = structlog.get_logger("marsad.heartbeat")


class Ping(StrEnum):
    """How a ping ended. `WITHHELD`: not sent on purpose, because we were not well."""

    ANSWERED = "answered"
    FAILED = "failed"
    WITHHELD = "withheld"


class Heartbeat:
    """Pings one address. The address is a secret: who knows it can keep the watcher quiet."""

    def __init__(self, url: str, method: str, http: HttpClient, user_agent: str) -> None:
        self._url, self._method, self._http = url, method.upper(), http
        self._user_agent = user_agent
        self._last: Ping | None = None

    async def beat(self, *, well: bool) -> Ping:
        """Ping if we are well; say in the log when that changes. Never raises."""
        ping, detail = await self._asked() if well else (Ping.WITHHELD, "a check of /readyz fails")
        if ping is Ping.ANSWERED:
            if self._last not in (None, ping):
                log.info("heartbeat.resumed")
        elif ping is not self._last or ping is Ping.FAILED:
            log.warning(f"heartbeat.{ping.value}", detail=detail)
        self._last = ping
        return ping

    async def _asked(self) -> tuple[Ping, str]:
        try:
            reply = await self._http.request(self._method, self._url, b"", {"user-agent": self._user_agent})
        except (Unanswered, NotAllowed) as error:
            return Ping.FAILED, str(error)
        except Exception as error:
            return Ping.FAILED, f"the request failed ({type(error).__name__})"
        if 200 <= reply.status < 300:
            return Ping.ANSWERED, ""
        return Ping.FAILED, f"answered {reply.status}"

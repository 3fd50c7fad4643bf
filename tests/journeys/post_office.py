"""A webhook receiver, Slack and a mail relay in one thread: they keep ids and count them, no more."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.alerts.receiver import Answer, Receiver, Request, answer
from tests.alerts.relay import Relay
from tests.alerts.slack_emulator import Slack

_OK = answer(204)
_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE)


class Hook(Receiver):
    """Checks the signature under the key of the day."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret, self.bad = secret, 0
        self.times: Counter[str] = Counter()

    def reply(self, request: Request) -> Answer:
        self.requests.clear()
        name, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.partition("_")[2])
        digest = hmac.new(key, f"{name}.{at}.".encode() + request.body, hashlib.sha256).digest()
        if f"v1,{base64.b64encode(digest).decode()}" not in request.headers["webhook-signature"].split(" "):
            self.bad += 1
            return answer(401)
        self.times[name] += 1
        return _OK


class Desk(Slack):
    """Slack with its pages as long as the real ones, and no time spent on judging blocks twice."""

    @property
    def times(self) -> Counter[str]:
        return Counter(m["metadata"]["event_payload"]["delivery"] for m in list(self.messages))

    def reply(self, request: Request) -> Answer:
        self.requests.clear()
        return super().reply(request)

    def _refuse(self, message: dict[str, Any]) -> str:
        return ""


class Mailbox(Relay):
    """Counts Message-IDs."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        found = _ID.search(envelope.content if isinstance(envelope.content, bytes) else b"")
        assert found is not None
        self.times[found[1].decode()] += 1
        return "250 2.0.0 OK: queued as 4F1B2C"


class PostOffice:
    """All three, for tests that are not asynchronous."""

    def __init__(self, secret: str) -> None:
        self.hook, self.desk, self.mailbox = Hook(secret), Desk(page=200), Mailbox()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        for server in (self.hook, self.desk, self.mailbox):
            self._run(server.__aenter__())

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def times(self) -> dict[str, Counter[str]]:
        """How often each delivery came, by endpoint."""
        return {"hook": self.hook.times, "desk": self.desk.times, "mail": self.mailbox.times}

    def repeats(self) -> int:
        """Messages that came more often than once."""
        return sum(sum(times.values()) - len(times) for times in self.times().values())

    def close(self) -> None:
        for server in (self.hook, self.desk, self.mailbox):
            self._run(server.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

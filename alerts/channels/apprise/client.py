"""An Apprise receiver. Apprise runs in a process of its own, one message each: it blocks, reads
replies whole and keeps its own retries, none of which may touch the daemon.

Child: JSON on standard input (url, title, body) -> exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec

from alerts.channels.apprise.settings import AppriseSettings
from alerts.channels.email.text import plain, plain_digest
from alerts.clean import clean
from alerts.digest import compose_digest
from alerts.kind import ChannelContext
from alerts.message import compose
from alerts.wording import REPEAT, canary_notice, notice_text
from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel, Roundup
from news.delivery import Delivery, DeliveryState, Receipt, SendResult
from news.errors import DeliveryError
from news.notice import Notice

LIMIT = timedelta(seconds=30)
_CHILD = "alerts.channels.apprise.child"
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH")
SENT, FAILED, UNUSABLE = 0, 3, 4


_MARKUP = re.compile(r"(?<![\w/.])@(?=\w)|<(?=[!@#:a-zA-Z])|\](?=\()")


def tame(text: str) -> str:
    """Text in which no service sees a ping or a masked link: Apprise passes such through. A
    zero-width space breaks them; addresses in links stay as they are."""
    return _MARKUP.sub(lambda found: f"{found[0]}\u200b", text)


class AppriseChannel:
    """One target; one message at a time."""

    def __init__(self, name: str, settings: AppriseSettings, context: ChannelContext) -> None:
        if find_spec("apprise") is None:
            raise DeliveryError(
                f"the receiver {name!r} needs Apprise, which is not installed.",
                hint="Install it with: pip install 'marsad[apprise]'",
            )
        self._name, self._context = name, context
        self._url = settings.url.get_secret_value()
        self._alone = asyncio.Semaphore(1)

    def endpoints(self) -> Sequence[str]:
        return (self._name,)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        if delivery.kind is AlertKind.CANARY:
            notice = canary_notice(delivery)
            said = json.dumps({"title": notice.subject, "body": notice_text(notice)}).encode()
            return Parcel(body=said, media_type="application/json", subject=notice.subject)
        message = compose(delivery, briefing, self._context.links)
        content = {"title": tame(message.headline.text), "body": tame(plain(message))}
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        return Parcel(body=body, media_type="application/json", subject=message.headline.text)

    def render_digest(self, delivery: Delivery, roundup: Roundup) -> Parcel:
        digest = compose_digest(delivery, roundup)
        content = {"title": tame(digest.subject), "body": tame(plain_digest(digest))}
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        return Parcel(body=body, media_type="application/json", subject=digest.subject)

    async def send(self, claim: Claim) -> Receipt:
        content = json.loads(claim.parcel.body)
        if claim.was is DeliveryState.IN_DOUBT:
            content["title"] = f"{content['title']} ({REPEAT})"
        return await self._notify(content)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """Apprise cannot ask."""
        return None

    def preview(self, claim: Claim) -> str:
        return json.dumps(json.loads(claim.parcel.body), ensure_ascii=False, indent=2)

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        return await self._notify({"title": tame(clean(notice.subject)), "body": tame(notice_text(notice))})

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    async def _notify(self, content: dict[str, str]) -> Receipt:
        clock = self._context.clock
        began = clock.monotonic()
        given = json.dumps({**content, "url": self._url}).encode()
        try:
            async with asyncio.timeout(LIMIT.total_seconds()), self._alone:
                code: int | None = await _run(given)
        except TimeoutError:
            code = None
        except OSError:
            code = FAILED
        return replace(_receipt(code), duration=timedelta(seconds=clock.monotonic() - began))


async def _run(given: bytes) -> int:
    environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        await child.communicate(given)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child.returncode if child.returncode is not None else FAILED


def _receipt(code: int | None) -> Receipt:
    if code == SENT:
        return Receipt(result=SendResult.ACCEPTED, status="sent")
    if code == UNUSABLE:
        detail = "Apprise cannot use this URL (it must name one target)"
        return Receipt(result=SendResult.MISCONFIGURED, status="refused", detail=detail)
    if code == FAILED:
        detail = "the service was not reached or refused; Apprise does not tell which"
        return Receipt(result=SendResult.RETRY, status="failed", detail=detail)
    detail = "Apprise did not finish; the message may have been sent"
    return Receipt(result=SendResult.IN_DOUBT, status="unanswered", detail=detail)

"""Notices to operators: claimed, sent through any channel, tried again, in the end given up.

Apart from the deliveries of stories on purpose: when those fail, this still has to speak.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta

import structlog

from news.clock import Clock
from news.delivery import Receipt, SendResult
from news.endpoint import masked, receiver_of
from news.errors import StoreError
from news.notice import Notice, Notices, Posting
from news.ports import Channel

log = structlog.get_logger("marsad.operators")

LEASE = timedelta(minutes=2)
WAITS = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""Until the next try; after these a notice is old."""


class Operators:
    """Tells what is open; call `tell` now and then."""

    def __init__(self, notices: Notices, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._notices, self._channels, self._clock = notices, channels, clock

    def replace_channels(self, channels: Mapping[str, Channel]) -> None:
        """Use these from the next notice on."""
        self._channels = channels

    async def say(self, notice: Notice, endpoints: Iterable[str]) -> int:
        """Send a notice at once and once, past the database (which may be the trouble); how many arrived."""
        told = 0
        for endpoint in endpoints:
            receipt = await self._send(Posting(notice=notice, endpoint=endpoint, attempt_count=1))
            told += receipt.result is SendResult.ACCEPTED
            if receipt.result is not SendResult.ACCEPTED:
                log.error("notice.failed", endpoint=masked(endpoint), subject=notice.subject, detail=receipt.detail)
        return told

    async def tell(self, limit: int = 20) -> int:
        """Send what is due; how many arrived. Raises StoreError."""
        postings = await asyncio.to_thread(self._notices.claim, self._clock.now(), LEASE, limit)
        told = 0
        for posting in postings:
            receipt = await self._send(posting)
            told += receipt.result is SendResult.ACCEPTED
            await asyncio.to_thread(self._settle, posting, receipt)
        return told

    async def _send(self, posting: Posting) -> Receipt:
        channel = self._channels.get(receiver_of(posting.endpoint))
        if channel is None:
            return Receipt(result=SendResult.MISCONFIGURED, detail="no such receiver is configured any more")
        try:
            return await channel.notify(posting.endpoint, posting.notice)
        except Exception as error:  # of ours: it must not keep the next notice from being told
            log.error("notice.broke", notice=posting.notice.id, error=type(error).__name__)
            detail = f"the channel failed ({type(error).__name__})"
            return Receipt(result=SendResult.IN_DOUBT, status="fault", detail=detail)

    def _settle(self, posting: Posting, receipt: Receipt) -> None:
        told = receipt.result is SendResult.ACCEPTED
        tries = posting.attempt_count
        again = None if told or tries > len(WAITS) else self._clock.now() + WAITS[tries - 1]
        detail = "" if told else f"{receipt.result.value} {receipt.status} {receipt.detail}".strip()
        try:
            self._notices.settle(posting, told=told, again_at=again, detail=detail)
        except StoreError as error:
            log.warning("notice.unsettled", notice=posting.notice.id, error=str(error))
        if not told:
            log.warning(
                "notice.failed", endpoint=masked(posting.endpoint), subject=posting.notice.subject, detail=detail
            )

"""The delivery pump: claim what is due, send it, settle it; nothing is forgotten in between.

outbox.claim -> (doubtful? channel.arrived) -> channel.send -> settlement -> outbox.settle
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from alerts.settle import settlement
from news.briefing import Briefing, Claim, Parcel
from news.clock import Clock
from news.delivery import Delivery, DeliveryState, Receipt, SendResult
from news.errors import DeliveryError, StoreError, suggestion
from news.failpoint import reach
from news.ports import Channel, Outbox

log = structlog.get_logger("marsad.delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """At most `limit` sends at once, `per_endpoint` to one endpoint; `lease` bounds one send."""

    limit: int = 32
    per_endpoint: int = 4
    lease: timedelta = timedelta(seconds=60)
    poll: timedelta = timedelta(seconds=1)


class Dispatcher:
    """Sends what the outbox holds through the channels of the configuration."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        *,
        clock: Clock,
        owner: str,
        settings: DispatchSettings | None = None,
    ) -> None:
        self._outbox, self._channels, self._clock, self._owner = outbox, channels, clock, owner
        self._settings = settings or DispatchSettings()
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def replace_channels(self, channels: Mapping[str, Channel]) -> None:
        """Use these from the next claim on."""
        self._channels = channels

    def wake(self) -> None:
        """There may be something to send: look now rather than at the next poll."""
        self._wake.set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Pump until `stop`; then start nothing more."""
        while not stop.is_set():
            try:
                started = await self._start_due()
            except StoreError as error:
                log.error("outbox.unavailable", error=str(error))
                started = 0
            if started == 0:
                await self._rest(stop)

    async def _rest(self, stop: asyncio.Event) -> None:
        """Until woken, stopped, a send has ended, or the poll interval is over."""
        self._wake.clear()
        waits = {asyncio.create_task(self._wake.wait()), asyncio.create_task(stop.wait())}
        try:
            await asyncio.wait(
                waits | self._running,
                timeout=self._settings.poll.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def once(self) -> int:
        """Send everything that is due now; how many sends were made."""
        total = 0
        while True:
            started = await self._start_due()
            total += started
            if not started and not self._running:
                return total
            await asyncio.gather(*self._running)

    async def drain(self, timeout: float) -> None:
        """Let running sends end, at most `timeout` seconds; the rest are left to their lease."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _start_due(self) -> int:
        free = self._settings.limit - len(self._running)
        if free <= 0:
            return 0
        claims = await asyncio.to_thread(
            self._outbox.claim,
            owner=self._owner,
            now=self._clock.now(),
            lease=self._settings.lease,
            limit=free,
            per_endpoint=self._settings.per_endpoint,
            render=self._render,
        )
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claims)

    def _render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        return self._channel(delivery.endpoint).render(delivery, briefing)

    def _channel(self, endpoint: str) -> Channel:
        name = endpoint.partition("/")[0]
        if name not in self._channels:
            raise DeliveryError(
                f"the receiver {name!r} is no longer configured {suggestion(name, self._channels)}",
                hint="Put it back and use: marsad alerts resend",
            )
        return self._channels[name]

    async def _deliver(self, claim: Claim) -> None:
        receipt = await self._attempt(claim)
        reach("K7")
        now = self._clock.now()
        try:
            state = await asyncio.to_thread(self._outbox.endpoint, claim.delivery.endpoint)
            done = settlement(claim, receipt, state, now, random.random())  # noqa: S311 - jitter
            kept = await asyncio.to_thread(self._outbox.settle, done, now)
        except StoreError as error:
            # The lease runs out, the delivery becomes doubtful and is settled then.
            log.error("delivery.unsettled", delivery=claim.delivery.id, error=str(error))
            return
        reach("K8")
        _tell(claim, receipt, done.state, done.reason, kept)

    async def _attempt(self, claim: Claim) -> Receipt:
        try:
            channel = self._channel(claim.delivery.endpoint)
        except DeliveryError as error:
            return Receipt(result=SendResult.MISCONFIGURED, detail=str(error))
        try:
            async with asyncio.timeout(self._settings.lease.total_seconds() * 0.9):
                if claim.was is DeliveryState.IN_DOUBT:
                    found = await channel.arrived(claim)
                    if found is not None:
                        return found
                return await channel.send(claim)
        except TimeoutError:
            return Receipt(result=SendResult.IN_DOUBT, status="time-out", detail="no answer in time", overloaded=True)


def masked(endpoint: str) -> str:
    """An endpoint for the log: the local part of a mail address is a person's."""
    name, _, address = endpoint.partition("/")
    return f"{name}/***@{address.rpartition('@')[2]}" if address else name


def _tell(claim: Claim, receipt: Receipt, state: DeliveryState, reason: str, kept: bool) -> None:
    facts = {
        "delivery": claim.delivery.id,
        "story": claim.delivery.story_id,
        "endpoint": masked(claim.delivery.endpoint),
        "attempt": claim.attempt,
        "status": receipt.status,
        "duration_s": round(receipt.duration.total_seconds(), 3),
    }
    if not kept:
        log.warning("delivery.lease_lost", **facts)
    elif state is DeliveryState.DELIVERED:
        log.info("delivery.sent", **facts)
    elif state is DeliveryState.DEAD:
        log.error("delivery.abandoned", reason=reason, **facts)
    else:
        log.warning("delivery.deferred", reason=reason, **facts)

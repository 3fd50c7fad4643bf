"""The delivery pump: claim what is due, send it, settle it; nothing is forgotten in between.

outbox.claim -> (doubtful? channel.arrived) -> channel.send -> settlement -> outbox.settle
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from alerts.settle import settlement
from news.briefing import Briefing, Claim, Parcel, Roundup
from news.clock import Clock
from news.delivery import (
    Delivery,
    DeliveryState,
    EndpointHealth,
    EndpointState,
    Receipt,
    SendResult,
    Settlement,
)
from news.endpoint import masked
from news.errors import DeliveryError, NewsError, StoreError, suggestion
from news.failpoint import reach
from news.ports import Channel, Outbox

log = structlog.get_logger("marsad.delivery")

GATHER = 0.05
"""Seconds at most for slots to become free together."""

BROKEN_OFF = 1.0
"""Seconds for a send that is broken off to close what it has open."""

SETTLE_TRIES = 60
"""A busy, full or failing database gets so many seconds to take a receipt: by then the lease is over."""


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
        clock: Clock,
        owner: str,
        settings: DispatchSettings = DispatchSettings(),
    ) -> None:
        self._outbox, self._channels, self._clock, self._owner = outbox, channels, clock, owner
        self._settings = settings
        self.settled: Callable[[Claim, Settlement], None] = lambda _claim, _settlement: None
        """Told of every attempt's end once it is written."""
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._more = False
        """The last claim took all it was to take: there may be more."""
        self._arrived: list[tuple[Claim, Receipt]] = []
        self._settling = asyncio.Lock()

    def replace_channels(self, channels: Mapping[str, Channel]) -> None:
        """Use these from the next claim on: other receivers, other keys."""
        self._channels = channels
        reach("K12")

    def wake(self) -> None:
        """There may be something to send: look now rather than at the next poll."""
        self._wake.set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Pump until `stop`; then start nothing more. What is under way goes on, see `drain`."""
        while not stop.is_set():
            self._wake.clear()
            self._more, rest = False, self._settings.poll
            await self._room()
            try:
                await self._start_due()
                rest = rest if self._more else await self._until_due()
            except StoreError as error:
                log.error("outbox.unavailable", error=str(error))
            except Exception as error:
                log.error("outbox.failed", error=type(error).__name__, exc_info=True)
            if not self._more:
                await self._rest(stop, rest)

    async def once(self) -> int:
        """Send everything that is due now; how many sends were made. Raises StoreError."""
        total = 0
        while True:
            started = await self._start_due()
            total += started
            if not started and not self._running:
                return total
            await asyncio.wait(self._running)

    async def drain(self, timeout: float) -> None:
        """Let running sends end, at most `timeout` seconds; the rest are broken off and left to their lease."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=BROKEN_OFF)

    async def _room(self) -> None:
        """Wait a moment for more sends to end, where few slots are free: a claim costs a commit,
        for one delivery as for many."""
        loop = asyncio.get_running_loop()
        limit = loop.time() + GATHER
        while (left := limit - loop.time()) > 0 and self._settings.limit - len(
            self._running
        ) < self._settings.limit / 2:
            await asyncio.wait(self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def _until_due(self) -> timedelta:
        """How long to rest: till the next delivery falls due, at most the poll interval."""
        now = self._clock.now()
        due = await asyncio.to_thread(self._outbox.next_due, now)
        if due is None or due <= now:
            return self._settings.poll  # what is due already waits for its endpoint
        return min(due - now, self._settings.poll)

    async def _rest(self, stop: asyncio.Event, rest: timedelta) -> None:
        """Until woken, stopped, a send has ended, or the time is over."""
        waits = {asyncio.create_task(self._wake.wait()), asyncio.create_task(stop.wait())}
        try:
            await asyncio.wait(
                waits | self._running,
                timeout=max(rest.total_seconds(), 0.01),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def _start_due(self) -> int:
        free = self._settings.limit - len(self._running)
        self._more = False
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
            task.add_done_callback(self._ended)
        self._more = len(claims) == free
        return len(claims)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A slot is free; also if that happens while we look when the next is due."""
        self._running.discard(task)
        self._wake.set()

    def _render(self, delivery: Delivery, briefing: Briefing | Roundup) -> Parcel:
        """Raises DeliveryError and nothing else: one story that cannot be rendered must not
        keep the others from being claimed."""
        try:
            channel = self._channel(delivery.endpoint)
            if isinstance(briefing, Roundup):
                return channel.render_digest(delivery, briefing)
            return channel.render(delivery, briefing)
        except NewsError:
            raise
        except Exception as error:
            log.error("delivery.unrenderable", delivery=delivery.id, exc_info=True)
            raise DeliveryError(
                f"this story cannot be rendered for its receiver ({type(error).__name__}).",
                hint="This is a fault of ours; the log has the details.",
            ) from error

    def _channel(self, endpoint: str) -> Channel:
        name = endpoint.partition("/")[0]
        if name not in self._channels:
            raise DeliveryError(
                f"the receiver {name!r} is no longer configured {suggestion(name, self._channels)}",
                hint="Put it back and use: marsad alerts resend",
            )
        channel = self._channels[name]
        if endpoint not in channel.endpoints():
            raise DeliveryError(
                f"{masked(endpoint)} is no longer a recipient of {name!r}.",
                hint="Put it back and use: marsad alerts resend",
            )
        return channel

    async def _deliver(self, claim: Claim) -> None:
        receipt = await self._attempt(claim)
        reach("K7")
        self._arrived.append((claim, receipt))
        async with self._settling:
            await self._settle_arrived()

    async def _settle_arrived(self) -> None:
        """Write all ends that have come in while another commit was under way: one commit, however
        many there are. Each settlement of an endpoint builds on the one before it."""
        batch, self._arrived = self._arrived, []
        if batch:
            await self._settle_batch(batch)

    async def _settle_batch(self, batch: list[tuple[Claim, Receipt]]) -> None:
        names = [claim.delivery.id for claim, _ in batch]
        for rest in range(SETTLE_TRIES, 0, -1):
            try:
                written = await asyncio.to_thread(self._settle, batch, self._clock.now())
            except StoreError as error:
                log.error("delivery.unsettled", deliveries=names, error=str(error))
                if rest > 1:
                    await asyncio.sleep(1)
                continue
            except Exception as error:  # a fault of ours in one of them: the others are to be written
                log.error("delivery.unsettled", deliveries=names, error=type(error).__name__, exc_info=True)
                for one in batch if len(batch) > 1 else ():
                    await self._settle_batch([one])
                return
            for before, done, kept, claim in written:
                reach("K8")
                _tell(claim, done, kept)
                if kept:
                    self.settled(claim, done)
                    _tell_health(before, done.endpoint)
            return

    def _settle(
        self, batch: list[tuple[Claim, Receipt]], now: datetime
    ) -> list[tuple[EndpointState, Settlement, bool, Claim]]:
        states = dict(self._outbox.endpoint_states(claim.delivery.endpoint for claim, _ in batch))
        ends: list[tuple[EndpointState, Settlement]] = []
        for claim, receipt in batch:
            before = states[claim.delivery.endpoint]
            done = settlement(claim, receipt, before, now, random.random())  # noqa: S311 - jitter
            states[claim.delivery.endpoint] = done.endpoint
            ends.append((before, done))
        kept = self._outbox.settle_all([done for _, done in ends], now)
        return [(*end, held, claim) for end, held, (claim, _) in zip(ends, kept, batch, strict=True)]

    async def _attempt(self, claim: Claim) -> Receipt:
        try:
            channel = self._channel(claim.delivery.endpoint)
        except DeliveryError as error:
            return Receipt(result=SendResult.ABORTED, detail=str(error))
        try:
            async with asyncio.timeout(self._settings.lease.total_seconds() * 0.9):
                if claim.was is DeliveryState.IN_DOUBT:
                    found = await channel.arrived(claim)
                    if found is not None:
                        return found
                return await channel.send(claim)
        except TimeoutError:
            detail = "no answer within the lease"
            return Receipt(result=SendResult.IN_DOUBT, status="time-out", detail=detail, overloaded=True)
        except Exception as error:
            log.error("delivery.broke", delivery=claim.delivery.id, error=type(error).__name__)
            detail = f"the channel failed ({type(error).__name__})"
            return Receipt(result=SendResult.IN_DOUBT, status="fault", detail=detail)


def _tell(claim: Claim, done: Settlement, kept: bool) -> None:
    facts = {
        "delivery": claim.delivery.id,
        "story": claim.delivery.story_id,
        "endpoint": masked(claim.delivery.endpoint),
        "attempt": claim.attempt,
        "status": done.receipt.status,
        "ms": round(done.receipt.duration.total_seconds() * 1000),
    }
    if not kept:
        log.warning("delivery.lease_lost", **facts)
    elif done.state is DeliveryState.DELIVERED:
        log.info("delivery.sent", **facts)
    elif done.state is DeliveryState.DEAD:
        log.error("delivery.abandoned", reason=done.reason, **facts)
    else:
        log.warning("delivery.deferred", reason=done.reason, **facts)


def _tell_health(before: EndpointState, now: EndpointState) -> None:
    """Say when an endpoint turns bad or good: somebody has to mend it."""
    if before.health is now.health:
        return
    endpoint = masked(now.endpoint)
    if now.health is EndpointHealth.DISABLED:
        log.error("endpoint.disabled", endpoint=endpoint, reason=now.reason)
    elif now.health is EndpointHealth.OPEN:
        log.error("endpoint.opened", endpoint=endpoint, reason=now.reason)
    elif now.health is EndpointHealth.HEALTHY:
        log.info("endpoint.recovered", endpoint=endpoint)

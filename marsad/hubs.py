"""WebSub in the daemon: subscribe where a feed names a hub, renew, leave; a ping makes the source due.

A ping that comes while its source is being visited would be lost with that visit's next due time:
`tend` looks whether each ping was followed by a poll. One that comes while no daemon runs is lost, and
hubs need not repeat it: after a start each source that relies on a hub is polled once.
"""

from __future__ import annotations

import asyncio
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from alerts.hubclient import HubClient
from news.clock import Clock
from news.errors import NewsError, StoreError
from news.hub import Offer, Subscription, SubscriptionState, hub_secret
from storage import Store

log = structlog.get_logger("marsad.websub")

S = SubscriptionState
REST = timedelta(seconds=30)
"""Between two polls that pings ask for: a hub that pings for each article must not become a flood."""

FIRST_RETRY, LAST_RETRY = timedelta(hours=1), timedelta(days=1)
LEAVE_FOR = timedelta(days=1)
"""A hub that does not confirm our leaving is left without its word; its lease runs out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """`callback` is the public address before the id; empty: no subscriptions. `slower` is how many
    times rarer a source with a hub is polled."""

    callback: str
    secrets: tuple[str, ...]
    slower: int


class Hubs:
    """Implements Callbacks for the console and Push for visits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._settings: HubSettings | None = None
        self._client: HubClient | None = None
        self._enabled: frozenset[str] = frozenset()
        self._offers: dict[str, Offer | None] = {}
        self._relied_on: frozenset[str] = frozenset()
        self._hurried: dict[str, datetime] = {}
        self._caught_up = False

    def use(self, settings: HubSettings | None, client: HubClient, sources: frozenset[str]) -> None:
        """From now on work like this; None: have no hubs."""
        self._settings, self._client, self._enabled = settings, client, sources

    # -- visits -------------------------------------------------------------------

    def offered(self, source_id: str, offer: Offer | None) -> None:
        self._offers[source_id] = offer

    def slower(self, source_id: str) -> int:
        return self._settings.slower if self._settings and source_id in self._relied_on else 1

    # -- the hub's side -----------------------------------------------------------

    async def confirm(self, subscription_id: str, mode: str, topic: str, lease: timedelta) -> bool:
        now = self._clock.now()
        found = await self._get(subscription_id)
        if found is None or not found.asked_for(mode, topic, now):
            return False
        if mode == "unsubscribe":
            await asyncio.to_thread(self._store.subscriptions.drop, found.id)
            log.info("hub.left", source=found.source)
            return True
        await self._change(found, state=S.ACTIVE, lease_until=now + lease, tries=0, detail="")
        log.info("hub.subscribed", source=found.source, until=now + lease)
        return True

    async def denied(self, subscription_id: str, topic: str, reason: str) -> bool:
        found = await self._get(subscription_id)
        if found is None or found.topic != topic:
            return False
        if found.state is S.LEAVING:
            await asyncio.to_thread(self._store.subscriptions.drop, found.id)
            log.info("hub.left", source=found.source)
            return True
        detail = f"the hub denies it: {reason}" if reason else "the hub denies it"
        log.warning("hub.refused", source=found.source, detail=detail)
        # Whatever is left of its lease: it will not ping any more, and the next poll was put off on its account.
        # It is asked again an hour from here, not from a request of days ago.
        await self._change(found, state=S.REFUSED, detail=detail, asked_at=self._clock.now())
        if found.source in self._relied_on:
            self._relied_on -= {found.source}
            await self._hurry(found.source, self._clock.now())
        return True

    async def secrets(self, subscription_id: str) -> Sequence[str]:
        found = await self._get(subscription_id)
        if found is None or self._settings is None or found.state is S.LEAVING:
            return ()
        return [hub_secret(secret, found.id) for secret in self._settings.secrets]

    async def ping(self, subscription_id: str) -> None:
        found = await self._get(subscription_id)
        if found is None:
            return
        now = self._clock.now()
        await self._change(found, pinged_at=now)
        await self._hurry(found.source, now)

    async def _hurry(self, source_id: str, now: datetime) -> None:
        last = self._hurried.get(source_id)
        if source_id not in self._enabled or (last is not None and now - last < REST):
            return
        self._hurried[source_id] = now
        try:
            await asyncio.to_thread(self._store.dispatch.hurry, source_id, now)
        except NewsError as error:
            log.warning("hub.unheard", source=source_id, error=str(error))

    # -- upkeep -------------------------------------------------------------------

    async def tend(self) -> None:
        """Subscribe, renew, leave; follow up pings. Call now and then; never raises."""
        try:
            known = {s.source: s for s in await asyncio.to_thread(self._store.subscriptions.all)}
            for listed in known.values():
                # Hubs take their time: what was heard of this one meanwhile counts.
                subscription = await self._get(listed.id)
                if subscription is not None:
                    await self._tended(subscription)
            if self._settings is not None:
                await self._begin(known)
            now = self._clock.now()
            now_known = await asyncio.to_thread(self._store.subscriptions.all)
            self._relied_on = frozenset(s.source for s in now_known if s.is_relied_on(now))
            if not self._caught_up:
                self._caught_up = True
                for source_id in self._relied_on:
                    await self._hurry(source_id, now)
        except StoreError as error:
            log.error("hub.failed", error=str(error))

    async def _begin(self, known: Mapping[str, Subscription]) -> None:
        """A subscription for every offer that has none."""
        for source_id, offer in list(self._offers.items()):
            if offer is None or source_id in known or source_id not in self._enabled:
                continue
            fresh = Subscription(
                id=randomness.token_urlsafe(24),
                source=source_id,
                hub=offer.hub,
                topic=offer.topic,
                state=S.PENDING,
                asked_at=self._clock.now(),
            )
            await asyncio.to_thread(self._store.subscriptions.put, fresh)
            await self._ask(fresh, S.PENDING)

    async def _tended(self, subscription: Subscription) -> None:
        now = self._clock.now()
        if self._settings is None:
            # Nobody could confirm our leaving: there is no address left to ask back at.
            await asyncio.to_thread(self._store.subscriptions.drop, subscription.id)
        elif subscription.state is S.LEAVING:
            if now - subscription.asked_at > LEAVE_FOR:
                await asyncio.to_thread(self._store.subscriptions.drop, subscription.id)
        elif not self._wanted(subscription):
            await self._ask(subscription, S.LEAVING)
        elif self._is_due(subscription, now):
            await self._ask(subscription, S.PENDING if subscription.state is S.REFUSED else subscription.state)
        else:
            await self._follow_up(subscription, now)

    def _wanted(self, subscription: Subscription) -> bool:
        """False if the source is gone, or its latest list names another hub or none."""
        if subscription.source not in self._enabled:
            return False
        offer = self._offers.get(subscription.source, Offer(subscription.hub, subscription.topic))
        return offer == Offer(subscription.hub, subscription.topic)

    def _is_due(self, subscription: Subscription, now: datetime) -> bool:
        since = now - subscription.asked_at
        if subscription.state is S.ACTIVE:
            return subscription.is_to_be_renewed(now) and since > subscription.rest()
        wait: timedelta = min(FIRST_RETRY * 2 ** min(max(subscription.tries - 1, 0), 10), LAST_RETRY)
        return since > wait

    async def _follow_up(self, subscription: Subscription, now: datetime) -> None:
        """A ping that no poll has followed asks again."""
        at = subscription.pinged_at
        if at is None or now - at > timedelta(hours=1):
            return
        state = await asyncio.to_thread(self._store.archive.source_state, subscription.source, now)
        if state.cursor.polled_at is None or state.cursor.polled_at < at:
            await self._hurry(subscription.source, now)

    async def _ask(self, subscription: Subscription, state: SubscriptionState) -> None:
        """The row is written first: hubs may ask back before they answer."""
        assert self._settings is not None
        assert self._client is not None
        await self._change(subscription, state=state, asked_at=self._clock.now(), tries=subscription.tries + 1)
        secret = hub_secret(self._settings.secrets[0], subscription.id)
        callback = f"{self._settings.callback}/{subscription.id}"
        mode = "unsubscribe" if state is S.LEAVING else "subscribe"
        fault = await self._client.ask(subscription.hub, mode, subscription.topic, callback, secret)
        if fault and mode == "subscribe":
            found = await self._get(subscription.id)
            if found is not None and found.state is not S.LEAVING:
                await self._refused(found, fault)

    async def _refused(self, subscription: Subscription, detail: str) -> None:
        log.warning("hub.refused", source=subscription.source, detail=detail)
        still = subscription.lease_until is not None and subscription.lease_until > self._clock.now()
        state = subscription.state if still and subscription.state is S.ACTIVE else S.REFUSED
        await self._change(subscription, state=state, detail=detail)

    async def _get(self, subscription_id: str) -> Subscription | None:
        return await asyncio.to_thread(self._store.subscriptions.get, subscription_id)

    async def _change(self, subscription: Subscription, **facts: Any) -> None:
        await asyncio.to_thread(self._store.subscriptions.change, subscription.id, **facts)

"""WebSub with a real hub on loopback: asked, confirmed, pinged, renewed, left; nobody else is believed."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from aiohttp import web

from alerts.http import Door, HttpClient
from alerts.hubclient import HubClient
from console.server import Server
from console.websub import MOST_PUSHED, websub
from crawler.feeds import parse_feed
from crawler.hubs import offer_of
from marsad.hubs import LEAVE_FOR, REST, Hubs, HubSettings
from news.hub import LEASE, Offer, Subscription, SubscriptionState
from storage import Store
from tests.alerts.samples import LOOPBACK
from tests.crawler.conftest import Answer, LoopbackOutlet, page, rss
from tests.marsad.test_visits import application, visit
from tests.samples import FrozenClock, source

S = SubscriptionState
SECRET = "0123456789abcdef0123456789abcdef"
TOPIC = "https://tigris.example/feed"


@dataclass
class Hub:
    """Takes intents, asks back at the callback (through the door that a proxy would be), and pings."""

    door: str = ""
    url: str = ""
    lease: int = 864_000
    status: int = 202
    asks_back: bool = True
    gate: asyncio.Event | None = None
    """Intents are answered once it is open."""
    intents: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        self.intents.append(form)
        if self.gate is not None:
            await self.gate.wait()
        if self.asks_back and self.status < 300:
            assert (await self.ask_back(form)).status_code == 200
        return web.Response(status=self.status)

    async def ask_back(self, form: dict[str, str], **other: str) -> httpx.Response:
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "<b>7e4f</b>",
            "hub.lease_seconds": str(self.lease),
        }
        answer = await self.call("GET", form["hub.callback"], params={**query, **other})
        if answer.status_code == 200:
            assert answer.text == "<b>7e4f</b>"
            assert answer.headers["content-type"].startswith("text/plain")
        return answer

    async def call(self, method: str, callback: str, **given: Any) -> httpx.Response:
        assert callback.startswith("https://marsad.example/websub/")
        headers = {"Host": "marsad.example", **given.pop("headers", {})}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, f"{self.door}{urlsplit(callback).path}", headers=headers, **given)

    async def push(
        self, *, method: str = "sha256", header: str = "X-Hub-Signature", secret: str = "", body: bytes = b"<rss/>"
    ) -> int:
        key = (secret or self.intents[-1].get("hub.secret") or self.intents[0]["hub.secret"]).encode()
        signed = {header: f"{method}={hmac.new(key, body, method).hexdigest()}"}
        return (await self.call("POST", self.intents[0]["hub.callback"], content=body, headers=signed)).status_code


class Room:
    def __init__(self, store: Store, hub: Hub) -> None:
        self.store, self.hub, self.clock = store, hub, FrozenClock()
        self.hubs = Hubs(store, self.clock)
        self.client = HubClient(HttpClient(Door(allow_http=True, allow_networks=LOOPBACK)), "Marsad/test")
        store.dispatch.enlist([source()], self.clock.now())
        self.use("tigris/en")

    def use(self, *sources: str, secrets: tuple[str, ...] = (SECRET,)) -> None:
        settings = HubSettings(callback="https://marsad.example/websub", secrets=secrets, slower=10)
        self.hubs.use(settings, self.client, frozenset(sources))

    async def tend(self, **step: float) -> SubscriptionState | None:
        """Time passes; what became of the subscription."""
        self.clock.forward(**step)
        await self.hubs.tend()
        found = self.store.subscriptions.all()
        assert len(found) <= 1
        return found[0].state if found else None

    def due_at(self) -> datetime:
        due = self.store.catalogue.source_states()["tigris/en"].due_at
        assert due is not None
        return due

    def put_off(self) -> None:
        """As after a visit: the source is due in an hour, and was polled now."""
        later = self.clock.now() + timedelta(hours=1)
        self.store.dispatch.hurry("tigris/en", later)


@asynccontextmanager
async def room(store: Store) -> AsyncIterator[Room]:
    hub = Hub()
    made = Room(store, hub)
    server = Server([websub(made.hubs)], host="127.0.0.1", port=0, public_url="https://marsad.example")
    await server.start()
    app = web.Application()
    app.router.add_post("/hub", hub.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    hub.door, hub.url = f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{port}/hub"
    made.hubs.offered("tigris/en", Offer(hub.url, TOPIC))
    try:
        yield made
    finally:
        await server.stop()
        await runner.cleanup()


def test_a_named_hub_is_subscribed_to_and_a_signed_ping_makes_the_source_due(store: Store) -> None:
    async def go() -> None:
        async with room(store) as there:
            assert await there.tend() is S.ACTIVE, "the hub asked back before it answered"
            [intent] = there.hub.intents
            assert (intent["hub.mode"], intent["hub.topic"]) == ("subscribe", TOPIC)
            assert len(urlsplit(intent["hub.callback"]).path.rpartition("/")[2]) >= 32, "unguessable"
            assert intent["hub.secret"] not in str(store.subscriptions.all()), "derived, not stored"
            assert there.hubs.slower("tigris/en") == 1, "a hub that never pinged is not relied on"
            for method, header in (
                ("sha256", "X-Hub-Signature-256"),
                ("sha1", "X-Hub-Signature"),
                ("sha512", "X-Hub-Signature"),
            ):
                there.put_off()
                there.clock.forward(minutes=1)
                assert await there.hub.push(method=method, header=header, body=b"x" * 300_000) == 202
                assert there.due_at() == there.clock.now()
            await there.tend()
            assert there.hubs.slower("tigris/en") == 10
            await there.tend(hours=25)
            assert there.hubs.slower("tigris/en") == 1, "silent for a day: polled as usual"

    asyncio.run(go())


def test_what_is_not_signed_by_the_hub_does_nothing(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            there.put_off()
            due, callback = there.due_at(), there.hub.intents[0]["hub.callback"]
            assert await there.hub.push(secret="guess") == 403
            assert await there.hub.push(method="md5") == 403
            assert (await there.hub.call("POST", callback, content=b"<rss/>")).status_code == 403
            assert (await there.hub.call("POST", callback + "x", content=b"<rss/>")).status_code == 404
            assert (await there.hub.call("POST", "https://marsad.example/websub/short")).status_code == 404
            assert await there.hub.push(body=b"x" * (MOST_PUSHED + 1)) == 413
            assert there.due_at() == due
            assert sqlite_store.subscriptions.all()[0].pinged_at is None

    asyncio.run(go())


def test_only_what_we_asked_for_is_confirmed(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            there.hub.asks_back = False
            assert await there.tend() is S.PENDING
            [intent] = there.hub.intents
            for wrong in (
                {"hub.topic": "https://other.example/"},
                {"hub.mode": "unsubscribe"},
                {"hub.mode": "x"},
                {"hub.challenge": ""},
            ):
                assert (await there.hub.ask_back(intent, **wrong)).status_code == 404, wrong
            assert sqlite_store.subscriptions.all()[0].state is S.PENDING
            there.clock.forward(hours=2)
            assert (await there.hub.ask_back(intent)).status_code == 404, "too late"
            assert await there.tend() is S.PENDING
            assert len(there.hub.intents) == 2, "asked again"
            assert (await there.hub.ask_back(there.hub.intents[1])).status_code == 200
            assert (await there.tend(), len(there.hub.intents)) == (S.ACTIVE, 2)

    asyncio.run(go())


def test_a_lease_is_renewed_before_its_end_and_one_for_another_hub_or_source_is_left(store: Store) -> None:
    async def go() -> None:
        async with room(store) as there:
            await there.tend()
            await there.tend(days=LEASE.days - 3)
            assert len(there.hub.intents) == 1
            assert await there.tend(days=1.5) is S.ACTIVE
            assert [intent["hub.mode"] for intent in there.hub.intents] == ["subscribe", "subscribe"]
            until = store.subscriptions.all()[0].lease_until
            assert until == there.clock.now() + LEASE
            there.use()
            assert await there.tend(seconds=15) is None
            assert there.hub.intents[-1]["hub.mode"] == "unsubscribe"
            there.use("tigris/en")
            assert await there.tend(seconds=15) is S.ACTIVE
            there.hubs.offered("tigris/en", None)
            there.hub.asks_back = False
            assert await there.tend(seconds=15) is S.LEAVING
            assert await there.hub.push() == 404, "no longer listened to"
            assert await there.tend(seconds=LEAVE_FOR.total_seconds() + 60) is None, "left without its word"

    asyncio.run(go())


def test_a_hub_that_refuses_or_denies_is_asked_again_later(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            there.hub.status = 500
            assert await there.tend() is S.REFUSED
            assert sqlite_store.subscriptions.all()[0].detail == "the hub answered 500"
            assert (await there.tend(hours=1), len(there.hub.intents)) == (S.REFUSED, 1)
            there.hub.status = 202
            assert (await there.tend(hours=2), len(there.hub.intents)) == (S.ACTIVE, 2)
            denial = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no <b>robots</b>"}
            there.clock.forward(days=20)
            callback = there.hub.intents[0]["hub.callback"]
            assert (await there.hub.call("GET", callback, params=denial)).status_code == 200
            assert sqlite_store.subscriptions.all()[0].state is S.REFUSED
            assert (await there.hub.call("GET", callback, params={**denial, "hub.topic": "x"})).status_code == 404

    asyncio.run(go())


def test_a_hub_that_denies_a_running_subscription_is_not_relied_on_and_one_that_denies_leaving_is_left(
    sqlite_store: Store,
) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            denial = {"hub.mode": "denied", "hub.topic": TOPIC}
            callback = there.hub.intents[0]["hub.callback"]
            assert await there.hub.push() == 202
            await there.tend(minutes=1)
            there.put_off()
            there.clock.forward(seconds=REST.total_seconds())
            assert there.hubs.slower("tigris/en") == 10
            assert (await there.hub.call("GET", callback, params=denial)).status_code == 200
            assert there.due_at() == there.clock.now(), "its next poll was put off on the hub's account"
            assert there.hubs.slower("tigris/en") == 1, "that poll's successor is not"
            assert await there.tend(seconds=15) is S.REFUSED, "though its lease has days to run"
            assert await there.tend(hours=2) is S.ACTIVE, "asked again later"
            there.hub.asks_back = False
            there.use()
            assert await there.tend(seconds=15) is S.LEAVING
            asked = len(there.hub.intents)
            assert (await there.hub.call("GET", callback, params=denial)).status_code == 200
            assert (await there.tend(seconds=15), len(there.hub.intents)) == (None, asked), "not asked once more"

    asyncio.run(go())


def test_a_lease_of_a_day_is_renewed_near_its_end_and_until_it_is_confirmed(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            there.hub.lease = 24 * 3600
            assert await there.tend() is S.ACTIVE
            for hours, asked in ((2, 1), (17, 1), (1, 2), (2, 2)):
                await there.tend(hours=hours)
                assert len(there.hub.intents) == asked, hours
            there.hub.asks_back = False
            for hours, asked in ((18, 3), (2, 4), (2, 5)):
                await there.tend(hours=hours)
                assert len(there.hub.intents) == asked, hours

    asyncio.run(go())


def test_a_lease_under_an_hour_is_renewed_before_its_end_and_sooner_where_that_is_not_confirmed(
    sqlite_store: Store,
) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            there.hub.lease = 600
            assert await there.tend() is S.ACTIVE
            for minutes, asked in ((7, 1), (1.5, 2), (7, 2), (1.5, 3)):
                await there.tend(minutes=minutes)
                assert len(there.hub.intents) == asked, minutes
            there.hub.asks_back = False
            for minutes, asked in ((8.5, 4), (0.5, 4), (0.6, 5), (10, 6), (51, 6), (10, 7)):
                await there.tend(minutes=minutes)
                assert len(there.hub.intents) == asked, minutes

    asyncio.run(go())


def test_a_hub_that_hangs_costs_another_s_ping_or_denial_nothing(store: Store) -> None:
    async def go() -> None:
        async with room(store) as there:
            there.hub.asks_back, there.hub.gate = False, asyncio.Event()
            now = there.clock.now()
            row = Subscription(
                id="a" * 32, source="aleppo/en", hub=there.hub.url, topic=TOPIC, state=S.ACTIVE,
                asked_at=now - LEASE, lease_until=now + timedelta(hours=1),
            )  # fmt: skip
            pinged, denied = replace(row, id="b" * 32, source="basra/en"), replace(row, id="c" * 32, source="cizre/en")
            for one in (row, pinged, denied):
                store.subscriptions.put(one)
            there.use("aleppo/en", "basra/en", "cizre/en")
            tending = asyncio.create_task(there.hubs.tend())
            async with asyncio.timeout(9):
                while not there.hub.intents:
                    await asyncio.sleep(0.02)
            await there.hubs.ping(pinged.id)
            assert await there.hubs.denied(denied.id, TOPIC, "")
            there.hub.gate.set()
            await tending
            kept = {one.source: one for one in store.subscriptions.all()}
            assert kept["basra/en"].pinged_at == now
            assert kept["cizre/en"].state is S.REFUSED
            assert len(there.hub.intents) == 2, "the one that denies it is not asked"

    asyncio.run(go())


def test_a_source_is_polled_after_a_start_as_pings_may_have_been_lost(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            assert await there.hub.push() == 202
            await there.tend(hours=2)
            there.put_off()
            await there.tend(minutes=5)
            assert there.due_at() > there.clock.now(), "the hub is relied on"
            there.hubs = Hubs(sqlite_store, there.clock)
            there.use("tigris/en")
            await there.tend()
            assert there.due_at() == there.clock.now()
            there.put_off()
            await there.tend(minutes=5)
            assert there.due_at() > there.clock.now(), "once"

    asyncio.run(go())


def test_many_pings_are_few_polls_and_one_during_a_visit_is_not_lost(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            assert await there.hub.push() == 202
            first = there.due_at()
            there.put_off()
            there.clock.forward(seconds=5)
            assert await there.hub.push() == 202
            assert there.due_at() > there.clock.now(), "rests between polls"
            await there.tend(seconds=REST.total_seconds())
            assert there.due_at() == there.clock.now() > first, "but the second ping is followed up"

    asyncio.run(go())


def test_a_replaced_secret_is_accepted_from_a_hub_that_has_the_old_one(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            there.use("tigris/en", secrets=("f" * 32, SECRET))
            assert await there.hub.push() == 202
            there.use("tigris/en", secrets=("f" * 32,))
            assert await there.hub.push() == 403

    asyncio.run(go())


def test_a_hub_inside_our_own_network_is_not_asked(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            there.client = HubClient(HttpClient(Door(allow_http=True)), "Marsad/test")
            there.use("tigris/en")
            assert await there.tend() is S.REFUSED
            assert "refused" in sqlite_store.subscriptions.all()[0].detail
            assert there.hub.intents == []

    asyncio.run(go())


RSS = b"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title>
<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="/canonical"/>
<item><title>x</title><link>https://t.example/1</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self hub" href="https://both.example/"/>
<entry><title>x</title><link href="https://t.example/1"/></entry></feed>"""
JSON = b'{"version":"https://jsonfeed.org/version/1.1","feed_url":"https://t.example/f.json","hubs":[{"type":"WebSub","url":"https://hub.example/j"}],"items":[]}'
PLAIN = RSS.replace(b'rel="hub"', b'rel="alternate"')
URL = "https://t.example/feed"


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        (RSS, "", Offer("https://hub.example/", "https://t.example/canonical")),
        (ATOM, "", Offer("https://both.example/", "https://both.example/")),
        (JSON, "", Offer("https://hub.example/j", "https://t.example/f.json")),
        (PLAIN, "", None),
        (PLAIN, '<https://h.example/>; rel="hub", <https://t.example/s>; rel=self', Offer("https://h.example/", "https://t.example/s")),
        (RSS, "<https://h.example/>; rel=hub", Offer("https://h.example/", "https://t.example/canonical")),
        (PLAIN, "</x>; title=\"a, b\"; rel=\"next\", <ftp://h.example/>; rel=hub", None),
        (PLAIN, "<javascript:alert(1)>; rel=hub, <" + "x" * 5000 + ">; rel=hub", None),
    ],
    ids=["rss", "atom", "json", "none", "header", "header first", "no web address", "hostile"],
)  # fmt: skip
def test_a_feed_names_its_hub_in_itself_or_in_the_header(body: bytes, header: str, expected: Offer | None) -> None:
    feed = parse_feed(body, url=URL)
    assert offer_of(feed.links, {"link": header} if header else {}, URL) == expected


def test_a_subscription_is_relied_on_only_while_leased_and_heard_of(sqlite_store: Store) -> None:
    async def go() -> None:
        async with room(sqlite_store) as there:
            await there.tend()
            now = there.clock.now()
            heard = replace(sqlite_store.subscriptions.all()[0], pinged_at=now)
            assert heard.is_relied_on(now)
            assert not replace(heard, lease_until=now).is_relied_on(now)
            assert not replace(heard, state=S.REFUSED).is_relied_on(now)

    asyncio.run(go())


class Told:
    """The hubs as a visit knows them."""

    def __init__(self, slower: int) -> None:
        self.offers: dict[str, Offer | None] = {}
        self._slower = slower

    def offered(self, source_id: str, offer: Offer | None) -> None:
        self.offers[source_id] = offer

    def slower(self, source_id: str) -> int:
        return self._slower


def test_a_visit_tells_of_the_hub_and_polls_ten_times_more_rarely_with_one(tmp_path: Path) -> None:
    outlet = LoopbackOutlet()
    link = b'<channel><link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
    feed = rss((f"{outlet.base}/a", "Headline a"))
    listed = feed.encode() if isinstance(feed, str) else feed
    outlet.answers["/feed"] = Answer(listed.replace(b"<channel>", link, 1))
    outlet.answers["/a"] = Answer(page("Headline a"))
    app = application(tmp_path, outlet)
    told = app.visits.push = Told(10)
    asyncio.run(visit(app))
    assert told.offers == {"demo/en": Offer("https://hub.example/", f"{outlet.base}/feed")}
    due = app.store.archive.source_state("demo/en").due_at
    assert due is not None
    assert timedelta(minutes=80) < due - datetime.now(UTC) < timedelta(minutes=120), "ten times ten minutes"
    app.store.close()
    outlet.close()

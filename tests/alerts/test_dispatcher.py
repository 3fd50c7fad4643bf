"""The pump over a real store: every delivery ends where the contract says, and none is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels import kinds
from alerts.dispatcher import Dispatcher, DispatchSettings
from news.alert import Alert, AlertKind
from news.article import Article, Disposition
from news.delivery import DeliveryState, EndpointHealth, delivery_id
from news.errors import StoreBusy
from news.filing import Chunk, Filing, Fingerprint
from news.story import Evidence, Relation, Sighting, Story
from storage.store import open_store
from tests.alerts.receiver import Receiver, answer
from tests.alerts.relay import Relay
from tests.alerts.samples import ARABIC, NOW, SENTENCE, claim, context, match
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack
from tests.alerts.test_webhook import SECRET

pytestmark = pytest.mark.anyio


class MovingClock:
    """Stands still until it is moved."""

    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at

    def monotonic(self):
        return (self.at - NOW).total_seconds()

    def move(self, **by):
        self.at += timedelta(**by)


class World:
    """A store on disk, a clock, and what was committed."""

    def __init__(self, path):
        self.clock = MovingClock()
        self.store = open_store(f"sqlite:///{path}/alerts.db", upgrade=True)
        self.outbox = self.store.outbox

    def tell(self, *endpoints, story="story-1", revision=1, kind=AlertKind.MATCHED, title=ARABIC, life=76):
        """Commit a story that is to be told to these endpoints; the ids of the deliveries."""
        now = self.clock.now()
        article = Article(
            url=f"https://outlet.example/{story}",
            link=f"https://outlet.example/{story}",
            outlet="outlet",
            source="outlet/news",
            title=title,
            text=SENTENCE,
            language="ar",
            fetched_at=now,
            outlet_name="Outlet",
        )
        article_id = f"article-{story}"
        alert_id = f"alert-{story}-{revision}-{kind.value}"
        alert = Alert(
            id=alert_id, story_id=story, story_revision=revision, article_id=article_id,
            route="desk", kind=kind, rules=("security",), created_at=now,
        )  # fmt: skip
        base = claim(build("webhook", url="https://x.example/", secret=SECRET)).delivery
        deliveries = tuple(
            replace(
                base, id=delivery_id(story, revision, kind, endpoint), alert_id=alert_id, story_id=story,
                story_revision=revision, kind=kind, endpoint=endpoint, created_at=now, ready_at=now,
                expires_at=now + timedelta(hours=life),
            )
            for endpoint in endpoints
        )  # fmt: skip
        found = replace(match(title), story_id=story, article_id=article_id)
        filing = Filing(
            article_id=article_id,
            disposition=Disposition.NEW,
            article=article,
            revision=revision,
            fingerprint=Fingerprint(content_hash=f"{story}-{revision}"),
            sighting=Sighting(
                article_id=article_id, story_id=story, relation=Relation.OPENED, evidence=Evidence(rule="first")
            ),
            story=Story(
                id=story, title=title, language="ar", revision=revision, first_seen_at=now, last_seen_at=now,
                outlets=("outlet",),
            ),
            matches=(found,),
            alerts=(alert,),
            deliveries=deliveries,
            built_on=revision - 1,
            owner="owner",
        )  # fmt: skip
        chunk = Chunk(run_id="run-1", source_id="outlet/news", host="outlet.example", fence=1, filings=(filing,))
        self.store.archive.commit(chunk)
        return [d.id for d in deliveries]

    def record(self, delivery):
        alert = self.store.catalogue.alert(delivery)
        assert alert is not None
        return next(r for r in alert.deliveries if r.delivery.id == delivery)

    def state(self, delivery):
        return self.record(delivery).delivery.state

    def dispatcher(self, channels, **more):
        given = {"outbox": self.outbox, "channels": channels, "clock": self.clock, "owner": "me", **more}
        return Dispatcher(**given)


def build(kind, clock=None, name="desk", **settings):
    found = kinds()[kind]
    return found.build(name, found.settings.model_validate(settings), context(clock=clock))


def webhook(receiver, clock=None, name="desk"):
    return build("webhook", clock, name, url=receiver.url(), secret=SECRET, allow_http=True)


async def test_once_sends_all_that_is_due_and_counts_it(world, events):
    ids = [world.tell("desk", story=f"story-{n}")[0] for n in range(12)]
    async with Receiver() as receiver:
        assert await world.dispatcher({"desk": webhook(receiver)}).once() == 12
    assert {r.headers["webhook-id"] for r in receiver.requests} == set(ids)
    assert {world.state(i) for i in ids} == {DeliveryState.DELIVERED}
    sent = [e for e in events if e["event"] == "delivery.sent"]
    assert {e["delivery"] for e in sent} == set(ids)
    assert {"story", "endpoint", "status", "ms"} <= set(sent[0])


async def test_a_failed_delivery_is_sent_again_with_the_same_bytes(world, events):
    [delivery] = world.tell("desk")
    async with Receiver(script=[answer(500), answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        assert await pump.once() == 1
        assert world.state(delivery) is DeliveryState.RETRY_WAIT
        assert await pump.once() == 0
        world.clock.move(seconds=7)
        assert await pump.once() == 1
    assert world.state(delivery) is DeliveryState.DELIVERED
    assert receiver.requests[0].body == receiver.requests[1].body
    assert [a.result for a in world.record(delivery).attempts] == ["retry", "accepted"]
    assert [e["event"] for e in events if e["event"].startswith("delivery.")] == [
        "delivery.deferred",
        "delivery.sent",
    ]


async def test_thirteen_failures_make_a_dead_letter(world):
    [delivery] = world.tell("desk", life=200)
    async with Receiver(script=[answer(500)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        while await pump.once() and world.state(delivery) is not DeliveryState.DEAD:
            due = world.outbox.next_due(world.clock.now()) or world.clock.now()
            world.clock.at = due + timedelta(seconds=61)  # a breaker may hold it a minute longer
    assert world.state(delivery) is DeliveryState.DEAD
    assert [r.headers["webhook-id"] for r in receiver.requests].count(delivery) == 13
    assert "given up after 13 attempts" in world.record(delivery).delivery.reason
    assert timedelta(hours=60) < world.clock.now() - NOW < timedelta(hours=92)


async def test_retry_after_holds_the_whole_endpoint_back(world):
    world.tell("desk", story="story-1")
    async with Receiver(script=[answer(429, Retry_After="300"), answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        await pump.once()
        world.tell("desk", story="story-2")
        world.clock.move(seconds=299)
        assert await pump.once() == 0
        world.clock.move(seconds=130)
        assert await pump.once() == 2


async def test_poison_dies_and_the_queue_goes_on(world, events):
    [bad] = world.tell("desk", story="bad")
    async with Receiver(script=[answer(422)] * 3 + [answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        for seconds in (7, 40, 0):
            await pump.once()
            world.clock.move(seconds=seconds)
        [good] = world.tell("desk", story="good")
        await pump.once()
    assert (world.state(bad), world.state(good)) == (DeliveryState.DEAD, DeliveryState.DELIVERED)
    assert world.outbox.endpoint("desk").health is EndpointHealth.HEALTHY
    assert [e["delivery"] for e in events if e["event"] == "delivery.abandoned"] == [bad]


async def test_an_open_breaker_lets_one_probe_a_minute_through(world, events):
    for n in range(10):
        world.tell("desk", story=f"story-{n}")
    async with Receiver(script=[answer(404)] * 12 + [answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)}, settings=DispatchSettings(per_endpoint=1))
        await pump.once()
        assert len(receiver.requests) == 1
        for minute in range(1, 9):
            world.clock.move(seconds=61)
            await pump.once()
            assert len(receiver.requests) == 1 + minute
        assert world.outbox.endpoint("desk").health is EndpointHealth.OPEN
    assert [e["event"] for e in events].count("endpoint.opened") == 1


async def test_a_receiver_that_is_gone_keeps_its_queue(world, events):
    [one] = world.tell("desk", story="story-1")
    async with Receiver(script=[answer(410), answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        await pump.once()
        [two] = world.tell("desk", story="story-2")
        world.clock.move(hours=1)
        assert await pump.once() == 0
        assert world.outbox.endpoint("desk").health is EndpointHealth.DISABLED
        assert [e["event"] for e in events].count("endpoint.disabled") == 1
        world.outbox.enable("desk", world.clock.now())
        assert await pump.once() == 2
    assert {world.state(one), world.state(two)} == {DeliveryState.DELIVERED}


async def test_a_receiver_that_is_switched_on_again_gets_at_once_what_waited_for_a_later_try(world):
    [one] = world.tell("desk", story="story-1")
    [two] = world.tell("desk", story="story-2")
    async with Receiver(script=[answer(503), answer(410), answer(200)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)}, settings=DispatchSettings(per_endpoint=1))
        await pump.once()
        world.clock.move(seconds=1)
        assert await pump.once() == 0
        assert world.state(one) is DeliveryState.RETRY_WAIT
        world.outbox.enable("desk", world.clock.now())
        await pump.once()
    assert {world.state(one), world.state(two)} == {DeliveryState.DELIVERED}


async def test_a_receiver_taken_out_of_the_configuration_ends_its_deliveries(world):
    [removed, kept] = world.tell("old", "desk")
    async with Receiver() as receiver:
        assert await world.dispatcher({"desk": webhook(receiver)}).once() == 1
    assert (world.state(removed), world.state(kept)) == (DeliveryState.DEAD, DeliveryState.DELIVERED)
    assert "'old' is no longer configured" in world.record(removed).delivery.reason


async def test_a_receiver_taken_out_between_two_attempts_ends_them_too(world):
    [delivery] = world.tell("desk")
    async with Receiver(script=[answer(500)]) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)})
        await pump.once()
        pump.replace_channels({})
        world.clock.move(seconds=7)
        await pump.once()
    assert world.state(delivery) is DeliveryState.DEAD
    assert len(receiver.requests) == 1


async def test_a_recipient_taken_off_the_list_gets_nothing_more(world):
    [gone, stays] = world.tell("mail/gone@example.org", "mail/stays@example.org")
    async with Relay() as relay:
        settings = {"host": "127.0.0.1", "port": relay.port, "security": "plain", "to": "stays@example.org"}
        made = build("email", name="mail", **settings, **{"from": "a@example.org"})
        await world.dispatcher({"mail": made}).once()
    assert [m.rcpt_tos for m in relay.mails] == [["stays@example.org"]]
    assert (world.state(gone), world.state(stays)) == (DeliveryState.DEAD, DeliveryState.DELIVERED)
    assert "gone@" not in world.record(gone).delivery.reason


class Broken:
    """A channel with a fault in every part."""

    def endpoints(self):
        return ("broken",)

    def render(self, delivery, briefing):
        if delivery.story_id == "unrenderable":
            raise KeyError("planted")
        return claim(build("webhook", url="https://x.example/", secret=SECRET)).parcel

    async def send(self, claim):
        raise RuntimeError("planted")

    async def arrived(self, claim):
        raise RuntimeError("planted")


async def test_a_faulty_channel_harms_no_other(world, events):
    [broken] = world.tell("broken", story="story-1")
    [unrenderable] = world.tell("broken", story="unrenderable")
    [good] = world.tell("desk", story="story-2")
    async with Receiver() as receiver:
        await world.dispatcher({"broken": Broken(), "desk": webhook(receiver)}).once()
    assert world.state(good) is DeliveryState.DELIVERED
    assert world.state(broken) is DeliveryState.IN_DOUBT
    assert world.state(unrenderable) is DeliveryState.DEAD
    assert "planted" not in world.record(unrenderable).delivery.reason


async def test_a_hanging_receiver_holds_only_its_own_slots(world):
    release = asyncio.Event()

    async def hang(request, writer):
        await release.wait()

    for n in range(6):
        world.tell("slow", "fast", story=f"story-{n}")
    async with Receiver(script=[hang]) as slow, Receiver() as fast:
        channels = {"slow": webhook(slow, name="slow"), "fast": webhook(fast, name="fast")}
        pump = world.dispatcher(channels)
        stop = asyncio.Event()
        task = asyncio.create_task(pump.run_until(stop))
        async with asyncio.timeout(10):
            while len(fast.requests) < 6 or len(slow.requests) < 4:
                await asyncio.sleep(0.01)
        assert len(slow.requests) == 4
        stop.set()
        await task
        release.set()
        await pump.drain(5)


async def test_updates_of_one_story_never_overtake_each_other(world):
    flying, most = 0, 0

    async def slowly(request, writer):
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.05)
        flying -= 1
        writer.write(answer(200))

    for revision in (1, 2, 3):
        world.tell("desk", revision=revision, kind=AlertKind.UPDATED if revision > 1 else AlertKind.MATCHED)
        world.clock.move(seconds=1)
    async with Receiver(script=[slowly]) as receiver:
        await world.dispatcher({"desk": webhook(receiver)}).once()
    assert most == 1
    assert [r.json()["sequence"] for r in receiver.requests] == ["1", "2", "3"]


async def test_the_pump_wakes_at_once_when_told(world):
    async with Receiver() as receiver:
        pump = world.dispatcher({"desk": webhook(receiver)}, settings=DispatchSettings(poll=timedelta(seconds=30)))
        stop = asyncio.Event()
        task = asyncio.create_task(pump.run_until(stop))
        await asyncio.sleep(0)
        await asyncio.to_thread(world.tell, "desk")
        pump.wake()
        async with asyncio.timeout(5):
            while not receiver.requests:
                await asyncio.sleep(0.005)
        stop.set()
        await task
        await pump.drain(5)
    assert world.outbox.next_due(world.clock.now()) is None


async def test_stopped_in_the_middle_the_message_is_sent_again_under_its_id(world):
    """What a kill leaves behind: a lease, and a receiver that may have the message."""
    [delivery] = world.tell("desk")
    arrived = asyncio.Event()

    async def never(request, writer):
        arrived.set()
        await asyncio.sleep(60)

    async with Receiver(script=[never, answer(200)]) as receiver:
        first = world.dispatcher({"desk": webhook(receiver)})
        task = asyncio.create_task(first.once())
        await asyncio.wait_for(arrived.wait(), 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await first.drain(0)
        assert world.state(delivery) is DeliveryState.SENDING
        second = world.dispatcher({"desk": webhook(receiver)}, owner="next")
        assert await second.once() == 0
        world.clock.move(seconds=61)
        assert world.outbox.recover(world.clock.now()) == 1
        assert await second.once() == 1
    assert world.state(delivery) is DeliveryState.DELIVERED
    one, two = receiver.requests
    assert (one.headers["webhook-id"], one.body) == (two.headers["webhook-id"], two.body)


async def test_slack_is_asked_before_a_doubtful_message_is_repeated(world):
    world.clock.at = datetime.now(UTC)
    [delivery] = world.tell("desk")
    async with Slack(cut=True) as slack:
        settings = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api"), "allow_http": True}
        pump = world.dispatcher({"desk": build("slack", **settings)})
        await pump.once()
        assert world.state(delivery) is DeliveryState.IN_DOUBT
        world.clock.move(seconds=40)
        await pump.once()
        assert len(slack.messages) == 1
        record = world.record(delivery).delivery
        assert (record.state, record.remote_id) == (
            DeliveryState.DELIVERED,
            f"{CHANNEL}:{slack.messages[0]['ts']}",
        )
        world.clock.move(seconds=1)
        world.tell("desk", revision=2, kind=AlertKind.UPDATED)
        await pump.once()
    assert slack.messages[1]["thread_ts"] == slack.messages[0]["ts"]


class BusyAtFirst:
    """The outbox, refusing the first settlements as a busy database would."""

    def __init__(self, outbox, times):
        self._outbox, self.times = outbox, times

    def __getattr__(self, name):
        return getattr(self._outbox, name)

    def settle_all(self, settlements, now):
        if self.times > 0:
            self.times -= 1
            raise StoreBusy("another process holds the database")
        return self._outbox.settle_all(settlements, now)


async def test_a_busy_database_is_asked_again_and_nothing_is_sent_twice(world):
    [delivery] = world.tell("desk")
    async with Receiver() as receiver:
        outbox = BusyAtFirst(world.outbox, times=1)
        await world.dispatcher({"desk": webhook(receiver)}, outbox=outbox).once()
    assert world.state(delivery) is DeliveryState.DELIVERED
    assert len(receiver.requests) == 1


class StumblingOver:
    """The outbox, with a fault in settling one delivery."""

    def __init__(self, outbox, name):
        self._outbox, self._name = outbox, name

    def __getattr__(self, name):
        return getattr(self._outbox, name)

    def settle_all(self, settlements, now):
        if self._name in [settlement.delivery_id for settlement in settlements]:
            raise RuntimeError("a fault of ours")
        return self._outbox.settle_all(settlements, now)


async def test_a_receipt_that_we_stumble_over_takes_no_other_along_and_is_in_the_log(world, events):
    names = [world.tell("desk", story=f"story-{number}")[0] for number in range(4)]
    async with Receiver() as receiver:
        await world.dispatcher({"desk": webhook(receiver)}, outbox=StumblingOver(world.outbox, names[0])).once()
    assert [world.state(name) for name in names] == [DeliveryState.SENDING, *[DeliveryState.DELIVERED] * 3]
    assert [e["deliveries"] for e in events if e["event"] == "delivery.unsettled"][-1] == [names[0]]

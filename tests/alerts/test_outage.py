"""A receiver that is away, that limits, that hangs, that never stops talking: nothing is lost, nobody
else waits, and it is left in peace."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.http import Door, HttpClient, Unanswered
from news.alert import AlertKind
from news.clock import SystemClock
from news.delivery import DeliveryState, EndpointHealth
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import LOOPBACK
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack
from tests.alerts.test_dispatcher import World, build, webhook
from tests.alerts.test_webhook import SECRET

pytestmark = pytest.mark.anyio
SOAK = bool(os.environ.get("MARSAD_SOAK"))
WAITING = 7_500 if SOAK else 60
"""Stories; a third of them is told twice."""
RATE = 50
"""Messages a second that a receiver takes once it is back."""
MESSAGES = 1_000 if SOAK else 60


class Timed(Receiver):
    """Notes when each request came, by the world's clock."""

    def __init__(self, clock):
        super().__init__([answer(503)])
        self.clock, self.came, self._free = clock, [], 0.0

    def reply(self, request):
        self.came.append((self.clock.now(), request.headers["webhook-id"]))
        return super().reply(request)

    async def back(self, request, writer):
        """One message after the other, RATE of them a second."""
        now = time.monotonic()
        self._free = max(self._free, now) + 1 / RATE
        await asyncio.sleep(self._free - now)
        writer.write(answer(204))
        await writer.drain()


async def test_six_hours_away_cost_a_probe_a_minute_and_then_all_arrives_in_order(world, figure):
    """Every third story is told twice; the second message must not overtake the first."""
    for number in range(WAITING):
        world.tell("desk", story=f"story-{number:05}")
        if number % 3 == 0:
            world.clock.move(microseconds=1)
            world.tell("desk", story=f"story-{number:05}", revision=2, kind=AlertKind.UPDATED)
    expected = WAITING + len(range(0, WAITING, 3))
    async with Timed(world.clock) as receiver:
        pump = world.dispatcher({"desk": webhook(receiver, world.clock)})
        minutes = 6 * 60
        opened = None
        for minute in range(minutes):
            await pump.once()
            if opened is None and world.outbox.endpoint("desk").health is EndpointHealth.OPEN:
                opened = minute
            world.clock.move(minutes=1)
        assert opened is not None
        assert opened < 3
        probes = Counter(at for at, _ in receiver.came[8:])
        assert max(probes.values()) == 1
        receiver.script = [receiver.back]
        world.clock.move(minutes=1)
        before, returned, stop = len(receiver.came), time.monotonic(), asyncio.Event()
        running = asyncio.create_task(pump.run_until(stop))
        async with asyncio.timeout(900 if SOAK else 60):
            while world.outbox.next_due(world.clock.now()) is not None:
                await asyncio.sleep(0.2)
                world.clock.move(seconds=1)  # what a busy machine was late with is due later
        stop.set()
        await running
        await pump.drain(10)
        spent = time.monotonic() - returned
    arrived = [name for _, name in receiver.came[before:]]
    assert len(arrived) == len(set(arrived)) == expected
    assert world.store.catalogue.tally(world.clock.now()).deliveries == {"delivered": expected}
    for number in range(0, WAITING, 3):
        alerts = world.store.catalogue.story(f"story-{number:05}").alerts
        places = [arrived.index(a.deliveries[0].delivery.id) for a in alerts]
        assert places == sorted(places)
    figure(
        f"six hours away: {expected} waiting, {before} requests meanwhile (at most 1 a minute once open), "
        f"all delivered once and in order within {spent:.0f} s of the return, at {expected / spent:.0f} of {RATE} a second"
    )
    assert spent <= 300


class Limited(Slack):
    """Answers every fifth request 429, and counts what comes before the pause is over."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.asked = self.refused = self.inside = 0
        self.closed_until = None

    def reply(self, request):
        self.asked += 1
        now = self.clock.now()
        if self.closed_until is not None and now < self.closed_until:
            self.inside += 1
        if self.asked % 5 == 0:
            self.refused += 1
            self.closed_until = now + timedelta(seconds=30)
            return answer(429, b'{"ok": false, "error": "ratelimited"}', Retry_After="30")
        return super().reply(request)


async def test_slack_asked_to_wait_hears_nothing_inside_the_pause_and_gets_everything(world, figure):
    for number in range(MESSAGES):
        world.tell("desk", story=f"story-{number:05}")
    async with Limited(world.clock) as slack:
        bot = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api"), "allow_http": True, "pace": 0}
        pump = world.dispatcher({"desk": build("slack", world.clock, **bot)})
        while world.outbox.next_due(world.clock.now()) is not None:
            await pump.once()
            world.clock.move(seconds=10)
    assert slack.inside == 0
    assert len(slack.messages) == MESSAGES
    assert slack.asked == MESSAGES + slack.refused, "not one request more than was needed"
    assert world.store.catalogue.tally(world.clock.now()).deliveries == {"delivered": MESSAGES}
    figure(
        f"Slack with 429 on every fifth request: {MESSAGES} messages, {slack.asked} requests, {slack.refused} refused, "
        f"{slack.inside} inside a pause, 0 lost"
    )


async def hang(request, writer):
    await asyncio.sleep(60)


async def drip_body(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await _drip(writer, b"x")


async def drip_headers(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _drip(writer, b"X-A: b\r\n")


async def never_close(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    await writer.drain()
    await asyncio.sleep(60)


async def _drip(writer, piece):
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.1)


CUT = 20.0 if SOAK else 6.0

MANNERS = (hang, drip_body, drip_headers, never_close)


@pytest.mark.parametrize("manners", [MANNERS, *((one,) for one in MANNERS if SOAK)], ids=lambda m: m[-1].__name__)
async def test_bad_endpoints_among_twenty_hold_up_nobody_else_and_are_cut(tmp_path, figure, manners):
    world = World(tmp_path)
    world.clock = SystemClock()
    names = [f"desk{number}" for number in range(20)]
    for number in range(3):
        world.tell(*names, story=f"story-{number}")
    began, spent = time.monotonic(), []

    class Good(Receiver):
        def reply(self, request):
            spent.append(time.monotonic() - began)
            return super().reply(request)

    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(Good())
        bad = [await stack.enter_async_context(Receiver([manner])) for manner in manners]
        receivers = dict(zip(names, bad + [good] * (20 - len(bad)), strict=True))
        more = {"secret": SECRET, "allow_http": True, "timeout": CUT}
        channels = {name: build("webhook", world.clock, name, url=r.url(), **more) for name, r in receivers.items()}
        pump, stop = world.dispatcher(channels), asyncio.Event()
        running = asyncio.create_task(pump.run_until(stop))
        async with asyncio.timeout(40):
            while len(spent) < (20 - len(bad)) * 3:
                await asyncio.sleep(0.02)
            others, held = time.monotonic() - began, max(receiver.connections for receiver in bad)
            while not _cut(world, len(bad)):
                await asyncio.sleep(0.05)
        stop.set()
        await running
        await pump.drain(10)
    took = [a.took_ms for entry in _attempted(world, len(bad)) for a in entry.attempts if a.took_ms is not None]
    world.store.close()
    spent.sort()
    figure(
        f"{len(bad)} of 20 endpoints ({', '.join(m.__name__ for m in manners)}): the others' {len(spent)} messages within {others:.2f} s "
        f"(p99 {spent[int(len(spent) * 0.99)]:.2f} s), {held} slots held, cut after {max(took)} of {CUT * 1000:.0f} ms allowed"
    )
    assert len(bad) > 1 or spent[int(len(spent) * 0.99)] <= 2
    assert others < CUT, "they did not wait for the bad ones to be cut"
    assert held <= 4
    assert CUT * 1000 <= max(took) + 100 <= CUT * 1000 + 2000


def _attempted(world, count):
    found = [entry for record in world.store.catalogue.alerts(limit=0) for entry in record.deliveries]
    bad = {f"desk{number}" for number in range(count)}
    return [entry for entry in found if entry.delivery.endpoint in bad and entry.attempts]


def _cut(world, count):
    """Each of the bad endpoints has had an attempt that ended."""
    ended = {entry.delivery.endpoint for entry in _attempted(world, count) if any(a.result for a in entry.attempts)}
    return len(ended) == count


async def flood(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while True:
        writer.write(b"\x00" * 65536)
        await writer.drain()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_a_hundred_endless_replies_at_once_take_no_memory(figure):
    client = HttpClient(Door(allow_http=True, allow_networks=LOOPBACK), total=timedelta(seconds=20))
    most = [0]

    async def watch():
        while True:
            most[0] = max(most[0], _resident())
            await asyncio.sleep(0.01)

    async with Receiver([flood]) as receiver:
        await client.post(receiver.url(), b"{}", {})  # everything is imported by now
        before = _resident()
        watcher = asyncio.create_task(watch())

        async def one():
            try:
                return len((await client.post(receiver.url(), b"{}", {})).body)
            except Unanswered:
                return 0

        sizes = await asyncio.gather(*(one() for _ in range(100)))
        watcher.cancel()
    grown = (most[0] - before) / 1024**2
    figure(f"100 endless replies at once: {grown:.0f} MB more resident")
    assert set(sizes) == {64 * 1024}
    assert grown < 64


async def test_a_return_calls_back_what_waits_and_nothing_of_other_endpoints(world):
    """When the breaker closes, nobody waits out an hour that no longer has a reason."""
    world.tell("desk", "other", story="story-1")
    async with Receiver([answer(503)]) as receiver:
        channels = {"desk": webhook(receiver, world.clock), "other": webhook(receiver, world.clock, "other")}
        pump = world.dispatcher(channels)
        for _ in range(8):
            await pump.once()
            world.clock.move(hours=1)
        receiver.script = [answer(204)]
        [late] = world.tell("desk", story="story-2")
        world.store.outbox.enable("other", world.clock.now())
        waiting = world.store.catalogue.alerts()[-1].deliveries
        await pump.once()
    assert world.state(late) is DeliveryState.DELIVERED
    assert world.state(next(d.delivery.id for d in waiting if d.delivery.endpoint == "desk")) is DeliveryState.DELIVERED

"""The watch over ourselves: each trouble told once, on another way than the failing one, and once when over."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from alerts.channels.webhook import WebhookSettings
from alerts.channels.webhook.client import WebhookChannel
from alerts.dispatcher import Dispatcher
from alerts.operators import Operators
from marsad.config.units import parse_share
from marsad.pulse import Pulse
from marsad.watch import PATIENCE, Watch
from news.delivery import EndpointHealth, EndpointState
from pipelines.troubles import RECENT, failing_receivers, listeners_of
from storage import Store, open_store
from storage.engine import writing
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import context
from tests.alerts.test_webhook import SECRET, valid
from tests.samples import FrozenClock, chunk, filing, source


class Home:
    """Two receivers, the real outbox and operators, the watch, and time."""

    def __init__(self, store: Store, *, listeners: Sequence[str], database: Path | None = None, **urls: str) -> None:
        self.store, self.clock = store, FrozenClock()
        self.channels: Any = {
            name: WebhookChannel(
                name, WebhookSettings.model_validate({"url": url, "secret": SECRET, "allow_http": True}), context()
            )
            for name, url in urls.items()
        }
        self.operators = Operators(store.notices, self.channels, self.clock)
        self.pulse = Pulse(store, self.clock)
        self.pulse.beat()
        self.watch = Watch(store, self.pulse, self.operators, self.clock, database)
        self.listeners = listeners
        self.configure()

    def configure(self, free_space: str = "0%", configured: Sequence[str] = ()) -> None:
        names = configured or tuple(self.channels)
        self.watch.watch(listeners=self.listeners, configured=names, least_space=parse_share(free_space))

    async def pass_by(self, **step: float) -> None:
        """Time passes, the watch looks, operators are told."""
        self.clock.forward(**step)
        self.pulse.beat()
        await self.watch.look()
        await self.operators.tell()

    async def deliver(self) -> None:
        await Dispatcher(self.store.outbox, self.channels, self.clock, "me").once()


def told(receiver: Receiver) -> list[str]:
    """Titles of the notices that a receiver got; each is valid by its schema."""
    events = [request.json() for request in receiver.requests]
    notices = [event for event in events if event["type"] == "operator.notice"]
    for event in notices:
        valid(event)
    return [event["data"]["title"] for event in notices]


def test_a_failing_receiver_is_told_of_on_another_one_once_and_once_when_it_is_over(store: Store) -> None:
    async def go() -> None:
        async with Receiver(script=[answer(404)]) as hook, Receiver() as desk:
            home = Home(store, listeners=["hook", "desk"], hook=hook.url(), desk=desk.url())
            store.archive.commit(chunk(filing()))
            await home.pass_by(minutes=5)
            assert told(desk) == []
            await home.deliver()
            for _ in range(3):
                await home.pass_by(seconds=30)
            assert told(desk) == ["the receiver hook fails"]
            assert told(hook) == [], "not on the failing way"
            text = desk.requests[-1].json()["data"]["message"]
            assert "answered 404" in text
            assert "Since 24 Nov 12:05 UTC" in text
            assert [t.told_to for t in store.troubles.open()] == [("desk",)]
            hook.script = [answer(200)]
            home.clock.forward(hours=2)
            await home.deliver()
            for _ in range(2):
                await home.pass_by(seconds=30)
            assert told(desk) == ["the receiver hook fails", "over: the receiver hook fails"]
            assert "lasted 2 h 2 min" in desk.requests[-1].json()["data"]["message"]
            assert store.troubles.open() == []

    asyncio.run(go())


def test_stored_rows_that_cannot_be_read_are_told_of_once_and_once_when_they_can(store: Store) -> None:
    def write(statement: str) -> None:
        with writing(store._engine) as connection:
            assert connection.execute(sql(statement)).rowcount == 1

    async def go() -> None:
        async with Receiver() as desk:
            home = Home(store, listeners=["desk"], desk=desk.url())
            store.archive.commit(chunk(filing()))
            write("UPDATE stories SET doc = '-' || doc")
            assert store.catalogue.stories() == []
            for _ in range(2):
                await home.pass_by(seconds=30)
            assert told(desk) == ["1 stored row cannot be read"]
            text = desk.requests[-1].json()["data"]["message"]
            assert "the story sone" in text
            assert "marsad db check" in text
            write("UPDATE stories SET doc = substr(doc, 2)")
            await home.pass_by(seconds=30)
            assert told(desk)[1:] == ["over: 1 stored row cannot be read"]

    asyncio.run(go())


def test_one_that_gets_worse_is_told_again_and_a_removed_one_is_over(store: Store) -> None:
    async def go() -> None:
        async with Receiver(script=[answer(404), answer(410)]) as hook, Receiver() as desk:
            home = Home(store, listeners=["desk"], hook=hook.url(), desk=desk.url())
            store.archive.commit(chunk(filing()))
            for _ in range(2):
                home.clock.forward(minutes=5)
                await home.deliver()
                await home.pass_by()
            assert told(desk) == ["the receiver hook fails", "the receiver hook was switched off"]
            home.configure(configured=["desk"])
            await home.pass_by(seconds=30)
            assert told(desk)[-1] == "over: the receiver hook was switched off"

    asyncio.run(go())


def test_the_only_receiver_failing_is_an_error_in_the_log_and_told_when_there_is_another(store: Store) -> None:
    async def go() -> None:
        async with Receiver(script=[answer(404)]) as hook, Receiver() as desk:
            home = Home(store, listeners=["hook"], hook=hook.url(), desk=desk.url())
            store.archive.commit(chunk(filing()))
            home.clock.forward(minutes=5)
            await home.deliver()
            with capture_logs() as lines:
                await home.pass_by(seconds=30)
                await home.pass_by(seconds=30)
            errors = [line["event"] for line in lines if line["log_level"] == "error"]
            assert errors == ["trouble.begun", "operators.unreachable"], "once, not at every look"
            assert [t.told_to for t in store.troubles.open()] == [()]
            home.listeners = ["hook", "desk"]
            home.configure()
            await home.pass_by(seconds=30)
            assert told(desk) == ["the receiver hook fails"]

    asyncio.run(go())


def test_deliveries_given_up_are_told_and_over_a_day_later(store: Store) -> None:
    async def go() -> None:
        async with Receiver(script=[answer(400)]) as hook, Receiver() as desk:
            home = Home(store, listeners=["desk"], hook=hook.url(), desk=desk.url())
            store.archive.commit(chunk(filing()))
            for _ in range(3):
                home.clock.forward(minutes=10)
                await home.deliver()
            await home.pass_by(seconds=30)
            assert told(desk) == ["alerts for hook were given up"]
            assert (
                "1 alert was given up; the last because: refused 3 times" in desk.requests[-1].json()["data"]["message"]
            )
            await home.pass_by(seconds=RECENT.total_seconds())
            assert told(desk)[1:] == ["over: alerts for hook were given up"]

    asyncio.run(go())


def test_a_filling_disk_is_told_once_and_when_there_is_room_again(sqlite_store: Store, tmp_path: Path) -> None:
    async def go() -> None:
        async with Receiver() as desk:
            home = Home(sqlite_store, listeners=["desk"], desk=desk.url(), database=tmp_path / "marsad.db")
            for least in ("100%", "100%", "1B"):
                home.configure(least)
                await home.pass_by(seconds=30)
            assert told(desk) == ["the disk of the database fills", "over: the disk of the database fills"]
            assert str(tmp_path) in desk.requests[0].json()["data"]["message"]

    asyncio.run(go())


class SteadyClock(FrozenClock):
    """Its wall time can be set without the steady one moving."""

    steady = 0.0

    def monotonic(self) -> float:
        return self.steady


def test_a_clock_that_is_set_is_told_and_trusted_again_after_an_hour(sqlite_store: Store) -> None:
    async def go() -> None:
        async with Receiver() as desk:
            home = Home(sqlite_store, listeners=["desk"], desk=desk.url())
            clock = SteadyClock()
            home.watch = Watch(sqlite_store, home.pulse, home.operators, clock, None)
            home.configure()

            async def later(seconds: float, jump: float = 0) -> None:
                clock.steady += seconds
                clock.forward(seconds=seconds + jump)
                await home.pass_by(seconds=seconds + jump)

            sqlite_store.dispatch.enlist_one(source(), clock.now() + timedelta(minutes=10))
            await later(30)
            await later(30, jump=-3600)
            due = sqlite_store.archive.source_state("tigris/en").due_at
            assert due is not None
            assert timedelta(0) < due - clock.now() < timedelta(minutes=11), (
                "an hour ago by the clock it was to be later"
            )
            await later(30)
            await home.pass_by(hours=2)
            assert told(desk) == ["the clock jumped 3600 s back"]
            await later(3600)
            await home.pass_by(hours=2)
            assert told(desk) == ["the clock jumped 3600 s back", "over: the clock jumped 3600 s back"]

    asyncio.run(go())


def test_a_database_that_fails_is_told_past_the_database(tmp_path: Path) -> None:
    async def go() -> None:
        file = tmp_path / "m.db"
        store = open_store(f"sqlite:///{file}", upgrade=True, busy_timeout_ms=20)
        async with Receiver(script=[answer(404)]) as hook, Receiver() as desk:
            home = Home(store, listeners=["desk"], hook=hook.url(), desk=desk.url())
            store.archive.commit(chunk(filing()))
            home.clock.forward(minutes=5)
            await home.deliver()
            lock = sqlite3.connect(file, isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            for _ in range(3):
                home.clock.forward(seconds=PATIENCE.total_seconds() / 2 + 1)
                await home.watch.look()
            assert told(desk) == ["the database fails"], "what cannot be written is said at once, and once"
            assert "locked by another process" in desk.requests[0].json()["data"]["message"]
            lock.close()
            await home.pass_by(seconds=30)
            assert sorted(told(desk)) == ["over: the database fails", "the database fails", "the receiver hook fails"]
        store.close()

    asyncio.run(go())


def test_of_a_mail_receiver_the_working_recipients_are_told_when_there_is_no_other() -> None:
    now = FrozenClock().now()
    everyone = ["mail/a@x.example", "mail/b@x.example"]
    bad = EndpointState(endpoint=everyone[0], health=EndpointHealth.DISABLED, failing_since=now, reason="550")
    [trouble] = failing_receivers([bad], frozenset(everyone), now)
    assert "1 of its 2 recipients, first mail/***@x.example: 550" in trouble.evidence
    assert "a@x" not in trouble.evidence
    assert listeners_of(trouble, everyone, frozenset({bad.endpoint})) == ("mail/b@x.example",)
    assert listeners_of(trouble, [*everyone, "desk"], frozenset({bad.endpoint})) == ("desk",)
    well = replace(bad, health=EndpointHealth.THROTTLED)
    assert failing_receivers([well], frozenset(everyone), now) == []


@pytest.mark.parametrize(
    ("text", "of_200"), [("5%", 10), ("0%", 0), ("100B", 100), ("1KiB", 1024)], ids=lambda v: str(v)
)
def test_a_share_is_a_part_or_a_size(text: str, of_200: float) -> None:
    assert parse_share(text).of(200) == of_200
    assert parse_share(str(parse_share(text))) == parse_share(text)


@pytest.mark.parametrize("text", ["", "five", "101%", "-1%", "5 %%"])
def test_what_is_neither_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="write for example 5% or 2GiB"):
        parse_share(text)

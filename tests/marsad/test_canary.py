"""Canaries: through the real outbox and channels; a missing one is told on another route in time (G15)."""

from __future__ import annotations

import asyncio
import email
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import kinds
from alerts.dispatcher import Dispatcher
from marsad import exits
from marsad.__main__ import main
from marsad.aviary import Aviary
from marsad.config import load
from marsad.wiring import canaries_of
from news.canary import canary
from news.delivery import DeliveryState
from news.notice import Notice
from storage import Store, open_store
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import briefing, context
from tests.alerts.test_webhook import SECRET, valid
from tests.marsad.test_watch import Home, told
from tests.samples import NOW, FrozenClock, chunk, filing

HOUR = timedelta(hours=1)


class Yard(Home):
    """The home with canaries for `hook`; `desk` hears of troubles."""

    def __init__(self, store: Store, hook: str, desk: str) -> None:
        super().__init__(store, listeners=["hook", "desk"], hook=hook, desk=desk)
        self.aviary = Aviary(store.canaries, self.clock, lambda: None)
        self.aviary.flock = ("hook",)
        self.watch.more = (self.aviary.missing,)
        self.dispatcher = Dispatcher(store.outbox, self.channels, self.clock, "me")

    async def minutes(self, count: int) -> None:
        """Time passes as the daemon lives it, in steps of five minutes."""
        for _ in range(count // 5):
            if int(self.clock.now().timestamp()) % 3600 == 0:
                await self.aviary.launch()
            await self.dispatcher.once()
            await self.pass_by(minutes=5)


def test_a_canary_an_hour_reaches_the_endpoint_and_is_no_story(store: Store) -> None:
    async def go() -> None:
        async with Receiver() as hook, Receiver() as desk:
            yard = Yard(store, hook.url(), desk.url())
            store.archive.commit(chunk(filing("one", told=False)))
            before = store.catalogue.tally(NOW)
            await yard.minutes(180)
            await yard.aviary.launch()
            await yard.aviary.launch()
            await yard.dispatcher.once()
            events = [request.json() for request in hook.requests]
            assert [event["type"] for event in events] == ["system.canary"] * 4
            assert len({event["id"] for event in events}) == 4, "asked twice in an hour it is the same"
            for event in events:
                valid(event)
            assert desk.requests == []
            assert store.catalogue.tally(NOW) == before, "stories and deliveries are counted without it"
            assert store.check() == []
            yard.clock.forward(days=8)
            await yard.aviary.launch()
            assert [row.created_at for row in _rows(store)] == [yard.clock.now()], "last week's are forgotten"

    asyncio.run(go())


def _rows(store: Store) -> list[Any]:
    from sqlalchemy import select

    from storage import tables
    from storage.engine import reading

    with reading(store._engine) as connection:
        return list(connection.execute(select(tables.deliveries).where(tables.deliveries.c.kind == "canary")).all())


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(429, retry_after="86400"), "no canary reaches hook"),
        (answer(422), "no canary reaches hook"),
        (answer(404), "the receiver hook fails"),
        (answer(410), "the receiver hook was switched off"),
    ],
    ids=["silent throttling", "refused message", "wrong address", "gone"],
)
def test_a_missing_canary_alarms_on_another_route_within_two_hours(store: Store, reply: bytes, words: str) -> None:
    async def go() -> None:
        async with Receiver() as hook, Receiver() as desk:
            yard = Yard(store, hook.url(), desk.url())
            await yard.minutes(65)
            assert told(desk) == []
            hook.script = [reply]
            hook.requests.clear()
            broken_at = yard.clock.now()
            while not told(desk):
                await yard.minutes(5)
                assert yard.clock.now() - broken_at <= 2 * HOUR, "too late"
            assert told(desk) == [words]
            assert all(event.json()["type"] == "system.canary" for event in hook.requests), "nothing on the broken way"
            hook.script = [answer(200)]
            store.outbox.enable("hook", yard.clock.now())
            for _ in range(26):
                await yard.aviary.launch()
                await yard.dispatcher.once()
                await yard.pass_by(hours=1)
            assert told(desk) == [words, f"over: {words}"]

    asyncio.run(go())


def test_a_pump_that_stands_still_is_noticed_too(sqlite_store: Store) -> None:
    """Nothing is claimed: no attempt fails, no breaker opens; only the canary is missing."""

    async def go() -> None:
        async with Receiver() as hook, Receiver() as desk:
            yard = Yard(sqlite_store, hook.url(), desk.url())
            await yard.aviary.launch()
            for _ in range(7):
                await yard.pass_by(minutes=5)
            assert told(desk) == ["no canary reaches hook"]
            assert "is of: never; the one after it is ready" in desk.requests[0].json()["data"]["message"]

    asyncio.run(go())


def test_a_hourly_canary_is_quiet_in_slack_and_mail() -> None:
    bird = canary("desk", HOUR, NOW)
    known = kinds()

    def rendered(kind: str, name: str, settings: dict[str, Any]) -> bytes:
        channel = known[kind].build(name, known[kind].settings.model_validate(settings), context(clock=FrozenClock()))
        return channel.render(bird, briefing()).body

    slack = json.loads(rendered("slack", "desk", {"webhook_url": "https://hooks.slack.example/services/T/B/x"}))
    assert [block["type"] for block in slack["blocks"]] == ["context"]
    assert slack["text"] == "Marsad canary"
    mail = email.message_from_bytes(
        rendered(
            "email", "desk", {"host": "127.0.0.1", "security": "plain", "from": "m@x.example", "to": "a@x.example"}
        )
    )
    assert mail["X-Marsad-Story"] == "canary-2026-11-24"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_only_receivers_that_ask_for_it_and_stand_on_a_route_get_one(tmp_path: Path) -> None:
    hook = f"{{channel: webhook, url: https://h.example/, secret: '{SECRET}', canary: %s}}"
    (tmp_path / "c.yaml").write_text(
        f"""store: sqlite:///m.db
rules: [{{use: builtin/security-cooperation}}]
receivers:
  one: {hook % "true"}
  two: {hook % "false"}
  three: {hook % "true"}
  mail: {{channel: email, host: 127.0.0.1, security: plain, from: m@x.example, to: [a@x.example, b@x.example], canary: true}}
routes:
  - {{id: r, to: [one, two, mail]}}
  - {{id: s, to: [one]}}
"""
    )
    assert canaries_of(load(tmp_path / "c.yaml")) == ("one", "mail/a@x.example", "mail/b@x.example")


def test_a_canary_of_a_stretch_is_one_and_the_next_is_another() -> None:
    first, same = canary("desk", HOUR, NOW), canary("desk", HOUR, NOW + timedelta(minutes=59))
    later, other = canary("desk", HOUR, NOW + HOUR), canary("hook", HOUR, NOW)
    assert first.id == same.id
    assert len({first.id, later.id, other.id}) == 3
    assert (first.expires_at, first.state) == (NOW + HOUR, DeliveryState.READY)


def test_status_tells_of_canaries_troubles_and_notices_that_nobody_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    hook = f"{{channel: webhook, url: https://h.example/, secret: '{SECRET}', canary: true}}"
    (tmp_path / "config.yaml").write_text(f"store: sqlite:///m.db\nreceivers: {{hook: {hook}}}\noperators: [hook]\n")
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)

    async def go() -> None:
        async with Receiver(script=[answer(404)]) as hook, Receiver() as desk:
            yard = Yard(store, hook.url(), desk.url())
            yard.listeners = ["hook"]
            yard.configure()
            await yard.aviary.launch()
            await yard.dispatcher.once()
            await yard.pass_by(minutes=1)
            store.notices.post(Notice(id="n1", kind="x", subject="a notice", text="t", at=NOW), ["hook"])
            await yard.pass_by(minutes=1)

    asyncio.run(go())
    store.close()
    assert main(["status", "--strict"]) == exits.PARTIAL
    said = capsys.readouterr().out
    assert "canary       hook: none has arrived; one waits since" in said
    assert "trouble      the receiver hook fails" in said
    assert "NOBODY COULD BE TOLD" in said
    assert "a notice" in said
    assert main(["status", "--json"]) == exits.OK
    found = json.loads(capsys.readouterr().out)
    assert [trouble["key"] for trouble in found["troubles"]] == ["receiver:hook"]
    assert found["unheard_notices"][0]["subject"] == "a notice"
    assert found["canaries"]["hook"]["state"] == "retry_wait"

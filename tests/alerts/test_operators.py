"""Operators hear of a blind source: once, after it is certain, and when it is over; no receiver's
bad day loses it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.channels.webhook import WebhookSettings
from alerts.channels.webhook.client import WebhookChannel
from alerts.operators import WAITS, Operators
from news.delivery import Receipt
from news.notice import Notice
from news.outlet import Cursor, SourceState
from news.run import RunOutcome
from news.visit import VisitEnd
from pipelines.intake import Intake, VisitContext
from pipelines.tagging.tagger import Tagger
from storage import Store
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import context
from tests.alerts.test_webhook import SECRET, valid
from tests.samples import FrozenClock, source


class Newsroom:
    """A source that is visited, an operator's webhook, and time."""

    def __init__(self, store: Store, url: str) -> None:
        self.store, self.clock = store, FrozenClock()
        settings = {"url": url, "secret": SECRET, "allow_http": True}
        self.channels: Any = {"desk": WebhookChannel("desk", WebhookSettings.model_validate(settings), context())}
        self.operators = Operators(store.notices, self.channels, self.clock)
        self.intake = Intake(store.archive, Tagger([]), [], clock=self.clock, operators=["desk"])

    def visit(self, *endings: tuple[RunOutcome, str]) -> SourceState:
        for outcome, reason in endings:
            self.clock.forward(minutes=10)
            state = self.store.archive.source_state("tigris/en")
            end = VisitEnd(outcome=outcome, cursor=Cursor(), reason=reason, error=f"tigris/en: {reason}")
            visit = VisitContext(
                source=source(), state=state, run_id="r", host="tigris.example", fence=1, end=end,
                next_due_at=self.clock.now(),
            )  # fmt: skip
            self.intake.take([], visit)
        return self.store.archive.source_state("tigris/en")


DOWN, UP = (RunOutcome.FAILED, "timeout"), (RunOutcome.NOT_MODIFIED, "")


def told(receiver: Receiver) -> Sequence[str]:
    return [request.json()["data"]["title"] for request in receiver.requests]


def test_a_source_that_stays_down_is_told_once_and_its_recovery_once(store: Store) -> None:
    async def go() -> None:
        async with Receiver() as receiver:
            room = Newsroom(store, receiver.url())
            room.visit(UP, DOWN, DOWN)
            assert await room.operators.tell() == 0, "two failures are an accident"
            room.visit(DOWN, DOWN, DOWN)
            assert await room.operators.tell() == 1
            assert await room.operators.tell() == 0
            room.visit(UP, UP)
            assert await room.operators.tell() == 1
            assert told(receiver) == ["tigris/en (Tigris): unreachable", "tigris/en (Tigris): well again"]
            first = receiver.requests[0].json()
            valid(first)
            assert first["type"] == "operator.notice"
            assert "marsad runs list --source tigris/en" in first["data"]["message"]
            assert "timeout" in first["data"]["message"]

    asyncio.run(go())


def test_what_lasts_is_told_at_once_and_a_flutter_never(store: Store) -> None:
    async def go() -> None:
        async with Receiver() as receiver:
            room = Newsroom(store, receiver.url())
            room.visit(UP, (RunOutcome.FAILED, "http_403"))
            assert await room.operators.tell() == 1
            room.visit(UP, DOWN, UP, DOWN, UP)
            await room.operators.tell()
            assert told(receiver) == ["tigris/en (Tigris): blocked", "tigris/en (Tigris): well again"]

    asyncio.run(go())


def test_a_receiver_that_fails_hears_it_later_and_a_dead_one_is_given_up(store: Store) -> None:
    async def go() -> None:
        async with Receiver(script=[answer(500), answer(500), answer(200)]) as receiver:
            room = Newsroom(store, receiver.url())
            room.visit((RunOutcome.FAILED, "gone"))
            assert [await room.operators.tell(), await room.operators.tell()] == [0, 0]
            room.clock.forward(seconds=31)
            assert await room.operators.tell() == 0
            room.clock.forward(minutes=6)
            assert await room.operators.tell() == 1
            assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1, "the same message"
            receiver.script = [answer(500)]
            room.visit(UP)
            for wait in (*WAITS, timedelta(days=1)):
                await room.operators.tell()
                room.clock.forward(seconds=wait.total_seconds() + 1)
            assert await room.operators.tell() == 0
            [(posting, state, detail), *_] = store.notices.latest(5)
            assert (state, posting.attempt_count) == ("given_up", len(WAITS) + 1)
            assert "500" in detail

    asyncio.run(go())


def test_the_same_notice_is_posted_once_and_one_for_a_removed_receiver_is_closed(store: Store) -> None:
    clock = FrozenClock()
    notice = Notice(id="none", kind="x", subject="s", text="t", at=clock.now())
    store.notices.post(notice, ["gone", "gone"])
    store.notices.post(replace(notice, subject="again"), ["gone"])
    assert len(store.notices.latest(9)) == 1
    assert asyncio.run(Operators(store.notices, {}, clock).tell()) == 0
    assert "no such receiver" in store.notices.latest(1)[0][2]


@pytest.mark.parametrize("text", ["<!channel> @here *bold*", "a\u202eb\nc", "خبر <b>x</b>"])
def test_strangers_words_in_a_notice_are_harmless_in_every_channel(text: str) -> None:
    from alerts.channels.apprise.client import tame
    from alerts.channels.email.page import notice_page
    from alerts.channels.slack.blocks import notice_payload
    from alerts.wording import notice_text

    notice = Notice(id="n", kind="x", subject=text, text=text, at=FrozenClock().now())
    page, slack = notice_page(notice), notice_payload(notice)
    assert "<b>" not in page.replace("<bdi>", "")
    assert "<!channel>" not in page
    assert "<!channel>" not in slack["text"]
    assert all(block["text"]["type"] == "plain_text" for block in slack["blocks"])
    assert "\u202e" not in notice_text(notice)
    assert "@here" not in tame(notice_text(notice))


def test_a_notice_that_a_channel_stumbles_over_keeps_no_other_from_being_told(store: Store) -> None:
    class Stumbling(WebhookChannel):
        async def notify(self, endpoint: str, notice: Notice) -> Receipt:
            if notice.id == "bad":
                raise RuntimeError("a fault of ours")
            return await super().notify(endpoint, notice)

    async def go() -> None:
        async with Receiver() as desk:
            clock = FrozenClock()
            settings = WebhookSettings.model_validate({"url": desk.url(), "secret": SECRET, "allow_http": True})
            operators = Operators(store.notices, {"desk": Stumbling("desk", settings, context())}, clock)
            for name in ("bad", "good"):
                store.notices.post(
                    Notice(id=name, kind="trouble.disk", subject=name, text="", at=clock.now()), ["desk"]
                )
            assert await operators.tell() == 1
            assert told(desk) == ["good"]
            states = {posting.notice.id: (state, why) for posting, state, why in store.notices.latest(9)}
            assert states["good"] == ("told", "")
            assert states["bad"] == ("open", "in_doubt fault the channel failed (RuntimeError)"), "and tried again"

    asyncio.run(go())

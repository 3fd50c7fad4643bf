"""The places where a test may kill us lie where the delivery contract puts them."""

from __future__ import annotations

import pytest

import alerts.channels.email.smtp
import alerts.channels.slack.client
import alerts.dispatcher
import alerts.http
from tests.alerts.receiver import Receiver
from tests.alerts.relay import Relay
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack
from tests.alerts.test_dispatcher import build, webhook

pytestmark = pytest.mark.anyio
PLACES = (alerts.http, alerts.dispatcher, alerts.channels.slack.client, alerts.channels.email.smtp)


@pytest.fixture
def reached(monkeypatch):
    """Failpoints in the order they were reached, with what `seen` said at that moment."""
    found: list[tuple[str, int]] = []
    seen: list = [lambda: 0]
    for place in PLACES:
        monkeypatch.setattr(place, "reach", lambda name: found.append((name, seen[0]())))
    return found, seen


async def test_a_webhook_passes_them_in_order(world, reached):
    found, seen = reached
    [delivery] = world.tell("desk")
    async with Receiver() as receiver:
        seen[0] = lambda: world.state(delivery).value
        await world.dispatcher({"desk": webhook(receiver)}).once()
    sending = [("K5", "sending"), ("K6", "sending"), ("K7", "sending")]
    assert found == [*sending, ("K8", "delivered")]


async def test_slack_has_one_between_posting_and_storing_the_timestamp(world, reached):
    found, seen = reached
    world.tell("desk")
    async with Slack() as slack:
        seen[0] = lambda: len(slack.messages)
        bot = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api"), "allow_http": True}
        await world.dispatcher({"desk": build("slack", **bot)}).once()
    assert [name for name, _ in found] == ["K5", "K6", "K9", "K7", "K8"]
    assert dict(found) == {"K5": 0, "K6": 0, "K9": 1, "K7": 1, "K8": 1}


async def test_mail_has_one_after_the_final_dot(world, reached):
    found, _ = reached
    world.tell("desk/b@example.org")
    async with Relay() as relay:
        mail = {"host": "127.0.0.1", "port": relay.port, "security": "plain"}
        made = build("email", **mail, **{"from": "a@example.org", "to": "b@example.org"})
        await world.dispatcher({"desk": made}).once()
    assert [name for name, _ in found] == ["K5", "K15", "K6", "K7", "K8"]

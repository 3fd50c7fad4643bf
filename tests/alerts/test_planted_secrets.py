"""What is sent through, and with, every channel shows in no log, no ledger and no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.receiver import Receiver, answer
from tests.alerts.relay import Relay
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack
from tests.alerts.test_dispatcher import build
from tests.alerts.test_webhook import SECRET

pytestmark = pytest.mark.anyio


async def test_no_secret_and_no_address_reaches_the_log_or_the_ledger(world, events):
    ids = world.tell("hook", "slack", "mail/reader@example.org")
    planted = "planted-secret-path"
    async with (
        Receiver(script=[answer(500, planted.encode())]) as receiver,
        Receiver(script=[answer(404, f"no {planted} {TOKEN}".encode())]) as slack,
        Relay(replies={"RCPT": "550 5.1.1 <reader@example.org> unknown"}) as relay,
    ):
        hook = {"url": receiver.url(f"/{planted}"), "secret": SECRET, "allow_http": True}
        bot = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url(""), "allow_http": True}
        mail = {"host": "127.0.0.1", "port": relay.port, "security": "plain", "to": "reader@example.org"}
        channels = {
            "hook": build("webhook", name="hook", **hook),
            "slack": build("slack", name="slack", **bot),
            "mail": build("email", name="mail", **mail, **{"from": "a@example.org"}),
        }
        await world.dispatcher(channels).once()
    told = repr(events) + "".join(repr(replace(world.record(i), delivery=None).attempts) for i in ids)
    for secret in (SECRET[6:], TOKEN, "reader@", str(receiver.port), str(slack.port)):
        assert secret not in told
    assert f"/{planted}" not in told


async def test_no_secret_is_in_the_database_or_in_a_copy_of_it(world, tmp_path):
    """What is kept of a message are its bytes: addresses and keys are added when it is sent."""
    planted = "planted-secret-path"
    world.tell("hook", "slack", "mail/reader@example.org")
    async with Receiver([answer(200, planted.encode())]) as receiver, Slack() as slack, Relay() as relay:
        more = {"headers": {"X-Key": "planted-header"}, "allow_http": True}
        bot = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api"), "allow_http": True}
        mail = {"host": "127.0.0.1", "port": relay.port, "security": "plain", "from": "a@example.org"}
        channels = {
            "hook": build("webhook", name="hook", url=receiver.url(f"/{planted}"), secret=SECRET, **more),
            "slack": build("slack", name="slack", **bot),
            "mail": build("email", name="mail", to="reader@example.org", **mail),
        }
        await world.dispatcher(channels).once()
    assert world.store.catalogue.tally(world.clock.now()).deliveries == {"delivered": 3}
    world.store.backup(tmp_path / "copy.db")
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))
    assert b"Outlet" in kept
    for secret in (SECRET[6:], TOKEN, "planted-header", planted):
        assert secret.encode() not in kept, secret

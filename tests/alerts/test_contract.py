"""What every channel promises, whichever it is."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

import alerts.channels
from alerts.channels import kinds
from alerts.wording import trial_notice
from news.briefing import Root
from news.delivery import DeliveryState, SendResult
from news.endpoint import masked
from news.ports import Channel
from tests.alerts.receiver import Receiver, answer
from tests.alerts.relay import Relay
from tests.alerts.samples import FORMER, HOSTILE, NOW, briefing, claim, context
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack
from tests.alerts.test_webhook import SECRET

pytestmark = pytest.mark.anyio


@dataclass
class Bench:
    """A channel, the server it talks to, and the bodies that came."""

    channel: Channel
    server: Any

    def bodies(self) -> list[bytes]:
        if isinstance(self.server, Relay):
            return [mail.content for mail in self.server.mails]
        return [request.body for request in self.server.requests]


def build(kind: str, **settings: Any) -> Channel:
    found = kinds()[kind]
    return found.build("desk", found.settings.model_validate(settings), context())


@pytest.fixture(params=["webhook", "slack bot", "slack webhook", "email"])
async def bench(request):
    if request.param == "email":
        async with Relay() as relay:
            mail = {"host": "127.0.0.1", "port": relay.port, "security": "plain"}
            yield Bench(build("email", **mail, **{"from": "a@example.org", "to": "b@example.org"}), relay)
    elif request.param == "webhook":
        async with Receiver() as receiver:
            url = receiver.url("/planted")
            yield Bench(build("webhook", url=url, secret=SECRET, allow_http=True), receiver)
    elif request.param == "slack bot":
        async with Slack() as slack:
            bot = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api")}
            yield Bench(build("slack", **bot, allow_http=True), slack)
    else:
        async with Slack() as slack:
            yield Bench(build("slack", webhook_url=slack.url("/planted/hook"), allow_http=True), slack)


def test_every_module_with_a_kind_is_found():
    names = {m.name for m in pkgutil.iter_modules(alerts.channels.__path__)}
    declared = {
        importlib.import_module(f"alerts.channels.{name}").KIND.name
        for name in names
        if hasattr(importlib.import_module(f"alerts.channels.{name}"), "KIND")
    }
    assert set(kinds()) == declared == {"apprise", "email", "slack", "webhook"}


@pytest.mark.parametrize("kind", ["apprise", "email", "slack", "webhook"])
def test_settings_forbid_surprises_and_hide_secrets(kind):
    model = kinds()[kind].settings
    assert issubclass(model, BaseModel)
    assert model.model_config["extra"] == "forbid"
    told = {"url", "webhook_url", "bot_token", "password", "secret", "headers"} & set(model.model_fields)
    assert told
    assert all("SecretStr" in str(model.model_fields[name].annotation) for name in told)
    assert all(field.description for field in model.model_fields.values())
    assert SecretStr("planted") != "planted"


async def test_a_message_is_accepted(bench):
    receipt = await bench.channel.send(claim(bench.channel))
    assert receipt.result is SendResult.ACCEPTED, receipt
    assert receipt.detail == ""
    assert len(bench.bodies()) == 1


async def test_retries_send_the_same_bytes_under_the_same_id(bench):
    first = claim(bench.channel)
    for attempt in (1, 2, 3):
        await bench.channel.send(replace(first, attempt=attempt))
    assert len(set(bench.bodies())) == 1
    if isinstance(bench.server, Receiver) and not isinstance(bench.server, Slack):
        assert {r.headers["webhook-id"] for r in bench.server.requests} == {first.delivery.id}
        assert [r.headers["webhook-attempt"] for r in bench.server.requests] == ["1", "2", "3"]


async def test_rendering_is_pure(bench):
    for root in (None, Root(delivery_id="msg_a", subject="s", remote_id=f"{CHANNEL}:1.2")):
        one, two = (claim(bench.channel, briefing(root=root)).parcel for _ in range(2))
        assert one == two


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_headline_is_accepted(bench, text):
    given = briefing(text, sentence=text, former=text, reports=12, matches=3, follows=replace(FORMER, title=text))
    receipt = await bench.channel.send(claim(bench.channel, given))
    assert receipt.result is SendResult.ACCEPTED, receipt


def test_a_story_without_reports_or_matches_can_be_told():
    made = build("webhook", url="https://x.example/", secret=SECRET)
    assert claim(made, replace(briefing(), reports=(), matches=(), report_count=0)).parcel.body


async def slam(request, writer):
    writer.transport.abort()


ENDS = [answer(status) for status in (100, 204, 302, 400, 401, 404, 410, 418, 429, 500, 599)]
ENDS += [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: nan\r\n\r\n", b"\x00" * 200_000, slam]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["webhook", "slack"])
async def test_every_end_of_a_request_is_a_receipt(kind, end):
    async with Receiver(script=[end]) as receiver:
        url = receiver.url("/planted-token")
        made = (
            build("webhook", url=url, secret=SECRET, allow_http=True)
            if kind == "webhook"
            else build("slack", webhook_url=url, allow_http=True)
        )
        receipt = await made.send(claim(made))
    assert receipt.result in set(SendResult)
    assert "planted" not in repr(receipt)
    assert str(receiver.port) not in repr(receipt)


@pytest.mark.parametrize(
    "greeting", [b"", b"\xff\xfe\r\n", b"554 go away\r\n", b"421 busy\r\n", b"2" * 100_000, b"220\r\n220\r\n220\r\n"]
)
async def test_every_end_of_a_mail_is_a_receipt(greeting):
    async def greet(reader, writer):
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        mail = {"host": "127.0.0.1", "port": port, "security": "plain"}
        made = build("email", **mail, **{"from": "a@example.org", "to": "b@example.org"})
        receipt = await made.send(claim(made))
    assert receipt.result in {SendResult.RETRY, SendResult.MISCONFIGURED}


async def test_what_cannot_be_asked_is_none(bench):
    asked = claim(bench.channel, was=DeliveryState.IN_DOUBT, doubtful_since=NOW)
    assert await bench.channel.arrived(asked) is None


async def test_the_test_message_comes_once(bench):
    receipt = await bench.channel.notify(bench.channel.endpoints()[0], trial_notice(NOW))
    assert receipt.result is SendResult.ACCEPTED
    assert len(bench.bodies()) == 1


async def test_closing_twice_is_harmless(bench):
    await bench.channel.close()
    await bench.channel.close()


def test_a_mail_address_is_masked_for_the_log():
    assert masked("desk/some.body@example.org") == "desk/***@example.org"
    assert masked("desk") == "desk"

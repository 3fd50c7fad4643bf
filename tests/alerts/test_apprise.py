"""The bridge: Apprise in a process of its own, one target, told apart by exit code."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from alerts.channels.apprise import AppriseSettings
from alerts.channels.apprise.client import AppriseChannel
from alerts.wording import trial_notice
from news.delivery import DeliveryState, SendResult
from news.errors import DeliveryError
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import HOSTILE, NOW, briefing, claim, context

pytestmark = pytest.mark.anyio


def channel(url):
    pytest.importorskip("apprise", reason="the extra `apprise` is not installed")
    return AppriseChannel("phone", AppriseSettings.model_validate({"url": url}), context())


async def test_a_message_goes_through_and_a_refusal_is_tried_again():
    async with Receiver(script=[answer(200, b"{}"), answer(500)]) as receiver:
        made = channel(f"ntfy://127.0.0.1:{receiver.port}/planted")
        assert (await made.send(claim(made))).result is SendResult.ACCEPTED
        refused = await made.send(claim(made, was=DeliveryState.IN_DOUBT))
    assert receiver.requests[1].json()["title"].endswith("(possible repeat)")
    assert refused.result is SendResult.RETRY
    assert "planted" not in repr(refused)
    assert len(receiver.requests) == 2
    assert "العراق" in receiver.requests[0].json()["title"]


async def test_a_redirect_is_not_followed():
    async with Receiver() as inside, Receiver() as receiver:
        receiver.script = [answer(307, Location=inside.url())]
        made = channel(f"ntfy://127.0.0.1:{receiver.port}/planted")
        assert (await made.send(claim(made))).result is not SendResult.ACCEPTED
    assert inside.requests == []


async def test_an_url_of_several_targets_is_refused():
    made = channel("ntfy://127.0.0.1/one")
    made._url = "ntfy://127.0.0.1/one,ntfy://127.0.0.1/two"
    assert (await made.notify("phone", trial_notice(NOW))).result is SendResult.MISCONFIGURED


def test_nobody_is_pinged_and_no_link_is_masked():
    made = channel("ntfy://127.0.0.1/one")
    text = "@everyone <@U1> <!channel> [good.example](https://evil.example)"
    given = briefing(text, sentence=text, url="https://outlet.example/@writer/1")
    content = json.loads(claim(made, given).parcel.body)
    told = content["title"] + content["body"]
    for token in ("@everyone", "<@", "<!", "]("):
        assert token not in told
    assert "https://outlet.example/@writer/1" in told


@pytest.mark.parametrize("text", HOSTILE)
def test_any_headline_can_be_rendered(text):
    made = channel("ntfy://127.0.0.1/one")
    assert claim(made, briefing(text, sentence=text)).parcel.body


@pytest.mark.parametrize(
    "url", ["json://planted", "syslog://planted", "dbus://planted", "file:///planted", "planted", "mailto://planted"]
)
def test_services_that_touch_this_machine_are_refused(url):
    with pytest.raises(ValidationError) as raised:
        AppriseSettings.model_validate({"url": url})
    assert "planted" not in str(raised.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("alerts.channels.apprise.client.find_spec", lambda name: None)
    with pytest.raises(DeliveryError, match="marsad\\[apprise\\]"):
        AppriseChannel("phone", AppriseSettings.model_validate({"url": "tgram://a/b"}), context())

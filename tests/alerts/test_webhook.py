"""Webhooks: signed, standard, bounded, and clear about every reply."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files

import jsonschema
import pytest
import standardwebhooks
import svix.webhooks
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.v1.http import from_json
from pydantic import ValidationError

from alerts.channels.webhook import WebhookSettings
from alerts.channels.webhook.client import WebhookChannel
from alerts.signing import key_of, signature
from alerts.wording import trial_notice
from news.alert import AlertKind
from news.delivery import SendResult
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import ARABIC, FORMER, HOSTILE, KURDISH, NOW, SENTENCE, briefing, claim, context, delivery

SECRET = "whsec_" + base64.b64encode(b"planted-secret-of-32-bytes-here!").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"an-older-secret-of-32-bytes-too!").decode()


def channel(url="https://hooks.example/x", **more):
    settings = {"url": url, "secret": SECRET, "allow_http": True, **more}
    return WebhookChannel("desk", WebhookSettings.model_validate(settings), context())


STORY_KINDS = [kind for kind in AlertKind if kind not in (AlertKind.DIGEST, AlertKind.CANARY)]


def schema(name):
    return json.loads(files("alerts").joinpath(f"schemas/{name}.json").read_text())


def valid(document):
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema(document["type"]), format_checker=checker).validate(document)


async def sent(receiver, *, script=None, **more):
    if script:
        receiver.script = script
    made = channel(receiver.url(), **more)
    return await made.send(claim(made))


@pytest.mark.anyio
async def test_two_foreign_verifiers_accept_the_signature():
    async with Receiver() as receiver:
        receipt = await sent(receiver)
    assert receipt.result is SendResult.ACCEPTED
    assert receipt.duration > timedelta(0)
    [request] = receiver.requests
    for verifier in (standardwebhooks.Webhook(SECRET), svix.webhooks.Webhook(SECRET)):
        verifier.verify(request.body, request.headers)


@pytest.mark.anyio
async def test_the_media_type_can_be_that_of_cloud_events():
    async with Receiver() as receiver:
        await sent(receiver, content_type="application/cloudevents+json")
    [request] = receiver.requests
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert from_structured_event(HTTPMessage(request.headers, request.body)).get_type() == "story.matched"


@pytest.mark.anyio
async def test_while_rotating_both_secrets_verify():
    async with Receiver() as receiver:
        await sent(receiver, secret=[SECRET, OLD_SECRET])
    [request] = receiver.requests
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OLD_SECRET):
        standardwebhooks.Webhook(secret).verify(request.body, request.headers)


@pytest.mark.anyio
@pytest.mark.parametrize("change", ["body", "id", "time", "old", "future", "key", "none", "version"])
async def test_the_verifier_rejects_every_change(change):
    async with Receiver() as receiver:
        await sent(receiver)
    [request] = receiver.requests
    headers, body, secret = dict(request.headers), request.body, SECRET
    at = int(headers["webhook-timestamp"])
    if change == "body":
        body = body.replace(b"story.matched", b"story.updated")
    elif change == "id":
        headers["webhook-id"] += "a"
    elif change == "time":
        headers["webhook-timestamp"] = str(at + 1)
    elif change in ("old", "future"):
        at += -400 if change == "old" else 400
        headers["webhook-timestamp"] = str(at)
        headers["webhook-signature"] = signature([key_of(SECRET)], headers["webhook-id"], at, body)
    elif change == "key":
        secret = OLD_SECRET
    elif change == "none":
        del headers["webhook-signature"]
    else:
        headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v9,")
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(body, headers)


@pytest.mark.parametrize("kind", STORY_KINDS)
def test_the_body_is_a_cloud_event_and_keeps_its_schema(kind):
    made = claim(channel(), briefing(kind=kind, former="Old title", reports=14, matches=2))
    document = json.loads(made.parcel.body)
    valid(document)
    headers = {"content-type": "application/cloudevents+json"}
    event = from_structured_event(HTTPMessage(headers, made.parcel.body))
    assert event.get_id() == document["id"] == made.delivery.id
    assert event.get_type() == f"story.{kind.value}"
    assert from_json(made.parcel.body)["subject"] == "story/story-1"
    assert document["time"] == document["timestamp"]
    assert len(document["data"]["articles"]) == 10
    assert document["data"]["story"]["article_count"] == 14
    assert document["data"]["truncated"] is True


def test_what_goes_on_from_another_story_names_it():
    document = json.loads(claim(channel(), briefing(follows=FORMER)).parcel.body)
    valid(document)
    follows = document["data"]["follows"]
    assert (follows["id"], follows["title"]["text"], follows["title"]["lang"]) == ("story-0", KURDISH, "ckb")
    assert follows["last_seen"] == "2026-11-21T08:00:00.000Z"
    assert json.loads(claim(channel()).parcel.body)["data"]["follows"] is None


def test_a_reason_shows_its_words_in_the_original_script():
    data = json.loads(claim(channel()).parcel.body)["data"]
    [rule] = data["rules"]
    sentence = rule["sentence"]
    assert (sentence["text"], sentence["lang"], sentence["dir"]) == (SENTENCE, "ar", "rtl")
    assert [sentence["text"][a:b] for a, b in sentence["marks"]] == ["العراق", "الأردن"]
    span = rule["reasons"][0]["spans"][0]
    assert SENTENCE[span["start"] : span["end"]] == span["surface"] == "العراق"
    assert data["story"]["title"]["marks"]
    assert data["story"]["tags"][0]["why"] == ["العراق", "الأردن"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_keeps_the_schema_and_the_cap(text):
    given = briefing(text, sentence=text, former=text, reports=30, matches=12, follows=replace(FORMER, title=text))
    body = claim(channel(), given).parcel.body
    assert len(body) <= 64 * 1024
    valid(json.loads(body))


def test_a_short_story_stays_below_20_kb():
    assert len(claim(channel(), briefing(reports=10, matches=3)).parcel.body) < 20_000


def test_links_that_are_not_plain_http_are_left_out():
    for url in ("javascript:alert(1)", "https://a b/", "https://u:p@x.example/", "data:text/html,x", "//x"):
        data = json.loads(claim(channel(), briefing(url=url)).parcel.body)["data"]
        assert data["articles"][0]["url"] is None


REPLIES = [
    (200, SendResult.ACCEPTED), (202, SendResult.ACCEPTED), (201, SendResult.ACCEPTED),
    (301, SendResult.MISCONFIGURED), (302, SendResult.MISCONFIGURED), (308, SendResult.MISCONFIGURED),
    (400, SendResult.REJECTED), (413, SendResult.REJECTED), (415, SendResult.REJECTED), (422, SendResult.REJECTED),
    (401, SendResult.MISCONFIGURED), (403, SendResult.MISCONFIGURED), (404, SendResult.MISCONFIGURED),
    (410, SendResult.GONE), (408, SendResult.RETRY), (425, SendResult.RETRY), (429, SendResult.RETRY),
    (500, SendResult.RETRY), (502, SendResult.RETRY), (503, SendResult.RETRY), (504, SendResult.RETRY),
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "result"), REPLIES)
async def test_the_reply_table(status, result):
    async with Receiver() as receiver:
        receipt = await sent(receiver, script=[answer(status, b"said so")])
    assert (receipt.result, receipt.status, receipt.answer) == (result, str(status), "said so")
    assert receipt.overloaded == (status in (429, 502, 504))
    assert bool(receipt.detail) == (result is not SendResult.ACCEPTED)


@pytest.mark.anyio
async def test_retry_after_is_read_in_both_forms():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    async with Receiver() as receiver:
        seconds = await sent(receiver, script=[answer(429, Retry_After="77")])
    async with Receiver() as receiver:
        date = await sent(receiver, script=[answer(503, Retry_After=at)])
    async with Receiver() as receiver:
        nonsense = await sent(receiver, script=[answer(503, Retry_After="soon\x00")])
    assert seconds.retry_after == timedelta(seconds=77)
    assert timedelta(seconds=90) < date.retry_after < timedelta(seconds=101)
    assert nonsense.retry_after is None


@pytest.mark.anyio
async def test_a_receiver_can_stop_a_message():
    async with Receiver() as receiver:
        receipt = await sent(receiver, script=[answer(500, Webhook_Delivery="abort-message")])
    assert receipt.result is SendResult.ABORTED


@pytest.mark.anyio
async def test_an_echo_of_our_secrets_is_masked():
    path = "/hook/planted-path-token"
    echo = f"{SECRET} {path} Bearer planted-bearer".encode()
    async with Receiver(script=[answer(500, echo)]) as receiver:
        headers = {"Authorization": "Bearer planted-bearer"}
        made = channel(receiver.url(path), headers=headers)
        receipt = await made.send(claim(made))
    assert receiver.requests[0].headers["authorization"] == "Bearer planted-bearer"
    assert "planted" not in repr(receipt)
    assert SECRET[6:] not in repr(receipt)


@pytest.mark.anyio
async def test_the_test_message_keeps_its_schema_and_is_signed():
    async with Receiver() as receiver:
        receipt = await channel(receiver.url()).notify("desk", trial_notice(NOW))
    assert receipt.result is SendResult.ACCEPTED
    [request] = receiver.requests
    valid(request.json())
    assert request.json()["type"] == "endpoint.test"
    standardwebhooks.Webhook(SECRET).verify(request.body, request.headers)


def test_the_schemas_of_stories_differ_in_their_type_only():
    found = [schema(f"story.{kind.value}") for kind in STORY_KINDS]
    for document, kind in zip(found, STORY_KINDS, strict=True):
        assert document["properties"]["type"] == {"const": f"story.{kind.value}"}
        for key in ("type", "dataschema"):
            del document["properties"][key]
        del document["$id"]
        jsonschema.Draft202012Validator.check_schema(document)
    assert all(document == found[0] for document in found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://hooks.example/planted", "allow_http": False},
        {"url": "ftp://hooks.example/planted"},
        {"url": "https://planted:planted@hooks.example/"},
        {"secret": "whsec_cGxhbnRlZA=="},
        {"secret": "planted"},
        {"secret": "whsec_planted!!"},
        {"secret": []},
        {"secret": "whsk_cGxhbnRlZA=="},
        {"secret": "whsk_" + base64.b64encode(b"planted" * 10)[:88].decode()},
        {"previous_secret": "planted", "previous_until": "2026-11-26T00:00:00Z"},
        {"previous_secret": OLD_SECRET},
        {"previous_until": "2026-11-26T00:00:00Z"},
        {"previous_secret": OLD_SECRET, "previous_until": "2026-11-26T00:00:00"},
        {"timeout": 0},
        {"headers": {"Host": "planted"}},
        {"headers": {"webhook-id": "planted"}},
        {"headers": {"X-A": "planted\r\nX-B: c"}},
        {"headers": {"X A": "planted"}},
        {"surprise": "planted"},
    ],
)
def test_wrong_settings_are_refused_without_quoting_them(wrong):
    with pytest.raises(ValidationError) as raised:
        channel(**wrong)
    assert "planted" not in str(raised.value)


def test_settings_do_not_show_their_secrets():
    made = WebhookSettings.model_validate(
        {"url": "https://x.example/planted", "secret": SECRET, "headers": {"X-A": "planted"}}
    )
    shown = repr(made) + made.model_dump_json()
    assert "planted" not in shown
    assert SECRET[6:] not in shown


def test_rendering_is_repeatable():
    made = channel()
    assert made.render(delivery(), briefing()) == made.render(delivery(), briefing())
    assert made.render(delivery(), briefing()).subject == ARABIC

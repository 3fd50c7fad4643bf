"""Slack, against an emulator: nobody pinged, nothing too long, threads, and questions asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from alerts.channels.slack import SlackSettings
from alerts.channels.slack.blocks import BUDGET, weight
from alerts.channels.slack.client import SlackChannel
from alerts.channels.slack.pace import Pace
from alerts.clean import size
from alerts.wording import trial_notice
from news.alert import AlertKind
from news.briefing import Root
from news.delivery import DeliveryState, SendResult
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import FORMER, HOSTILE, KURDISH, NOW, briefing, claim, context
from tests.alerts.slack_emulator import CHANNEL, TOKEN, Slack, judge, pings

pytestmark = pytest.mark.anyio


def bot(slack):
    settings = {"bot_token": TOKEN, "channel": CHANNEL, "api_url": slack.url("/api"), "allow_http": True}
    return SlackChannel("desk", SlackSettings.model_validate(settings), context())


def hook(slack):
    settings = {"webhook_url": slack.url("/services/T0/planted/hook"), "allow_http": True}
    return SlackChannel("desk", SlackSettings.model_validate(settings), context())


@pytest.fixture
async def slack():
    async with Slack() as running:
        yield running


@pytest.mark.parametrize("make", [bot, hook])
async def test_a_story_arrives_with_marked_words_and_no_markup(slack, make):
    made = make(slack)
    receipt = await made.send(claim(made))
    assert receipt.result is SendResult.ACCEPTED
    [message] = slack.messages
    assert message["unfurl_links"] is message["unfurl_media"] is message["link_names"] is False
    bold = [e["text"] for e in elements(message) if e.get("style") == {"bold": True}]
    assert {"العراق", "الأردن"} <= set(bold)
    assert not [n for n in json.dumps(message["blocks"]).split('"type": ') if n.startswith('"mrkdwn"')]
    assert slack.pings == []


def elements(message):
    def walk(value):
        if isinstance(value, dict):
            yield value
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from walk(item)

    return list(walk(message["blocks"]))


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_hostile_headline_pings_or_breaks(slack, text):
    made = bot(slack)
    given = briefing(text, sentence=text, former=text, reports=30, matches=10, follows=replace(FORMER, title=text))
    content = json.loads(claim(made, given).parcel.body)
    for block in content["blocks"]:
        judge(block)
    assert pings(content) == []
    assert weight(content["blocks"]) <= BUDGET
    assert len(content["blocks"]) <= 50
    assert 0 < size(content["text"]) <= 3000
    assert size(content["blocks"][0]["text"]["text"]) <= 150


async def test_all_ten_reports_are_listed_where_they_fit(slack):
    made = bot(slack)
    content = json.loads(claim(made, briefing(reports=10)).parcel.body)
    links = [e for e in elements(content) if e.get("type") == "link"]
    assert len(links) == 10
    assert all(link["url"].startswith("https://outlet") for link in links)


@pytest.mark.parametrize("make", [bot, hook])
async def test_what_goes_on_from_another_story_says_so_in_a_thread_of_its_own(slack, make):
    made = make(slack)
    await made.send(claim(made, briefing(follows=FORMER)))
    [message] = slack.messages
    assert "thread_ts" not in message
    said = [element["text"] for element in elements(message) if element.get("type") == "text"]
    assert f"Follows: \u2068{KURDISH}\u2069, last reported 21 Nov 2026 08:00 UTC" in said


async def test_an_update_threads_under_the_first_alert(slack):
    made = bot(slack)
    first = await made.send(claim(made))
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    second = await made.send(claim(made, briefing(root=root), revision=4))
    assert second.result is SendResult.ACCEPTED
    assert slack.messages[1]["thread_ts"] == slack.messages[0]["ts"]
    assert first.remote_id == f"{CHANNEL}:{slack.messages[0]['ts']}"


async def test_a_lost_thread_becomes_a_new_root(slack):
    made = bot(slack)
    root = Root(delivery_id="msg_root", remote_id=f"{CHANNEL}:1.1")
    receipt = await made.send(claim(made, briefing(root=root)))
    assert receipt.result is SendResult.ACCEPTED
    assert "thread_ts" not in slack.messages[0]


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_refused_blocks_are_sent_once_more_as_plain_text(slack, word):
    slack.errors = [word]
    made = bot(slack)
    receipt = await made.send(claim(made))
    assert receipt.result is SendResult.ACCEPTED
    assert "blocks" not in slack.messages[0]
    assert slack.messages[0]["metadata"]
    assert len(slack.requests) == 2


async def test_refused_as_plain_text_too_it_is_dead(slack):
    slack.errors = ["invalid_blocks"] * 2
    made = bot(slack)
    receipt = await made.send(claim(made))
    assert receipt.result is SendResult.ABORTED
    assert "as plain text too" in receipt.detail
    assert len(slack.requests) == 2


async def test_an_update_edits_the_root_and_replies_under_it(slack):
    made = bot(slack)
    first = await made.send(claim(made, briefing(reports=1)))
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    update = claim(made, briefing(root=root, reports=4, kind=AlertKind.UPDATED), revision=4)
    assert (await made.send(update)).result is SendResult.ACCEPTED
    [shown, reply] = slack.messages
    assert [r.target for r in slack.requests[1:]] == ["/api/chat.update", "/api/chat.postMessage"]
    assert "4 reports" in json.dumps(shown["blocks"])
    assert "New story" in json.dumps(shown["blocks"])
    assert "Update" in json.dumps(reply["blocks"])
    assert shown["metadata"]["event_payload"]["delivery"] == "msg_root"
    assert reply["metadata"]["event_payload"]["delivery"] == update.delivery.id
    assert slack.pings == []


async def test_a_corrected_root_says_so(slack):
    made = bot(slack)
    first = await made.send(claim(made))
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    await made.send(claim(made, briefing(root=root, kind=AlertKind.CORRECTED, former="Old"), revision=4))
    assert "Correction" in json.dumps(slack.messages[0]["blocks"])


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed", "invalid_blocks"])
async def test_a_root_that_cannot_be_edited_does_not_hold_the_reply_back(slack, word):
    made = bot(slack)
    first = await made.send(claim(made))
    slack.edit_errors = [word]
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    assert (await made.send(claim(made, briefing(root=root), revision=4))).result is SendResult.ACCEPTED
    assert slack.messages[1]["thread_ts"] == slack.messages[0]["ts"]


@pytest.mark.parametrize(
    ("word", "result"), [("ratelimited", "retry"), ("fatal_error", "retry"), ("token_revoked", "misconfigured")]
)
async def test_where_the_edit_fails_for_now_the_reply_waits_and_nothing_is_in_doubt(slack, word, result):
    made = bot(slack)
    first = await made.send(claim(made))
    slack.edit_errors = [word]
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    assert (await made.send(claim(made, briefing(root=root), revision=4))).result.value == result
    assert len(slack.messages) == 1


WORDS = [
    ("ratelimited", SendResult.RETRY), ("rate_limited", SendResult.RETRY), ("internal_error", SendResult.RETRY),
    ("message_limit_exceeded", SendResult.RETRY), ("fatal_error", SendResult.IN_DOUBT),
    ("invalid_auth", SendResult.MISCONFIGURED), ("token_revoked", SendResult.MISCONFIGURED),
    ("account_inactive", SendResult.MISCONFIGURED), ("channel_not_found", SendResult.MISCONFIGURED),
    ("is_archived", SendResult.MISCONFIGURED), ("not_in_channel", SendResult.MISCONFIGURED),
    ("some_new_word", SendResult.REJECTED), ("restricted_action_read_only_channel", SendResult.MISCONFIGURED),
]  # fmt: skip


@pytest.mark.parametrize(("word", "result"), WORDS)
async def test_what_slacks_words_mean(slack, word, result):
    slack.errors = [word] * 2
    made = bot(slack)
    receipt = await made.send(claim(made))
    assert (receipt.result, receipt.status) == (result, f"200 {word}")


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (answer(200, b"ok"), SendResult.ACCEPTED),
        (answer(200, b"<html>"), SendResult.REJECTED),
        (answer(404, b"no_service"), SendResult.MISCONFIGURED),
        (answer(403, b"action_prohibited"), SendResult.MISCONFIGURED),
        (answer(410, b"channel_is_archived"), SendResult.MISCONFIGURED),
        (answer(400, b"invalid_payload"), SendResult.ABORTED),
        (answer(500, b"rollup_error"), SendResult.RETRY),
        (answer(503, b""), SendResult.RETRY),
        (answer(200, b"[" * 9000), SendResult.REJECTED),
        (b"", SendResult.IN_DOUBT),
    ],
)
async def test_what_an_incoming_webhook_answers(reply, result):
    async with Receiver(script=[reply]) as receiver:
        made = hook(receiver)
        assert (await made.send(claim(made))).result is result


async def test_inside_the_pause_nothing_is_sent(slack):
    slack.limit, slack.retry_after = 1, 30
    made = bot(slack)
    await made.send(claim(made))
    limited = await made.send(claim(made, revision=4))
    assert (limited.result, limited.overloaded) == (SendResult.RETRY, True)
    assert limited.retry_after == timedelta(seconds=30)
    sent = len(slack.requests)
    held = await made.send(claim(made, revision=5))
    assert held.result is SendResult.RETRY
    assert timedelta(seconds=25) < held.retry_after <= timedelta(seconds=30)
    assert len(slack.requests) == sent
    assert slack.inside_window == 0


@pytest.mark.parametrize(("make", "said"), [(hook, True), (bot, False)])
async def test_where_nobody_can_be_asked_a_repeat_says_that_it_may_be_one(slack, make, said):
    made = make(slack)
    await made.send(claim(made, was=DeliveryState.IN_DOUBT))
    [message] = slack.messages
    assert (message["text"].startswith("(possible repeat) "), "(possible repeat)" in str(message["blocks"])) == (
        said,
        said,
    )


async def test_pace_is_one_a_second_after_a_burst(monkeypatch):
    waits: list[float] = []

    class Still:
        def now(self):
            return datetime.now(UTC)

        def monotonic(self):
            return 1000.0

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr("alerts.channels.slack.pace.asyncio.sleep", sleep)
    pace = Pace(Still())
    for _ in range(8):
        await pace.turn()
    assert waits == [0, 0, 0, 0, 0, 1, 2, 3]


async def test_a_doubtful_message_is_found_by_its_metadata(slack):
    made = bot(slack)
    for revision in (1, 2):
        await made.send(claim(made, revision=revision))
    slack.cut = True
    began = datetime.now(UTC)
    doubtful = await made.send(claim(made))
    assert doubtful.result is SendResult.IN_DOUBT
    again = claim(made, attempt=2, was=DeliveryState.IN_DOUBT, doubtful_since=began)
    found = await made.arrived(again)
    assert found is not None
    assert (found.result, found.remote_id) == (SendResult.ACCEPTED, f"{CHANNEL}:{slack.messages[2]['ts']}")
    missing = claim(made, revision=9, was=DeliveryState.IN_DOUBT, doubtful_since=began)
    assert await made.arrived(missing) is None


async def test_a_doubtful_reply_is_looked_for_in_its_thread(slack):
    made = bot(slack)
    first = await made.send(claim(made))
    root = Root(delivery_id="msg_root", remote_id=first.remote_id)
    slack.cut = True
    given = briefing(root=root)
    assert (await made.send(claim(made, given, revision=4))).result is SendResult.IN_DOUBT
    again = claim(made, given, revision=4, doubtful_since=datetime.now(UTC))
    found = await made.arrived(again)
    assert found is not None
    assert found.remote_id == f"{CHANNEL}:{slack.messages[1]['ts']}"


async def test_where_slack_cannot_be_asked_the_answer_is_none(slack):
    since = datetime.now(UTC)
    made = hook(slack)
    assert await made.arrived(claim(made, doubtful_since=since)) is None
    missing_scope = answer(200, b'{"ok": false, "error": "missing_scope"}')
    async with Receiver(script=[missing_scope]) as receiver:
        made = bot(receiver)
        assert await made.arrived(claim(made, doubtful_since=since)) is None


@pytest.mark.parametrize("reply", [answer(500), answer(429, b"", Retry_After="7"), b""])
async def test_while_slack_does_not_answer_it_stays_in_doubt_but_not_for_ever(reply):
    since = datetime.now(UTC)
    async with Receiver(script=[reply]) as receiver:
        made = bot(receiver)
        waits = await made.arrived(claim(made, attempt=2, doubtful_since=since))
        assert waits is not None
        assert waits.result is SendResult.IN_DOUBT
        assert await made.arrived(claim(made, attempt=5, doubtful_since=since)) is None


async def test_the_test_message_arrives(slack):
    for made in (bot(slack), hook(slack)):
        assert (await made.notify("desk", trial_notice(NOW))).result is SendResult.ACCEPTED
    assert all("test" in m["text"] for m in slack.messages)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"bot_token": "planted"},
        {"bot_token": "planted", "channel": "#planted"},
        {"bot_token": "planted token\n", "channel": CHANNEL},
        {"webhook_url": "https://x.example/planted", "bot_token": "planted", "channel": CHANNEL},
        {"webhook_url": "https://x.example/planted", "channel": CHANNEL},
        {"webhook_url": "http://x.example/planted"},
        {"bot_token": "planted", "channel": CHANNEL, "api_url": "http://x.example/planted"},
    ],
)
def test_wrong_settings_are_refused_without_quoting_them(wrong):
    with pytest.raises(ValidationError) as raised:
        SlackSettings.model_validate(wrong)
    assert "planted" not in str(raised.value)

"""Digests, confirmations and withdrawals as each channel shows them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import jsonschema
import pytest

from alerts.channels.slack.blocks import BUDGET, weight
from alerts.digest import compose_digest
from alerts.message import compose
from alerts.wording import changes
from news.alert import AlertKind
from news.briefing import Roundup
from news.delivery import Delivery, SendResult, delivery_id
from tests.alerts import test_email, test_slack, test_webhook
from tests.alerts.samples import ARABIC, FORMER, HOSTILE, KURDISH, NOW, briefing, claim, delivery
from tests.alerts.slack_emulator import Slack

pytestmark = pytest.mark.anyio


def roundup(titles: list[str], *, fold: str = "quiet", count: int = 0, reports: int = 5) -> Roundup:
    items = []
    for number, title in enumerate(titles):
        kind = (AlertKind.MATCHED, AlertKind.CONFIRMED, AlertKind.RETRACTED)[number % 3]
        one = briefing(
            title, language="ar" if title == ARABIC else "ckb" if title == KURDISH else "en", reports=reports, kind=kind
        )
        names = ("INA", "Rudaw", "ڕووداو")
        items.append(
            replace(one, story=replace(one.story, id=f"story-{number}"), independents=names, independent_count=3)
        )
    items[0] = replace(items[0], follows=FORMER)
    return Roundup(fold=fold, items=tuple(items), story_count=count or len(items), created_at=NOW)


def digest(endpoint: str = "desk") -> Delivery:
    return replace(
        delivery(endpoint), id=delivery_id("d1", 1, AlertKind.DIGEST, endpoint), kind=AlertKind.DIGEST, story_id="d1"
    )


TITLES = [ARABIC, KURDISH, "Iraq and Jordan sign"]


@pytest.mark.parametrize("make", [test_slack.bot, test_slack.hook])
async def test_slack_shows_a_digest_as_a_list_that_pings_nobody(make):
    async with Slack() as slack:
        channel = make(slack)
        parcel = channel.render_digest(digest(), roundup(TITLES))
        assert (await channel.send(claim(channel, parcel=parcel))).result is SendResult.ACCEPTED
        [message] = slack.messages
        assert slack.pings == []
    assert message["blocks"][0]["text"]["text"] == "Held over quiet hours: 3 stories"
    [bullets] = [b for b in message["blocks"] if b["type"] == "rich_text"]
    assert len(bullets["elements"][0]["elements"]) == 3
    assert "thread_ts" not in message


async def test_slack_takes_25_hostile_stories_within_its_budget_and_counts_what_is_left_out():
    titles = [(HOSTILE * 2)[n] for n in range(25)]
    async with Slack() as slack:
        channel = test_slack.bot(slack)
        parcel = channel.render_digest(digest(), roundup(titles, count=40))
        assert (await channel.send(claim(channel, parcel=parcel))).result is SendResult.ACCEPTED
        [message] = slack.messages
        assert slack.pings == []
    blocks = message["blocks"]
    assert weight(blocks) <= BUDGET
    listed = len(blocks[1]["elements"][0]["elements"])
    assert blocks[-1]["elements"][0]["text"].startswith(f"and {40 - listed} more stories")


def test_a_mail_digest_sets_each_headline_in_its_own_direction():
    channel = test_email.channel()
    parcel = channel.render_digest(digest(f"desk/{test_email.TO}"), roundup(TITLES, fold="digest daily"))
    message = test_email.parsed(parcel)
    assert message["Subject"] == "Daily digest: 3 stories"
    assert message["References"] is None
    plain, page = test_email.parts(message)
    headings = [dict(attrs) for tag, attrs in test_email.Tree(page).tags if tag == "h2"]
    assert [(h["lang"], h["dir"]) for h in headings] == [("ar", "rtl"), ("ckb", "rtl"), ("en", "ltr")]
    assert f"\u2068{ARABIC}\u2069" in plain
    assert "\u2068" not in page, "isolates are elements in a page"
    assert page.count("withdrawn by the outlet") == 0


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_headline_adds_a_header_or_a_tag_to_a_mail_digest(text):
    channel = test_email.channel()
    message = test_email.parsed(channel.render_digest(digest(f"desk/{test_email.TO}"), roundup([text])))
    assert message["Bcc"] is None
    _, page = test_email.parts(message)
    assert not {"script", "img"} & {tag for tag, _ in test_email.Tree(page).tags}


def test_a_webhook_digest_keeps_its_schema_and_its_size():
    schema = json.loads(files("alerts").joinpath("schemas/digest.ready.json").read_text())
    for given in (roundup(TITLES), roundup(["x" * 3000] * 25, fold="busy 30 an hour along r", count=90, reports=12)):
        parcel = test_webhook.channel().render_digest(digest(), given)
        document = json.loads(parcel.body)
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
        assert len(parcel.body) <= 64 * 1024
        assert document["type"] == "digest.ready"
        assert document["data"]["story_count"] == given.story_count
        assert document["data"]["truncated"] is (len(document["data"]["stories"]) < given.story_count)
    assert document["data"]["stories"][1]["alert"] == "confirmed"
    assert document["data"]["stories"][0]["story"]["confirmed_by"] == ["INA", "Rudaw", "ڕووداو"]


def test_a_digest_lists_the_three_newest_reports_of_a_story_and_its_revision():
    composed = compose_digest(digest(), roundup(TITLES, reports=9))
    assert [len(item.lines) for item in composed.items] == [3, 3, 3]
    assert [line.article_id for line in composed.items[0].lines] == ["article-7", "article-8", "article-9"]
    assert composed.items[0].revision == 3


def test_who_confirms_what_changed_and_what_was_withdrawn_is_said_in_words():
    given = briefing(kind=AlertKind.CONFIRMED, former="Old")
    gone = replace(given.reports[0], withdrawn_at=NOW + timedelta(hours=1))
    told = replace(
        given, note="number 3 \u2192 5", independents=("INA", "Rudaw", "روداو"), independent_count=3,
        reports=(gone, *given.reports[1:]),
    )  # fmt: skip
    message = compose(delivery(kind=AlertKind.CONFIRMED), told)
    assert message.label == "Confirmed"
    lines = list(changes(message))
    assert lines[0] == "Independently reported by 3: \u2068INA\u2069, \u2068Rudaw\u2069, \u2068روداو\u2069"
    assert "Number 3 \u2192 5" in lines[1]
    assert message.lines[0].remarks == ("withdrawn by the outlet",)
    for words in test_email.parts(
        test_email.parsed(test_email.channel().render(delivery(f"desk/{test_email.TO}"), told))
    ):
        assert "withdrawn by the outlet" in words
        assert "Rudaw" in words

"""E-mail: over a real SMTP server, read back by another's parser."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from pydantic import ValidationError

from alerts.channels.email import EmailSettings
from alerts.channels.email.client import EmailChannel
from alerts.clean import clean
from alerts.wording import trial_notice
from news.alert import AlertKind
from news.briefing import Root
from news.delivery import SendResult
from tests.alerts.relay import Relay, certificate
from tests.alerts.samples import ARABIC, FORMER, HOSTILE, KURDISH, NOW, SENTENCE, briefing, claim, context, delivery

TO = "reader@example.org"
pytestmark = pytest.mark.anyio


def channel(port=25, **more):
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "from": "مرصد <alerts@example.org>",
        "to": [TO, "second@example.org"],
        **more,
    }
    return EmailChannel("desk", EmailSettings.model_validate(settings), context())


def parsed(parcel):
    return message_from_bytes(parcel.body, policy=policy.default)


def parts(message):
    return [p.get_content() for p in message.iter_parts()]


async def test_each_recipient_is_an_endpoint_and_gets_one_mail_alone():
    assert channel().endpoints() == [f"desk/{TO}", "desk/second@example.org"]
    async with Relay() as relay:
        made = channel(relay.port)
        receipt = await made.send(claim(made))
    assert (receipt.result, receipt.remote_id) == (SendResult.ACCEPTED, "4F1B2C")
    [mail] = relay.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("alerts@example.org", [TO])
    assert message_from_bytes(mail.content, policy=policy.default)["Subject"] == ARABIC


def test_headers_are_complete_and_constant():
    made = channel()
    one, two = (made.render(delivery(f"desk/{TO}"), briefing()) for _ in range(2))
    assert one == two
    message = parsed(one)
    sent = delivery(f"desk/{TO}")
    assert message["Message-ID"] == f"<{sent.id}@example.org>"
    assert message["To"] == TO
    assert message["From"].addresses[0].display_name == "مرصد"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Id"] == "<desk.example.org>"
    assert message["X-Marsad-Story"] == "story-1"
    assert message["Date"].datetime == sent.created_at
    assert message["In-Reply-To"] is None


def test_an_update_threads_by_references_and_by_subject():
    root = Root(delivery_id="msg_first", subject=ARABIC, last_delivery="msg_latest")
    message = parsed(claim(channel(), briefing(KURDISH, root=root, kind=AlertKind.UPDATED)).parcel)
    assert message["Subject"] == f"Re: {ARABIC}"
    assert message["References"] == "<msg_first@example.org> <msg_latest@example.org>"
    assert message["In-Reply-To"] == "<msg_latest@example.org>"


def test_what_goes_on_from_another_story_names_its_mail_and_answers_none():
    message = parsed(claim(channel(), briefing(ARABIC, follows=FORMER)).parcel)
    assert message["Subject"] == ARABIC
    assert message["References"] == "<msg_old@example.org>"
    assert message["In-Reply-To"] is None
    text, page = parts(message)
    assert f"Follows: \u2068{KURDISH}\u2069, last reported 21 Nov 2026 08:00 UTC" in text
    assert f"Follows: <bdi>{KURDISH}</bdi>" in page
    untold = parsed(claim(channel(), briefing(follows=replace(FORMER, root=""))).parcel)
    assert untold["References"] is None


class Tree(HTMLParser):
    """Tags with their attributes, and the text inside each <mark>."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.marked, self._open = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = tag == "mark"

    def handle_data(self, data):
        if self._open:
            self.marked.append(data)
        self._open = False


def test_the_page_is_marked_and_runs_right_to_left_where_the_text_does():
    plain, page = parts(parsed(claim(channel()).parcel))
    tree = Tree(page)
    assert tree.marked == ["العراق", "العراق", "الأردن"]
    [(_, quote)] = [t for t in tree.tags if t[0] == "blockquote"]
    assert (quote["lang"], quote["dir"], quote["align"]) == ("ar", "rtl", "right")
    assert f"\u2068{SENTENCE}\u2069" in plain
    assert tree.tags[0] == ("html", {"lang": "en", "dir": "ltr"})
    assert "bdi" in {tag for tag, _ in tree.tags}


@pytest.mark.parametrize("language", ["ar", "ckb", "fa", "he", "tr", "en", "und"])
def test_direction_follows_the_language(language):
    _, page = parts(parsed(claim(channel(), briefing("x", language=language)).parcel))
    heading = dict(Tree(page).tags)["h1"]
    assert heading["lang"] == language
    assert heading["dir"] == {"tr": "ltr", "en": "ltr", "und": "auto"}.get(language, "rtl")


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_headline_is_text_and_nothing_else(text):
    async with Relay() as relay:
        made = channel(relay.port)
        given = briefing(text, sentence=text, former=text, reports=20, matches=5, follows=replace(FORMER, title=text))
        assert (await made.send(claim(made, given))).result is SendResult.ACCEPTED
    [mail] = relay.mails
    assert mail.rcpt_tos == [TO]
    message = message_from_bytes(mail.content, policy=policy.default)
    expected = {
        "Message-ID",
        "Date",
        "From",
        "To",
        "Subject",
        "List-Id",
        "References",
        "Auto-Submitted",
        "MIME-Version",
    }
    assert set(message.keys()) == expected | {"X-Auto-Response-Suppress", "X-Marsad-Story", "Content-Type"}
    assert message.defects == []
    assert clean(text)[:40] in message["Subject"]
    assert max(len(line) for line in mail.content.splitlines()) <= 998
    assert mail.content.isascii()
    _, page = parts(message)
    tags = Tree(page).tags
    assert not {"script", "img"} & {tag for tag, _ in tags}
    assert not [a for _, attrs in tags for a in attrs if a.startswith("on")]
    assert len(mail.content) < 100_000


def test_no_bare_line_ends_and_no_dots_to_stuff():
    body = claim(channel(), briefing(".\n.\r\n..")).parcel.body
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", body)
    assert not re.search(rb"^\.", body, re.MULTILINE)
    assert body.endswith(b"\r\n")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_tls_is_used_and_the_password_goes_through_it(tmp_path, security):
    file, server = certificate(tmp_path)
    async with Relay(tls=server, implicit=security == "tls", password="planted") as relay:
        login = {"username": "desk", "password": "planted", "ca_file": str(file)}
        made = channel(relay.port, security=security, **login)
        receipt = await made.send(claim(made))
    assert receipt.result is SendResult.ACCEPTED, receipt
    assert relay.commands[0].startswith("AUTH")


async def test_an_unknown_certificate_gets_no_mail(tmp_path):
    _, server = certificate(tmp_path)
    for security in ("starttls", "tls"):
        async with Relay(tls=server, implicit=security == "tls") as relay:
            made = channel(relay.port, security=security)
            receipt = await made.send(claim(made))
        assert receipt.result is SendResult.RETRY
        assert "certificate is not valid" in receipt.detail
        assert relay.mails == []


async def test_a_relay_without_starttls_gets_no_mail():
    async with Relay() as relay:
        made = channel(relay.port, security="starttls")
        receipt = await made.send(claim(made))
    assert (receipt.result, relay.mails) == (SendResult.MISCONFIGURED, [])


async def test_a_wrong_password_is_a_wrong_set_up(tmp_path):
    file, server = certificate(tmp_path)
    async with Relay(tls=server, password="right") as relay:
        login = {"username": "desk", "password": "planted", "ca_file": str(file)}
        made = channel(relay.port, security="starttls", **login)
        receipt = await made.send(claim(made))
    assert (receipt.result, receipt.status[:3]) == (SendResult.MISCONFIGURED, "535")
    assert receipt.detail.endswith("at AUTH: see username and password")
    assert "planted" not in repr(receipt)


@pytest.mark.parametrize(
    ("step", "reply", "result"),
    [
        ("RCPT", "450 4.2.0 greylisted", SendResult.RETRY),
        ("RCPT", "451 later", SendResult.RETRY),
        ("RCPT", "550 5.1.1 no such user", SendResult.GONE),
        ("RCPT", "550 5.7.1 not allowed", SendResult.ABORTED),
        ("RCPT", "550 no", SendResult.ABORTED),
        ("DATA", "452 4.3.1 full", SendResult.RETRY),
        ("DATA", "552 5.3.4 too big", SendResult.ABORTED),
        ("DATA", "554 5.7.1 spam", SendResult.ABORTED),
    ],
)
async def test_what_the_relays_replies_mean(step, reply, result):
    async with Relay(replies={step: reply}) as relay:
        made = channel(relay.port)
        receipt = await made.send(claim(made))
    assert receipt.result is result
    assert receipt.status.startswith(reply[:3])
    assert (receipt.retry_after is not None) == (result is SendResult.RETRY)
    assert TO not in receipt.detail


async def test_a_lost_line_after_the_dot_leaves_it_in_doubt_and_before_it_does_not():
    async with Relay(hang_up_after_dot=True) as relay:
        made = channel(relay.port)
        receipt = await made.send(claim(made))
        assert receipt.result is SendResult.IN_DOUBT
        again = await made.send(claim(made))
        assert again.result is SendResult.ACCEPTED
    first, second = relay.mails
    assert first.content == second.content

    async def hang_up(reader, writer):
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        made = channel(server.sockets[0].getsockname()[1])
        assert (await made.send(claim(made))).result is SendResult.RETRY


async def test_a_relay_may_hold_its_greeting_back():
    """Postfix's postscreen waits six seconds to see who talks too soon; a pause beyond the limit is a retry."""

    async def late(reader, writer):
        await asyncio.sleep(5.5)
        writer.write(b"421 4.3.2 busy\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(late, "127.0.0.1", 0) as server:
        made = channel(server.sockets[0].getsockname()[1])
        receipt = await made.send(claim(made))
    assert (receipt.result, receipt.status) == (SendResult.RETRY, "421 4.3.2"), "heard, not timed out"


async def test_nobody_listening_is_a_retry():
    async with Relay() as relay:
        port = relay.port
    receipt = await channel(port).send(claim(channel(port)))
    assert receipt.result is SendResult.RETRY
    assert "127.0.0.1" not in receipt.detail


async def test_the_test_mail_arrives():
    async with Relay() as relay:
        receipt = await channel(relay.port).notify(f"desk/{TO}", trial_notice(NOW))
    assert receipt.result is SendResult.ACCEPTED
    message = message_from_bytes(relay.mails[0].content, policy=policy.default)
    assert "test" in message["Subject"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "relay.example"},
        {"username": "planted"},
        {"password": "planted"},
        {"host": "relay.example", "allow_plain": True, "username": "x", "password": "planted"},
        {"to": []},
        {"to": ["planted"]},
        {"to": ["planted@example.org\r\nRCPT TO:<x@y>"]},
        {"to": ["<planted@example.org>"]},
        {"to": ["planted@example.org> SIZE=1"]},
        {"from": "planted"},
        {"from": "A\r\nBcc: planted@example.org <a@example.org>"},
        {"message_domain": "planted>x"},
        {"security": "planted"},
    ],
)
def test_wrong_settings_are_refused_without_quoting_them(wrong):
    with pytest.raises(ValidationError) as raised:
        channel(**wrong)
    assert "planted" not in str(raised.value)


def test_tls_is_the_default():
    made = EmailSettings.model_validate({"host": "relay.example", "from": "a@b.example", "to": TO})
    assert (made.security, made.relay_port, made.to) == ("starttls", 587, [TO])

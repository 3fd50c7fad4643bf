"""Two hundred hostile headlines through every channel: nobody pinged, no link masked, no header
added, nothing reordered; and planted secrets in no log, error, process list or copy."""

from __future__ import annotations

import email
import email.policy
import json
import random
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace

from alerts.clean import FSI, PDI
from alerts.message import compose
from news.alert import AlertKind
from tests.alerts.samples import FORMER, HOSTILE, briefing, claim, delivery
from tests.alerts.slack_emulator import pings
from tests.alerts.test_contract import build
from tests.alerts.test_webhook import SECRET

STEERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f\u061c")
FRAGMENTS = [
    "<!channel>", "<!here>", "<!everyone>", "<!subteam^S1>", "<@U024BE7LH>", "<#C024BE7LR|x>", "@everyone", "@here", "@channel",
    "<https://evil.example|https://bank.example>", "[bank](https://evil.example)", "<a href='https://evil.example'>bank</a>",
    "\r\nBcc: victim@example.org", "\nSubject: other", "\r\n\r\nbody", "\n.\n", "\r.\r", "\r\nQUIT\r\n", "\x00", "\x1b[31m", "\x07", "\x9b31m",
    "\u202e", "\u202d", "\u2066", "\u2067", "\u2069", "\u200e", "\u200f", "\u061c", "\u2028", "\u2029", "\x85", "\ud800", "\udfff",
    "=?utf-8?b?aGFja2Vk?=", "=?x?q?=0D=0ABcc:_a@b.c?=", "*bold*", "_it_", "~no~", "`code`", ":skull:", "&lt;!channel&gt;", "&amp;amp;",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "=cmd()", "{{7*7}}", "${jndi:ldap://x}", "%s%n", "../../etc",
    "عراق", "ئەمنی", "توافق\u200cنامه", "ביטחוני", "F-16", "👩\u200d👧", "𐤀", "e\u0301",
]  # fmt: skip


def headlines(count: int) -> list[str]:
    chance = random.Random(20261125)
    made = list(HOSTILE)
    while len(made) < count:
        made.append(chance.choice([" ", "", "\u200b"]).join(chance.choices(FRAGMENTS, k=chance.randrange(1, 9))))
    return made


ALL = headlines(200)


def told(title: str, kind: AlertKind):
    follows = replace(FORMER, title=title)
    return briefing(title, kind=kind, reports=6, former=title, sentence=title, matches=2, follows=follows)


def balanced(text: str) -> bool:
    """Every isolate is closed, none closes what it did not open, none crosses a line."""
    for line in text.splitlines():
        depth = 0
        for character in line:
            depth += (character == FSI) - (character == PDI)
            if depth < 0:
                return False
        if depth:
            return False
    return True


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def harmless(text: str) -> bool:
    """No direction control but our isolates, no control character but line ends."""
    return not STEERING & set(text) and not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n" for c in text
    )


def test_slack_shows_all_as_text(figure):
    made = [build("slack", bot_token="xoxb-x", to="C0123456"), build("slack", webhook_url="https://h.example/x")]
    for title in ALL:
        for channel in made:
            content = json.loads(claim(channel, told(title, AlertKind.CORRECTED)).parcel.body)
            assert pings(content) == [], title
            assert not any(node.get("type") == "mrkdwn" for node in nodes(content.get("blocks", []))), title
            assert all(map(harmless, strings(content))), title
            links = [n for n in nodes(content["blocks"]) if n.get("type") == "link"]
            assert all(link["url"].startswith("https://outlet") for link in links), title
            assert content["parse"] == "none"
            assert content["link_names"] is False
            pieces = [
                n
                for n in nodes(content["blocks"])
                if n.get("type") in ("rich_text_section", "rich_text_quote", "plain_text")
            ]
            assert all(balanced("".join(strings(piece)).replace("\n", " ")) for piece in pieces), title
    figure(f"{len(ALL)} hostile headlines through Slack, both ways: 0 pings, 0 masked links, 0 direction controls")


def nodes(value):
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_mail_has_the_headers_it_always_has_and_no_others(figure):
    made = build("email", host="r.example", **{"from": "a@example.org", "to": "b@example.org"})
    usual = None
    for title in ALL:
        body = claim(made, told(title, AlertKind.MATCHED)).parcel.body
        mail = email.message_from_bytes(body, policy=email.policy.default)
        usual = usual or mail.keys()
        assert mail.keys() == usual, title
        assert b"\n.\r\n" not in body
        assert re.search(rb"(?<!\r)\n|\r(?!\n)", body) is None
        assert mail["To"] == "b@example.org"
        text, page = (mail.get_body((part,)).get_content() for part in ("plain", "html"))
        assert harmless(text), title
        assert balanced(text), title
        assert harmless(page), title
        tags = re.sub(r">[^<]*<", "><", page)
        assert not any(word in tags for word in ("<script", "<img", "onerror=")), title
        hrefs = re.findall(r'href="([^"]*)"', page)
        assert all(href.startswith("https://outlet") for href in hrefs), title
    figure(f"{len(ALL)} hostile headlines by mail: the same {len(usual or [])} headers each time, 0 others")


def test_a_webhook_is_one_line_of_json_whose_title_is_clean(figure):
    made = build("webhook", url="https://x.example/", secret=SECRET)
    for title in ALL:
        body = claim(made, told(title, AlertKind.MATCHED)).parcel.body
        document = json.loads(body)
        assert len(body) <= 64 * 1024
        assert b"\n" not in body
        assert b"\r" not in body
        assert all(map(harmless, strings(document))), title
    figure(f"{len(ALL)} hostile headlines by webhook: 0 controls, all within 64 KiB")


def test_the_bridge_pings_nobody_and_masks_no_link(figure):
    made = build("apprise", url="ntfys://topic")
    for title in ALL:
        content = json.loads(claim(made, told(title, AlertKind.MATCHED)).parcel.body)
        for text in content.values():
            assert not re.search(r"<[!@#]|(?<![\w/.])@(?:everyone|here|channel)\b|\]\(", text), title
            assert harmless(text), title
    figure(f"{len(ALL)} hostile headlines through the bridge: 0 pings, 0 masked links")


def test_words_of_a_headline_stay_in_their_order():
    """Cleaning takes characters out and never moves one."""
    for title in ALL:
        shown = compose(delivery(), told(title, AlertKind.MATCHED)).headline.text.rstrip("…")
        letters = iter(c for c in title if c.isalnum())
        assert all(c in letters for c in shown if c.isalnum()) or shown == "(no headline)"


def test_the_bridges_secret_is_in_no_process_list():
    """The child is told what to send on its standard input: anybody may read command lines."""
    spy = (
        "import asyncio, sys\n"
        "from tests.alerts.test_contract import build\n"
        "from tests.alerts.samples import claim\n"
        "seen = []\n"
        "original = asyncio.create_subprocess_exec\n"
        "async def watched(*command, **more):\n"
        "    child = await original(*command, **more)\n"
        "    pid = child.pid\n"
        "    seen.append(open(f'/proc/{pid}/cmdline').read() + open(f'/proc/{pid}/environ').read())\n"
        "    return child\n"
        "asyncio.create_subprocess_exec = watched\n"
        "made = build('apprise', url='ntfy://planted-user:planted-password@127.0.0.1:9/planted-topic')\n"
        "asyncio.run(made.send(claim(made)))\n"
        "assert len(seen) == 1\n"
        "print('planted' in ''.join(seen))\n"
    )
    done = subprocess.run([sys.executable, "-c", spy], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "False", done.stderr[-500:]

"""What other people's JavaScript makes of our messages: webhooks, events, mails and Slack's own types.

The packages are installed once per run into a temporary folder; without node, npm or a registry
the tests are skipped, and say so.
"""

from __future__ import annotations

import base64
import email
import email.policy
import fcntl
import json
import random
import shutil
import subprocess
import unicodedata
from pathlib import Path

import mailparser
import pytest

from alerts.channels.email import EmailSettings
from alerts.channels.email.client import EmailChannel
from alerts.channels.slack import SlackSettings
from alerts.channels.slack.client import SlackChannel
from alerts.channels.webhook import WebhookSettings
from alerts.channels.webhook.client import WebhookChannel
from alerts.clean import clean
from alerts.signing import key_of, new_pair, signature
from news.alert import AlertKind
from news.briefing import Root
from tests.alerts.receiver import Receiver
from tests.alerts.samples import HOSTILE, briefing, claim, context, delivery
from tests.alerts.test_rfc2047 import subjects
from tests.alerts.test_webhook import OLD_SECRET, SECRET

HERE = Path(__file__).parent / "javascript"
PACKAGES = ("standardwebhooks@1.1.1", "svix@1.99.1", "cloudevents@10.0.0", "postal-mime@4.0.0", "mailparser@3.14.2")
PACKAGES += ("typescript@7.0.2", "@slack/types@3.2.0")
PATIENCE = 120
KINDS = [kind for kind in AlertKind if kind.value not in ("digest", "canary")]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages, or a skip that says why there is none."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed: other people's JavaScript cannot be asked")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "javascript"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one installation, however many workers
        if not (folder / "installed").exists():
            _install(folder)
    reason = (folder / "installed").read_text()
    if reason:
        pytest.skip(reason)
    return folder


def _install(folder: Path) -> None:
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefer-offline"]
    reason = ""
    try:
        done = subprocess.run([*command, *PACKAGES], cwd=folder, capture_output=True, timeout=PATIENCE, check=False)
        reason = "" if done.returncode == 0 else "npm could not install the packages (no registry?)"
    except subprocess.TimeoutExpired:
        reason = f"npm did not install the packages within {PATIENCE} s"
    (folder / "installed").write_text(reason)


def run(node: Path, script: str, given: object) -> object:
    shutil.copy(HERE / script, node / script)
    done = subprocess.run(
        ["node", script], cwd=node, input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.anyio
async def test_webhooks_verify_and_none_of_eight_changes_does(node: Path, figure) -> None:
    private, public = new_pair()
    async with Receiver() as receiver:
        given = {"url": receiver.url(), "secret": [SECRET, private], "allow_http": True}
        made = WebhookChannel("desk", WebhookSettings.model_validate(given), context())
        sent = claim(made, briefing(reports=5))
        await made.send(sent)
    [request] = receiver.requests
    body = request.body.decode()
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: request.headers[name] for name in names}
    at = int(headers["webhook-timestamp"])

    def moved(seconds: int) -> dict[str, str]:
        signed = signature([key_of(SECRET)], headers["webhook-id"], at + seconds, request.body)
        return headers | {"webhook-timestamp": str(at + seconds), "webhook-signature": signed}

    cases = [
        ("unchanged", SECRET, headers, body),
        ("body", SECRET, headers, body.replace("story.matched", "story.updated")),
        ("id", SECRET, headers | {"webhook-id": headers["webhook-id"] + "a"}, body),
        ("time", SECRET, headers | {"webhook-timestamp": str(at + 1)}, body),
        ("old", SECRET, moved(-400), body),
        ("future", SECRET, moved(400), body),
        ("key", OLD_SECRET, headers, body),
        ("none", SECRET, {n: v for n, v in headers.items() if n != "webhook-signature"}, body),
        ("version", SECRET, headers | {"webhook-signature": headers["webhook-signature"].replace("v1,", "v9,")}, body),
    ]
    keys = ("name", "secret", "headers", "body")
    given = {"cases": [dict(zip(keys, case, strict=True)) for case in cases], "publicKey": public}
    answer = run(node, "webhooks.mjs", given)
    verdicts = {found["name"]: found for found in answer["found"]}
    assert verdicts["unchanged"] == {"name": "unchanged", "standardwebhooks": True, "svix": True, "ed25519": True}
    for name, *_ in cases[1:]:
        assert not verdicts[name]["standardwebhooks"], name
        assert not verdicts[name]["svix"], name
    for name in ("body", "id", "time"):
        assert not verdicts[name]["ed25519"], name
    event = answer["event"]
    assert (event["id"], event["type"], event["subject"]) == (sent.delivery.id, "story.matched", "story/story-1")
    assert event["valid"] is True
    figure(
        "webhooks in JavaScript: standardwebhooks, svix, cloudevents and node's ed25519 accept; 8 of 8 changes refused"
    )


def test_500_right_to_left_mails_read_alike_in_four_parsers(node: Path, figure) -> None:
    given = {"host": "r.example", "from": "مرصد الأخبار <marsad@example.org>", "to": "b@example.org"}
    made = EmailChannel("desk", EmailSettings.model_validate(given), context())
    chance = random.Random(14)
    titles = [*subjects(500 - len(HOSTILE)), *HOSTILE]
    mails, wanted = [], []
    for number, title in enumerate(titles):
        kind = chance.choice(KINDS)
        told = briefing(title, kind=kind, reports=1 + number % 4, sentence=title, root=None)
        parcel = made.render(delivery("desk/b@example.org", kind=kind), told)
        mails.append(parcel.body)
        wanted.append(clean(parcel.subject, 250))
    answers = run(node, "mails.mjs", [base64.b64encode(mail).decode() for mail in mails])
    different = []
    for mail, subject, answer in zip(mails, wanted, answers, strict=True):
        ours = email.message_from_bytes(mail, policy=email.policy.default)
        text = ours.get_body(("plain",)).get_content()
        page = ours.get_body(("html",)).get_content()
        readings = {"email": str(ours["Subject"]), "mail-parser": mailparser.parse_from_bytes(mail).subject}
        if unicodedata.normalize("NFC", subject) == readings["mail-parser"]:
            readings["mail-parser"] = subject  # it composes accents, whatever it is given
        readings |= {name: answer[name]["subject"] for name in ("postal-mime", "mailparser")}
        different += [(name, "subject", subject, reading) for name, reading in readings.items() if reading != subject]
        for name in ("postal-mime", "mailparser"):
            found = answer[name]
            pairs = {"text": text, "html": page, "from": "مرصد الأخبار", "count": len(ours.items())}
            for field, wanted_value in pairs.items():
                one, two = (v.rstrip("\n") if isinstance(v, str) else v for v in (found[field], wanted_value))
                if one != two:
                    different.append((name, field, two, one))
    figure(f"{len(mails)} mails in email, mail-parser, postal-mime and mailparser: {len(different)} differences")
    assert different == []


def test_slacks_own_types_take_our_blocks_and_refuse_planted_faults(node: Path, figure) -> None:
    given = {"bot_token": "xoxb-x", "to": "C0123456"}
    made = SlackChannel("desk", SlackSettings.model_validate(given), context())
    root = Root(delivery_id="msg_root", remote_id="C0123456:1.1")
    payloads = []
    for title in HOSTILE:
        for kind in KINDS:
            for thread in (None, root):
                told = briefing(title, kind=kind, reports=12, matches=3, root=thread, former=title, sentence=title)
                content = json.loads(claim(made, told).parcel.body)
                payloads += content if isinstance(content, list) else [content]
    good = "\n".join(
        f"export const b{number}: KnownBlock[] = {json.dumps(payload['blocks'])};"
        for number, payload in enumerate(payloads)
    )
    assert compile_(node, "good", good) == ""
    fault = json.dumps(payloads[0]["blocks"])
    for name, bad in {
        "type": fault.replace('"rich_text_section"', '"rich_text_sektion"', 1),
        "mrkdwn": fault.replace('"plain_text"', '"html"', 1),
        "text": fault.replace('"text": "', '"texts": "', 1),
    }.items():
        assert bad != fault
        assert "error" in compile_(node, f"bad_{name}", f"export const b: KnownBlock[] = {bad};"), name
    figure(f"Slack's own types: {len(payloads)} payloads compile, 3 of 3 planted faults refused")


def compile_(node: Path, name: str, source: str) -> str:
    (node / f"{name}.ts").write_text(f'import type {{ KnownBlock }} from "@slack/types";\n{source}\n')
    command = ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"]
    done = subprocess.run(
        [*command, "--types", "", f"{name}.ts"], cwd=node, capture_output=True, text=True, timeout=120, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr

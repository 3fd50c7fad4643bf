"""Channels on the command line: a message before it goes, a test with its answer, secrets nowhere."""

from __future__ import annotations

import json
import re
import threading
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import standardwebhooks

from marsad import exits
from marsad.__main__ import main
from news.delivery import EndpointHealth, EndpointState
from storage import open_store
from storage.codec import dumps
from storage.engine import put, writing
from storage.tables import endpoints
from tests.samples import chunk, filing

SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtaGVyZSE="
TOKEN = "xoxb-planted-4711"
CONFIG = f"""\
store: sqlite:///m.db
alerts: {{allow_networks: [127.0.0.0/8]}}
outlets:
  - {{id: tigris, name: Tigris Wire, sources: [{{id: en, url: "https://tigris.example/feed"}}]}}
rules: [{{use: builtin/security-cooperation}}]
receivers:
  hook: {{channel: webhook, url: "URL/planted-path", secret: "{SECRET}", headers: {{X-Key: planted-header}}, allow_http: true}}
  desk: {{channel: slack, bot_token: {TOKEN}, to: C0123456}}
  mail: {{channel: email, host: relay.example, from: "مرصد <marsad@example.org>", to: [a@example.org, b@example.org]}}
routes: [{{id: r, to: [hook, desk, mail]}}]
"""


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked: a receiver may do that, and it must not show secrets."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = f"{self.path} {self.headers['X-Key']} {SECRET} thank you".encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    (tmp_path / "config.yaml").write_text(CONFIG.replace("URL", url))
    (tmp_path / "config.yaml").chmod(0o600)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing()))
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    yield tmp_path
    server.shutdown()
    server.server_close()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out = capsys.readouterr()
    for planted in ("planted-path", "planted-header", TOKEN, SECRET[6:]):
        assert planted not in out.out + out.err
    return code, out.out, out.err


def test_a_webhook_is_shown_with_its_headers_and_the_signature_holds(home, capsys):
    code, out, _ = said(capsys, "channels", "preview", "hook", "--story", "sone")
    assert code == exits.OK
    head, _, body = out.rstrip("\n").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    assert headers["X-Key"] == "********"
    standardwebhooks.Webhook(SECRET).verify(body, headers)
    assert json.loads(body)["id"] == headers["webhook-id"]


def test_slack_is_shown_as_the_json_that_goes_out(home, capsys):
    code, out, _ = said(capsys, "channels", "preview", "desk", "--story", "sone", "--json")
    method, _, content = json.loads(out)["message"].partition("\n")
    assert (code, method) == (exits.OK, "chat.postMessage")
    assert json.loads(content)["channel"] == "C0123456"


def test_a_mail_is_shown_whole_for_the_recipient_named_and_its_page_written(home, capsys):
    page = home / "page.html"
    code, out, _ = said(capsys, "channels", "preview", "mail/b@example.org", "--story", "sone", "--html", str(page))
    mail = message_from_string(out, policy=policy.default)
    assert (code, mail["To"], mail["Auto-Submitted"]) == (exits.OK, "b@example.org", "auto-generated")
    assert re.match(r"<!DOCTYPE html><html lang=\"en\"", page.read_text())


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("nobody", "--story", "sone"), "no receiver is called"),
        (("mail/x@example.org", "--story", "sone"), "no recipient is called"),
        (("hook", "--story", "snone"), "no story is called"),
        (("hook", "--story", "sone", "--html", "x.html"), "no HTML part"),
    ],
)
def test_what_cannot_be_shown_is_said_plainly(home, capsys, arguments, word):
    code, _, err = said(capsys, "channels", "preview", *arguments)
    assert code == exits.USAGE
    assert word in err


def test_a_preview_sends_and_stores_nothing(home, capsys):
    before = (home / "m.db").read_bytes()
    for name in ("hook", "desk", "mail"):
        said(capsys, "channels", "preview", name, "--story", "sone")
    assert (home / "m.db").read_bytes() == before


def test_a_test_shows_request_status_time_and_answer(home, capsys):
    code, out, _ = said(capsys, "channels", "test", "hook")
    assert code == exits.OK
    assert re.search(r"hook: accepted 202 in \d+ ms", out)
    assert "sent: POST http://127.0.0.1/********, signed" in out
    assert "thank you" in out
    code, out, _ = said(capsys, "channels", "test", "hook", "--json")
    assert json.loads(out)["hook"]["status"] == "202"


def test_secrets_are_made_as_the_settings_want_them(home, capsys):
    from alerts.signing import key_of

    code = main(["channels", "secret"])
    assert code == exits.OK
    assert key_of(capsys.readouterr().out.strip())
    main(["channels", "secret", "--ed25519", "--json"])
    made = json.loads(capsys.readouterr().out)
    assert key_of(made["secret"]).public == made["public"]


def test_resend_wants_ids_or_a_range_and_says_what_it_would_do(home, capsys):
    code, _, err = said(capsys, "alerts", "resend", "--yes")
    assert (code, "--since" in err) == (exits.USAGE, True)
    code, out, _ = said(capsys, "alerts", "resend", "--state", "dead", "--dry-run")
    assert (code, out.strip()) == (exits.OK, "nothing to send again")


def test_a_receiver_that_was_switched_off_is_switched_on_by_a_test_that_arrives(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    off = EndpointState(endpoint="hook", health=EndpointHealth.DISABLED, reason="gone")
    with writing(store._engine) as connection:
        put(connection, endpoints, {"endpoint": "hook", "health": "disabled", "doc": dumps(off)})
    code, out, _ = said(capsys, "channels", "test", "hook")
    assert code == exits.OK
    assert "hook was switched off (gone); from now on it gets messages again" in out
    assert store.outbox.endpoint("hook").health is EndpointHealth.HEALTHY
    _, out, _ = said(capsys, "channels", "test", "hook")
    assert "again" not in out
    store.close()

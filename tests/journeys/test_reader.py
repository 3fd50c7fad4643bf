"""From the alert that arrived to the silence that it asked for: the whole daemon, its receiver and its watchers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from marsad.demo.newsroom import Newsroom
from marsad.demo.receivers import WebhookSink
from tests.journeys.test_life import free_port, marsad, until

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


class Watcher:
    """A dead man's switch: counts what it is pinged."""

    def __init__(self) -> None:
        self.pings: list[str] = []
        pings = self.pings

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pings.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ping/planted-token"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def ask(port: int, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    """As the proxy in front would pass it on."""
    body = urllib.parse.urlencode(data).encode() if data is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, headers={"Host": "marsad.example"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.slow
def test_an_alert_is_muted_by_its_own_link_while_canary_and_heartbeat_go_out(tmp_path: Path) -> None:
    newsroom, sink, watcher, port = Newsroom(), WebhookSink(SECRET), Watcher(), free_port()
    outlets = newsroom.outlets()
    for outlet in outlets:
        for one in outlet["sources"]:
            one["backfill"] = True
    hook = {"channel": "webhook", "url": sink.url, "secret": SECRET, "allow_http": True, "canary": True}
    content = {
        "store": "sqlite:///m.db",
        "crawl": {"allow_networks": ["127.0.0.0/8"], "delay": "0s", "reading_workers": 0},
        "outlets": outlets,
        "rules": [{"use": "builtin/security-cooperation"}],
        "receivers": {"hook": hook},
        "routes": [{"id": "r", "to": ["hook"]}],
        "alerts": {"group_wait": "0s", "allow_networks": ["127.0.0.0/8"]},
        "console": {"listen": f"127.0.0.1:{port}", "public_url": "https://marsad.example", "secret": "planted" * 5},
        "heartbeat": {"url": watcher.url, "allow_http": True},
        "log": {"format": "json"},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    daemon = marsad(tmp_path, "run")
    said: list[str] = []
    assert daemon.stdout is not None
    reader = threading.Thread(target=lambda: said.extend(daemon.stdout or ()), daemon=True)
    reader.start()

    def told() -> list[dict[str, object]]:
        return [event["data"] for event in sink.events.values() if event["type"] == "story.matched"]

    try:
        until(lambda: bool(told()), f"an alert in {''.join(said)[-2000:]}")
        until(lambda: any(e["type"] == "system.canary" for e in sink.events.values()), "the canary")
        until(lambda: bool(watcher.pings), "the heartbeat")
        links = {link["rel"]: link["href"] for link in told()[0]["links"]}  # type: ignore[attr-defined]
        path = links["mute_story"].removeprefix("https://marsad.example")
        status, page = ask(port, path)
        assert (status, '<form method="post">' in page) == (200, True)
        assert listed(tmp_path) == []
        status, page = ask(port, path, {"for": "24h"})
        assert (status, "Muted" in page) == (200, True)
        [silence] = listed(tmp_path)
        assert (silence["author"], silence["reason"]) == ("hook", "muted from the alert")
        assert ask(port, links["mute_rule"].removeprefix("https://marsad.example") + "x")[0] == 403
        assert ask(port, "/metrics")[0] == 404, "not under the public name"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            figures = answer.read().decode()
        assert re.search(r'^marsad_stories_total\{source="\w+/\w+",language="\w+",result="new"\} [1-9]', figures, re.M)
        assert re.search(r'^marsad_deliveries_total\{channel="hook",outcome="delivered"\} [1-9]', figures, re.M)
        assert re.search(r'^marsad_rule_matches_total\{rule="security-cooperation"\} [1-9]', figures, re.M)
        assert 'marsad_heartbeat_pings_total{outcome="answered"} 1' in figures
        assert 'page="/mute/story/{token}"' in figures, "the pattern, never the token"
    finally:
        daemon.terminate()
        daemon.wait(20)
        reader.join(5)
        daemon.stdout.close()
        for one in (newsroom, sink, watcher):
            one.close()
    assert sink.bad == 0
    log = "".join(said)
    assert "daemon.drained" in log
    for planted in ("planted-token", "plantedplanted", SECRET, path.rpartition("/")[2]):
        assert planted not in log


def listed(folder: Path) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "marsad", "silences", "list", "--json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    found: list[dict[str, str]] = json.loads(run.stdout)
    return [one.get("silence", one) for one in found]  # type: ignore[misc]

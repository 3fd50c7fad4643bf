"""A webhook receiver that checks signatures for itself, and an SMTP sink."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class WebhookSink:
    """Keeps each event by its id and counts how often it came. `bad`: wrongly signed ones."""

    def __init__(self, secret: str) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.times: Counter[str] = Counter()
        self.bad = 0
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        handler = type("Handler", (_Hook,), {"sink": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, headers: Any, body: bytes) -> bool:
        """Check and keep one request."""
        name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        expected = hmac.new(self._key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        given = headers.get("webhook-signature", "").split()
        if f"v1,{base64.b64encode(expected).decode()}" not in given:
            self.bad += 1
            return False
        self.events[name] = json.loads(body)
        self.times[name] += 1
        return True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Hook(BaseHTTPRequestHandler):
    sink: WebhookSink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        good = self.sink.take(self.headers, body)
        self.send_response(204 if good else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _free_port() -> int:
    """aiosmtpd's controller calls its own port to see that it lives, so it must be told one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailSink:
    """Keeps each mail by its Message-ID and counts how often it came."""

    def __init__(self) -> None:
        self.mails: dict[str, EmailMessage] = {}
        self.times: Counter[str] = Counter()
        self.port = _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """aiosmtpd's hook for a whole message."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        name = str(mail["Message-ID"])
        self.mails[name] = mail
        self.times[name] += 1
        return f"250 accepted as {name}"

    def close(self) -> None:
        self._controller.stop()

"""Slack as far as we use it: ts, threads, metadata, history, error words, one message a second.

Blocks are judged by slackblocks, not by our own belief; what would ping people is collected.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import slackblocks
from slackblocks.rich_text import elements as rich
from slackblocks.rich_text import objects

from tests.alerts.receiver import Answer, Receiver, Request, answer

TOKEN = "xoxb-planted-token-4711"
CHANNEL = "C0123456"


@dataclass
class Slack(Receiver):
    """`errors` are given out first, in turn; `cut` posts a message and then hangs up."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    edit_errors: list[str] = field(default_factory=list)
    cut: bool = False
    limit: int = 0
    retry_after: int = 1
    inside_window: int = 0
    pings: list[str] = field(default_factory=list)
    page: int = 2
    _closed_until: float = 0.0
    _clock: int = 0

    def reply(self, request: Request) -> Answer:
        method = request.target.rpartition("/")[2]
        if method == "hook":
            return self._hook(request.json())
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error("invalid_auth")
        if method == "chat.postMessage":
            return self._post(request.json())
        if method == "chat.update":
            return self._update(request.json())
        return self._history(method, request.json())

    def _limited(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            self.inside_window += 1
            return True
        if self.limit and len(self.messages) >= self.limit:
            self.limit = 0
            self._closed_until = now + self.retry_after
            return True
        return False

    def _post(self, message: dict[str, Any]) -> Answer:
        if self._limited():
            return _limited(self.retry_after)
        if self.errors:
            return _error(self.errors.pop(0))
        if word := self._refuse(message):
            return _error(word)
        thread = message.get("thread_ts")
        if thread and all(m["ts"] != thread for m in self.messages):
            return _error("thread_not_found")
        self._clock = max(self._clock + 1, time.time_ns() // 1000)
        ts = f"{self._clock // 1_000_000}.{self._clock % 1_000_000:06d}"
        self.messages.append({**message, "ts": ts})
        if self.cut:
            self.cut = False
            return b""
        return _ok({"channel": message["channel"], "ts": ts})

    def _update(self, change: dict[str, Any]) -> Answer:
        if self._limited():
            return _limited(self.retry_after)
        if self.edit_errors:
            return _error(self.edit_errors.pop(0))
        if word := self._refuse(change):
            return _error(word)
        for message in self.messages:
            if (message["channel"], message["ts"]) == (change["channel"], change["ts"]):
                message |= {key: change[key] for key in ("text", "blocks", "metadata") if key in change}
                self.edits.append(change)
                return _ok({"channel": change["channel"], "ts": change["ts"], "text": message["text"]})
        return _error("message_not_found")

    def _hook(self, message: dict[str, Any]) -> Answer:
        if word := self._refuse(message):
            return answer(400, word.encode())
        self.messages.append(message)
        return answer(200, b"ok")

    def _history(self, method: str, query: dict[str, Any]) -> Answer:
        thread, oldest = query.get("ts"), str(query.get("oldest", "0"))
        found = [
            m
            for m in reversed(self.messages)
            if m["ts"] > oldest
            if (m.get("thread_ts") == thread if method == "conversations.replies" else True)
            and ("thread_ts" not in m or method == "conversations.replies")
            and m["channel"] == query["channel"]
        ]
        if not query.get("include_all_metadata"):
            found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
        start = int(query.get("cursor") or 0)
        page = {"messages": found[start : start + self.page]}
        if start + self.page < len(found):
            page["response_metadata"] = {"next_cursor": str(start + self.page)}  # type: ignore[assignment]
        return _ok(page)

    def _refuse(self, message: dict[str, Any]) -> str:
        try:
            blocks = [judge(block) for block in message.get("blocks", ())]
        except (slackblocks.InvalidUsageError, KeyError, TypeError, ValueError):
            return "invalid_blocks"
        if not message.get("text") and not blocks:
            return "no_text"
        if len(json.dumps(message.get("blocks", []), ensure_ascii=False)) > 12_000:
            return "msg_blocks_too_long"
        self.pings += pings(message)
        return ""


def judge(block: dict[str, Any]) -> Any:
    """A block rebuilt by slackblocks, which raises where it breaks a rule of Slack."""
    if block["type"] == "rich_text":
        return slackblocks.RichTextBlock([_container(e) for e in block["elements"]])
    return slackblocks.Block.from_dict(block)


def _container(data: dict[str, Any]) -> Any:
    if data["type"] == "rich_text_list":
        return objects.RichTextList(data["style"], [_container(e) for e in data["elements"]])
    kind = {"rich_text_section": objects.RichTextSection, "rich_text_quote": objects.RichTextQuote}
    return kind[data["type"]]([_element(e) for e in data["elements"]])


def _element(data: dict[str, Any]) -> Any:
    if not data["text"]:
        raise ValueError("empty text")
    style = data.get("style", {})
    if data["type"] == "link":
        return rich.RichTextLink(data["url"], data["text"], **style)
    if data["type"] == "text":
        return rich.RichText(data["text"], **style)
    raise ValueError(f"an element we never send: {data['type']}")


def pings(message: dict[str, Any]) -> list[str]:
    """What Slack would take for markup: `<...>` tokens wherever it parses mrkdwn."""
    texts = [message.get("text", "")]
    texts += [node["text"] for node in _nodes(message.get("blocks", [])) if node.get("type") == "mrkdwn"]
    return [token for text in texts for token in re.findall(r"<[^>]*>", text)]


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def _limited(seconds: int) -> bytes:
    body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
    return answer(429, body, Retry_After=str(seconds))


def _ok(more: dict[str, Any]) -> bytes:
    return answer(200, json.dumps({"ok": True, **more}).encode())


def _error(word: str) -> bytes:
    return answer(200, json.dumps({"ok": False, "error": word}).encode())

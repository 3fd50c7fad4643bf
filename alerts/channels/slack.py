"""Slack: a bot token (threads, reconciling) or an incoming webhook (messages only).

https://docs.slack.dev/reference/methods/chat.postMessage · .../reference/block-kit
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr, model_validator

from alerts.channels.kind import ChannelContext, ChannelKind, ChannelSettings
from alerts.exchange import Answer, Door, HttpClient, exchange
from alerts.message import compose
from alerts.slack_blocks import fallback_of, payload_of
from news.briefing import Briefing, Claim, Parcel
from news.delivery import Delivery, Receipt, SendResult
from news.failpoint import reach

_PASSING = {
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "service_unavailable",
    "request_timeout",
}
_DOUBTFUL = {"internal_error", "fatal_error"}
_MESSAGE = {
    "invalid_blocks",
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_payload",
    "no_text",
    "invalid_arguments",
}
PAYLOAD_EVENT = "marsad_delivery"


class SlackSettings(ChannelSettings):
    """Either `webhook_url`, or `bot_token` with `channel`."""

    webhook_url: SecretStr | None = Field(None, description="Incoming webhook; no threads.")
    bot_token: SecretStr | None = Field(None, description="xoxb-...; needs chat:write.")
    channel: str = Field("", description="Channel id, with bot_token.")
    allow_http: bool = Field(False, description="Allow http:// (for receivers on this machine).")
    api_url: str = Field("https://slack.com/api", description="Slack's API.")

    @model_validator(mode="after")
    def _one_way(self) -> SlackSettings:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("give either webhook_url, or bot_token and channel")
        if self.bot_token is not None and not self.channel:
            raise ValueError("bot_token needs a channel (its id, as C0123456789)")
        return self


class SlackChannel:
    """One Slack channel."""

    def __init__(self, name: str, settings: SlackSettings, context: ChannelContext) -> None:
        self._name, self._settings, self._context = name, settings, context
        local = not settings.api_url.startswith("https://") or settings.allow_http
        door = Door(allow_http=local, allow_networks=context.allow_networks)
        self._client = HttpClient(door)

    def endpoints(self) -> Sequence[str]:
        return (self._name,)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        message = compose(briefing)
        payload = payload_of(message)
        if self._settings.bot_token is not None:
            payload["channel"] = self._settings.channel
            event = {"delivery": delivery.id}
            payload["metadata"] = {"event_type": PAYLOAD_EVENT, "event_payload": event}
            if briefing.root and briefing.root.remote_id:
                payload["thread_ts"] = briefing.root.remote_id
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return Parcel(body=body, media_type="application/json; charset=utf-8", subject=message.subject)

    async def send(self, claim: Claim) -> Receipt:
        receipt = await self._post(claim.parcel.body)
        if receipt.status == "thread_not_found":
            receipt = await self._post(_without(claim.parcel.body, "thread_ts"))
        elif receipt.result is SendResult.REJECTED:
            # Blocks that Slack will not have: once more as plain text, rather than not at all.
            receipt = await self._post(_without(claim.parcel.body, "blocks"))
        reach("K9")
        return receipt

    async def _post(self, body: bytes) -> Receipt:
        now = self._context.clock.now()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": self._context.user_agent,
        }
        if self._settings.bot_token is None:
            assert self._settings.webhook_url is not None
            reply = await exchange(self._client, self._settings.webhook_url.get_secret_value(), body, headers)
            return _webhook_receipt(reply, now)
        headers["authorization"] = f"Bearer {self._settings.bot_token.get_secret_value()}"
        reply = await exchange(self._client, f"{self._settings.api_url}/chat.postMessage", body, headers)
        return _api_receipt(reply, now)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """Look for the delivery's metadata in the channel since the doubtful attempt."""
        if self._settings.bot_token is None or claim.doubtful_since is None:
            return None
        since = (claim.doubtful_since - timedelta(minutes=1)).timestamp()
        query: dict[str, Any] = {
            "channel": self._settings.channel,
            "oldest": f"{since:.6f}",
            "include_all_metadata": True,
            "limit": 100,
        }
        method = "conversations.history"
        if claim.root and claim.root.remote_id:
            method, query["ts"] = "conversations.replies", claim.root.remote_id
        headers = {
            "content-type": "application/json; charset=utf-8",
            "authorization": f"Bearer {self._settings.bot_token.get_secret_value()}",
        }
        body = json.dumps(query).encode()
        reply = await exchange(self._client, f"{self._settings.api_url}/{method}", body, headers)
        for message in _json(reply).get("messages", ()):
            payload = message.get("metadata", {}).get("event_payload", {})
            if payload.get("delivery") == claim.delivery.id:
                ts = str(message.get("ts", ""))
                return Receipt(result=SendResult.ACCEPTED, status="found", remote_id=ts, duration=reply.duration)
        return None

    async def test(self, endpoint: str) -> Receipt:
        payload: dict[str, Any] = {"text": fallback_of("This is a test message from Marsad.")}
        if self._settings.bot_token is not None:
            payload["channel"] = self._settings.channel
        return await self._post(json.dumps(payload).encode())

    async def close(self) -> None:
        """Connections live for one message only."""


def _without(body: bytes, key: str) -> bytes:
    payload = json.loads(body)
    payload.pop(key, None)
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _json(reply: Answer) -> dict[str, Any]:
    try:
        value = json.loads(reply.text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _transport(reply: Answer, now: datetime) -> Receipt | None:
    """Ends that do not depend on the mode; None where Slack's own words decide."""
    if reply.refused:
        return Receipt(result=SendResult.MISCONFIGURED, detail=reply.fault, duration=reply.duration)
    if reply.fault:
        result = SendResult.IN_DOUBT if reply.written else SendResult.RETRY
        return Receipt(result=result, detail=reply.fault, overloaded=reply.written, duration=reply.duration)
    if reply.status == 429 or reply.status >= 500:
        return Receipt(
            result=SendResult.RETRY,
            status=str(reply.status),
            detail=f"Slack answered {reply.status}",
            retry_after=reply.retry_after(now),
            overloaded=True,
            duration=reply.duration,
        )
    return None


def _api_receipt(reply: Answer, now: datetime) -> Receipt:
    ended = _transport(reply, now)
    if ended is not None:
        return ended
    answer = _json(reply)
    if answer.get("ok") is True:
        return Receipt(
            result=SendResult.ACCEPTED,
            status="ok",
            remote_id=str(answer.get("ts", "")),
            duration=reply.duration,
        )
    word = str(answer.get("error") or f"status {reply.status}")
    return _by_word(word, reply)


def _webhook_receipt(reply: Answer, now: datetime) -> Receipt:
    ended = _transport(reply, now)
    if ended is not None:
        return ended
    word = reply.text.strip()[:80]
    if reply.status == 200 and word == "ok":
        return Receipt(result=SendResult.ACCEPTED, status="200 ok", duration=reply.duration)
    return _by_word(word or f"status {reply.status}", reply)


def _by_word(word: str, reply: Answer) -> Receipt:
    detail = f"Slack said {word!r}"
    if word in _PASSING:
        result = SendResult.RETRY
    elif word in _DOUBTFUL:
        result = SendResult.IN_DOUBT
    elif word in _MESSAGE:
        result = SendResult.REJECTED
    else:
        result = SendResult.MISCONFIGURED
        detail += "; check the token or webhook, and that the app is in the channel"
    return Receipt(result=result, status=word, detail=detail, answer=reply.text, duration=reply.duration)


KIND = ChannelKind(name="slack", settings=SlackSettings, build=SlackChannel)

"""Webhooks: Standard Webhooks headers and signature around a CloudEvents 1.0 JSON body.

https://github.com/standard-webhooks/standard-webhooks · https://cloudevents.io
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.channels.kind import ChannelContext, ChannelKind, ChannelSettings
from alerts.event import SIZE_CAP, event_of, test_event
from alerts.exchange import Answer, Door, HttpClient, exchange
from alerts.signing import key_of, signature
from news.briefing import Briefing, Claim, Parcel
from news.delivery import Delivery, Receipt, SendResult

_OWN = {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"}
_ABORT = "webhook-delivery"
"""Reply header by which a receiver stops a message (`abort-message`; a convention of Svix)."""


class WebhookSettings(ChannelSettings):
    """`secret` is whsec_ + base64; give `secrets` (new first) while rotating."""

    url: SecretStr = Field(description="Where to POST.")
    secret: SecretStr | None = Field(None, description="Signing secret, whsec_...")
    secrets: list[SecretStr] = Field(default_factory=list, description="Two secrets while rotating.")
    allow_http: bool = Field(False, description="Allow http:// (for receivers on this machine).")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="Further headers.")

    @field_validator("headers")
    @classmethod
    def _not_ours(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name in value:
            if name.lower() in _OWN or name.lower().startswith("webhook-"):
                raise ValueError(f"the header {name!r} is ours to set")
        return value

    @field_validator("secret", "secrets")
    @classmethod
    def _usable(cls, value: Any) -> Any:
        for secret in value if isinstance(value, list) else [value] if value else []:
            key_of(secret.get_secret_value())
        return value

    @model_validator(mode="after")
    def _address(self) -> WebhookSettings:
        url = self.url.get_secret_value()
        if not url.startswith("https://") and not (self.allow_http and url.startswith("http://")):
            raise ValueError("url must begin with https:// (or http:// with allow_http: true)")
        if not self.secret and not self.secrets:
            raise ValueError("a secret is required: whsec_ and base64 of 32 random bytes")
        return self


class WebhookChannel:
    """One endpoint that gets signed events."""

    def __init__(self, name: str, settings: WebhookSettings, context: ChannelContext) -> None:
        self._name, self._settings, self._context = name, settings, context
        secrets = [*([settings.secret] if settings.secret else []), *settings.secrets]
        self._keys = [key_of(secret.get_secret_value()) for secret in secrets]
        door = Door(allow_http=settings.allow_http, allow_networks=context.allow_networks)
        self._client = HttpClient(door)

    def endpoints(self) -> Sequence[str]:
        return (self._name,)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        return _parcel(event_of(delivery, briefing, self._context.install_id))

    async def send(self, claim: Claim) -> Receipt:
        return await self._post(claim.delivery.id, claim.parcel.body, claim.attempt)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """Cannot be asked; the receiver keys on the id."""
        return None

    async def test(self, endpoint: str) -> Receipt:
        now = self._context.clock.now()
        event = test_event(self._context.install_id, now)
        return await self._post(event["id"], _parcel(event).body, 1)

    async def _post(self, message_id: str, body: bytes, attempt: int) -> Receipt:
        now = self._context.clock.now()
        timestamp = int(now.timestamp())
        headers = {name: value.get_secret_value() for name, value in self._settings.headers.items()}
        headers |= {
            "content-type": "application/json",
            "user-agent": self._context.user_agent,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._keys, message_id, timestamp, body),
            "webhook-attempt": str(attempt),
        }
        reply = await exchange(self._client, self._settings.url.get_secret_value(), body, headers)
        return receipt_of(reply, reply.retry_after(now))

    async def close(self) -> None:
        """Connections live for one message only."""


def receipt_of(reply: Answer, retry_after: timedelta | None) -> Receipt:
    """What a reply means (delivery contract, 2.2)."""
    status = reply.status
    common: dict[str, Any] = {"answer": reply.text, "duration": reply.duration}
    if reply.refused:
        return Receipt(result=SendResult.MISCONFIGURED, detail=reply.fault, **common)
    if reply.fault:
        result = SendResult.IN_DOUBT if reply.written else SendResult.RETRY
        return Receipt(result=result, status="", detail=reply.fault, overloaded=reply.written, **common)
    common["status"] = str(status)
    headers = reply.headers
    if 200 <= status < 300:
        return Receipt(result=SendResult.ACCEPTED, **common)
    if headers.get(_ABORT) == "abort-message":
        return Receipt(result=SendResult.ABORTED, detail=f"answered {status}, abort-message", **common)
    if 300 <= status < 400:
        why = f"answered {status}: the receiver has moved; update its url (redirects are not followed)"
        return Receipt(result=SendResult.MISCONFIGURED, detail=why, **common)
    if status == 410:
        return Receipt(result=SendResult.GONE, detail="answered 410: wants no more messages", **common)
    if status in (401, 403, 404):
        why = f"answered {status}: check the receiver's url and secret"
        return Receipt(result=SendResult.MISCONFIGURED, detail=why, **common)
    if status in (408, 425, 429) or status >= 500:
        return Receipt(
            result=SendResult.RETRY,
            detail=f"answered {status}",
            retry_after=retry_after,
            overloaded=status in (429, 502, 504),
            **common,
        )
    return Receipt(result=SendResult.REJECTED, detail=f"answered {status}", **common)


def _parcel(event: dict[str, Any]) -> Parcel:
    """Serialised once: these bytes are stored, signed and sent."""
    data = event.get("data", {})
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    while len(body) > SIZE_CAP and len(data.get("articles", ())) > 1:
        data["articles"] = data["articles"][: len(data["articles"]) // 2]
        data["articles_left_out"] = data["article_count"] - len(data["articles"])
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return Parcel(body=body, media_type="application/json", subject=str(event["subject"]))


KIND = ChannelKind(name="webhook", settings=WebhookSettings, build=WebhookChannel)

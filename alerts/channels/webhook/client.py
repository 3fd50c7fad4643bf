"""A webhook receiver: parcels in, signed posts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts import receipts
from alerts.address import parts_to_hide
from alerts.channels.webhook.event import (
    CANARY_TYPE,
    NOTICE_TYPE,
    TEST_TYPE,
    digest_event,
    encode,
    envelope,
    story_event,
)
from alerts.channels.webhook.settings import WebhookSettings
from alerts.digest import compose_digest
from alerts.http import Door, HttpClient, NotAllowed, Unanswered
from alerts.kind import ChannelContext
from alerts.message import compose
from alerts.signing import Key, key_of, signature
from alerts.tls import context_of
from alerts.wording import TEST, canary_notice
from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel, Roundup
from news.delivery import Delivery, Receipt
from news.notice import Notice


class WebhookChannel:
    """Posts to one address. Receivers key on `webhook-id`: at least once, same id and bytes."""

    def __init__(self, name: str, settings: WebhookSettings, context: ChannelContext) -> None:
        self._name, self._context = name, context
        self._url = settings.url.get_secret_value()
        self._keys = [key_of(secret.get_secret_value()) for secret in settings.secret]
        previous = settings.previous_secret
        self._previous = key_of(previous.get_secret_value()) if previous else None
        self._previous_until = settings.previous_until
        self._media_type = settings.content_type
        self._extra = {k: v.get_secret_value() for k, v in settings.headers.items()}
        self._secrets = secrets_in(settings)
        self._http = HttpClient(
            Door(
                allow_http=settings.allow_http,
                allow_networks=context.allow_networks,
                allow_ports=tuple(settings.allow_ports),
                tls=context_of(settings.ca_file),
            ),
            total=timedelta(seconds=settings.timeout),
        )

    def endpoints(self) -> Sequence[str]:
        return (self._name,)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        if delivery.kind is AlertKind.CANARY:
            return self._canary(delivery)
        message = compose(delivery, briefing, self._context.links)
        body = story_event(message, self._context.install_id)
        return Parcel(body=body, media_type=self._media_type, subject=message.headline.text)

    def render_digest(self, delivery: Delivery, roundup: Roundup) -> Parcel:
        digest = compose_digest(delivery, roundup, self._context.links)
        body = digest_event(digest, self._context.install_id)
        return Parcel(body=body, media_type=self._media_type, subject=digest.subject)

    def _canary(self, delivery: Delivery) -> Parcel:
        notice = canary_notice(delivery)
        event = envelope(
            id=delivery.id,
            type=CANARY_TYPE,
            subject=f"endpoint/{delivery.endpoint}",
            at=notice.at,
            install_id=self._context.install_id,
            data={"endpoint": delivery.endpoint, "message": notice.text},
        )
        return Parcel(body=encode(event), media_type=self._media_type, subject=notice.subject)

    async def send(self, claim: Claim) -> Receipt:
        return await self._post(claim.delivery.id, claim.parcel.body, claim.attempt)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """A webhook cannot be asked; the receiver's own ids make the repeat harmless."""
        return None

    def preview(self, claim: Claim) -> str:
        body = claim.parcel.body
        headers = self._headers(claim.delivery.id, body, claim.attempt, self._context.clock.now())
        shown = headers | dict.fromkeys(self._extra, receipts.MASK)
        lines = [f"{name}: {shown[name]}" for name in headers]
        return "\n".join(["POST", *lines, "", body.decode()])

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        message_id = f"msg_{notice.id}"
        told: dict[str, str] = {"endpoint": endpoint, "message": notice.text}
        if notice.kind != TEST:
            told |= {"kind": notice.kind, "title": notice.subject}
        event = envelope(
            id=message_id,
            type=TEST_TYPE if notice.kind == TEST else NOTICE_TYPE,
            subject=f"endpoint/{endpoint}",
            at=notice.at,
            install_id=self._context.install_id,
            data=told,
        )
        return await self._post(message_id, encode(event), 1)

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    def _headers(self, message_id: str, body: bytes, attempt: int, now: datetime) -> dict[str, str]:
        at = int(now.timestamp())
        return {
            **self._extra,
            "content-type": self._media_type,
            "user-agent": self._context.user_agent,
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._signers(now), message_id, at, body),
            "webhook-attempt": str(attempt),
        }

    def _signers(self, now: datetime) -> list[Key]:
        """The keys in force: during a rotation the one before too, whatever the receiver has yet."""
        if self._previous is None or self._previous_until is None or now >= self._previous_until:
            return self._keys
        return [*self._keys, self._previous]

    async def _post(self, message_id: str, body: bytes, attempt: int) -> Receipt:
        clock = self._context.clock
        now, began = clock.now(), clock.monotonic()
        try:
            reply = await self._http.post(self._url, body, self._headers(message_id, body, attempt, now))
            receipt = receipts.of_reply(reply, clock.now(), self._secrets)
        except (Unanswered, NotAllowed) as error:
            receipt = receipts.of_failure(error)
        return replace(receipt, duration=timedelta(seconds=clock.monotonic() - began))


def secrets_in(settings: WebhookSettings) -> tuple[str, ...]:
    """What must not be kept of a reply: the address and its telling parts, keys, headers."""
    keys = settings.every_secret
    values = [value.get_secret_value() for value in settings.headers.values()]
    bare = (key.partition("_")[2] for key in keys)
    return (*parts_to_hide(settings.url.get_secret_value()), *keys, *bare, *values)

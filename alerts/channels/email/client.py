"""An e-mail receiver: parcels in, one SMTP transaction per recipient out."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.channels.email.mime import Letter, mail
from alerts.channels.email.page import digest_page, html, notice_page
from alerts.channels.email.settings import EmailSettings
from alerts.channels.email.smtp import Relay, transact
from alerts.channels.email.text import plain, plain_digest
from alerts.clean import clean
from alerts.digest import compose_digest
from alerts.kind import ChannelContext
from alerts.message import Message, compose
from alerts.tls import context_of
from alerts.wording import canary_notice, notice_text
from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel, Root, Roundup
from news.delivery import Delivery, Receipt
from news.notice import Notice

MEDIA_TYPE = "message/rfc822"


class EmailChannel:
    """Each recipient is an endpoint of its own: one refused address costs the others nothing."""

    def __init__(self, name: str, settings: EmailSettings, context: ChannelContext) -> None:
        self._name, self._settings, self._context = name, settings, context
        password = settings.password
        self._relay = Relay(
            host=settings.host,
            port=settings.relay_port,
            security=settings.security,
            username=settings.username,
            password=password.get_secret_value() if password else "",
            tls=_tls(settings),
            local_hostname=settings.domain,
        )

    def endpoints(self) -> Sequence[str]:
        return [f"{self._name}/{address}" for address in self._settings.to]

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        if delivery.kind is AlertKind.CANARY:
            notice = canary_notice(delivery)
            letter = self._letter(delivery, briefing, notice.subject)
            body = mail(letter, f"{notice_text(notice)}\n", notice_page(notice))
            return Parcel(body=body, media_type=MEDIA_TYPE, subject=notice.subject)
        message = compose(delivery, briefing, self._context.links)
        subject = _subject(message, briefing.root)
        body = mail(self._letter(delivery, briefing, subject), plain(message), html(message))
        return Parcel(body=body, media_type=MEDIA_TYPE, subject=subject)

    def _letter(self, delivery: Delivery, briefing: Briefing, subject: str) -> Letter:
        follows = briefing.follows
        return Letter(
            message_id=self._message_id(delivery.id),
            at=delivery.created_at,
            sender=self._settings.sender,
            recipient=_recipient(delivery.endpoint),
            subject=subject,
            list_name=self._name,
            domain=self._settings.domain,
            story=delivery.story_id,
            references=[self._message_id(i) for i in _earlier(briefing.root)],
            follows=self._message_id(follows.root) if follows and follows.root else "",
            unsubscribe=self._unsubscribe(delivery.endpoint, delivery.created_at),
        )

    def render_digest(self, delivery: Delivery, roundup: Roundup) -> Parcel:
        digest = compose_digest(delivery, roundup, self._context.links)
        letter = Letter(
            message_id=self._message_id(delivery.id),
            at=delivery.created_at,
            sender=self._settings.sender,
            recipient=_recipient(delivery.endpoint),
            subject=digest.subject,
            list_name=self._name,
            domain=self._settings.domain,
            unsubscribe=self._unsubscribe(delivery.endpoint, delivery.created_at),
        )
        body = mail(letter, plain_digest(digest), digest_page(digest))
        return Parcel(body=body, media_type=MEDIA_TYPE, subject=digest.subject)

    async def send(self, claim: Claim) -> Receipt:
        return await self._transact(claim.delivery.endpoint, claim.parcel.body)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """A mailbox cannot be asked; the repeat bears the same Message-ID."""
        return None

    def preview(self, claim: Claim) -> str:
        return claim.parcel.body.decode("ascii").replace("\r\n", "\n")

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        letter = Letter(
            message_id=self._message_id(notice.id),
            at=notice.at,
            sender=self._settings.sender,
            recipient=_recipient(endpoint),
            subject=clean(notice.subject, 200),
            list_name=self._name,
            domain=self._settings.domain,
            unsubscribe=self._unsubscribe(endpoint, notice.at),
        )
        return await self._transact(endpoint, mail(letter, f"{notice_text(notice)}\n", notice_page(notice)))

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    async def _transact(self, endpoint: str, body: bytes) -> Receipt:
        clock = self._context.clock
        began = clock.monotonic()
        sender = self._settings.sender[1]
        receipt = await transact(self._relay, sender, _recipient(endpoint), body)
        return replace(receipt, duration=timedelta(seconds=clock.monotonic() - began))

    def _unsubscribe(self, endpoint: str, at: datetime) -> str:
        links = self._context.links
        return links.unsubscribe(endpoint, at) if links else ""

    def _message_id(self, delivery_id: str) -> str:
        return f"{delivery_id}@{self._settings.domain}"


def _tls(settings: EmailSettings) -> ssl.SSLContext | None:
    """Made once: reading the authorities takes longer than handing over a mail."""
    if settings.security == "plain":
        return None
    return context_of(settings.ca_file) or ssl.create_default_context()


def _recipient(endpoint: str) -> str:
    return endpoint.partition("/")[2]


def _subject(message: Message, root: Root | None) -> str:
    """Several mail programs thread on the subject as well as on the references."""
    if root is not None and root.subject:
        return f"Re: {root.subject}"
    return message.headline.text


def _earlier(root: Root | None) -> list[str]:
    """The thread's first message and its latest, once each."""
    if root is None:
        return []
    return list(dict.fromkeys(filter(None, (root.delivery_id, root.last_delivery))))

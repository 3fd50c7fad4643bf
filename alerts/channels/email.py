"""E-mail over SMTP, phase by phase, one transaction per recipient. Only home of aiosmtplib."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Any, Literal

import aiosmtplib
from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.channels.kind import ChannelContext, ChannelKind, ChannelSettings
from alerts.clean import clean
from alerts.mail import mail_bytes
from alerts.message import Marked, Message, compose
from alerts.rfc2047 import encode
from news.briefing import Briefing, Claim, Parcel
from news.delivery import Delivery, Receipt, SendResult
from news.failpoint import reach

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
TIMEOUT = 20.0
FINAL_TIMEOUT = 45.0
"""For the reply after the final dot: RFC 5321 says ten minutes, the lease says one."""
GREYLIST_WAIT = timedelta(minutes=5)


class EmailSettings(ChannelSettings):
    """TLS is required; `security: plain` only towards this machine, or with `allow_plain`."""

    host: str = Field(description="The mail relay.")
    port: int = Field(587, ge=1, le=65535, description="465 for tls, 587 for starttls.")
    security: Literal["tls", "starttls", "plain"] = Field("starttls", description="How it is encrypted.")
    allow_plain: bool = Field(False, description="Allow an unencrypted relay on another machine.")
    username: SecretStr | None = Field(None, description="User at the relay.")
    password: SecretStr | None = Field(None, description="Password at the relay.")
    sender: str = Field(alias="from", description="`Name <address>` of the sender.")
    to: list[str] = Field(min_length=1, description="Recipients; each gets a mail of its own.")

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for address in value:
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"{address!r} is not an address like desk@example.org")
        return value

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not _ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError(f"{value!r} is not a sender like 'Marsad <marsad@example.org>'")
        return value

    @model_validator(mode="after")
    def _encrypted(self) -> EmailSettings:
        if self.security == "plain" and not self.allow_plain and not _is_local(self.host):
            raise ValueError("security: plain is allowed to this machine only (or with allow_plain: true)")
        return self


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class EmailChannel:
    """One relay and its recipients."""

    def __init__(self, name: str, settings: EmailSettings, context: ChannelContext) -> None:
        self._name, self._settings, self._context = name, settings, context
        display, self._from = parseaddr(settings.sender)
        self._domain = self._from.rpartition("@")[2]
        shown = clean(display)
        self._sender = f"{encode(shown, first=6)} <{self._from}>" if shown else self._from
        if shown and shown.isascii():
            escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
            self._sender = f'"{escaped}" <{self._from}>'

    def endpoints(self) -> Sequence[str]:
        return tuple(f"{self._name}/{address}" for address in self._settings.to)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        message = compose(briefing)
        root = briefing.root
        ids = [root.delivery_id, root.last_delivery] if root else []
        body = self._mail(message, delivery, [self._id(name) for name in ids if name])
        return Parcel(body=body, media_type="message/rfc822", subject=message.subject)

    def _mail(self, message: Message, delivery: Delivery, references: Sequence[str]) -> bytes:
        return mail_bytes(
            message,
            sender=self._sender,
            recipient=_recipient(delivery.endpoint),
            message_id=self._id(delivery.id),
            references=references,
            sent_at=delivery.created_at,
            list_id=f"<{self._name}.marsad.{self._domain}>",
        )

    def _id(self, delivery_id: str) -> str:
        """Constant over retries: the mailbox may fold a repeat."""
        return f"<{delivery_id}@{self._domain}>"

    async def send(self, claim: Claim) -> Receipt:
        return await self._submit(_recipient(claim.delivery.endpoint), claim.parcel.body)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """A relay cannot be asked; the Message-ID is the same."""
        return None

    async def test(self, endpoint: str) -> Receipt:
        from news.alert import AlertKind
        from news.delivery import DeliveryState

        now = self._context.clock.now()
        text = "This is a test message from Marsad. Nothing has happened."
        message = Message(
            label="Test",
            subject="Marsad: test message",
            title=Marked(pieces=((text, False),), language="en", direction="ltr"),
            former_title="",
            counter="",
            findings=(),
            reports=(),
            left_out=0,
            story_id="test",
        )
        delivery = Delivery(
            id=f"test-{int(now.timestamp() * 1000)}",
            alert_id="",
            story_id="test",
            story_revision=0,
            kind=AlertKind.MATCHED,
            endpoint=endpoint,
            state=DeliveryState.SENDING,
            created_at=now,
            ready_at=now,
            expires_at=now,
        )
        return await self._submit(_recipient(endpoint), self._mail(message, delivery, ()))

    async def _submit(self, recipient: str, body: bytes) -> Receipt:
        begun = time.monotonic()
        client = self._client()
        dotted = False
        try:
            await client.connect()
            if self._settings.username is not None and self._settings.password is not None:
                await client.login(
                    self._settings.username.get_secret_value(), self._settings.password.get_secret_value()
                )
            await client.mail(self._from)
            await client.rcpt(recipient)
            reach("K5")
            dotted = True
            response = await client.data(body, timeout=FINAL_TIMEOUT)
            reach("K15")
            receipt = _accepted(response)
        except aiosmtplib.SMTPAuthenticationError as error:
            receipt = _refusal(error.code, "the relay refused our login", SendResult.MISCONFIGURED)
        except aiosmtplib.SMTPResponseException as error:
            receipt = _by_code(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            receipt = _broken(error, dotted)
        finally:
            client.close()
        seconds = timedelta(seconds=time.monotonic() - begun)
        return Receipt(
            **{name: getattr(receipt, name) for name in Receipt.__slots__ if name != "duration"},
            duration=seconds,
        )

    def _client(self) -> aiosmtplib.SMTP:
        security = self._settings.security
        return aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            timeout=TIMEOUT,
            use_tls=security == "tls",
            # True demands STARTTLS; the library's default would go on in plain text.
            start_tls=security == "starttls",
            local_hostname=self._domain,
        )

    async def close(self) -> None:
        """Connections live for one message only."""


def _recipient(endpoint: str) -> str:
    return endpoint.partition("/")[2]


def _accepted(response: Any) -> Receipt:
    """250 means that the relay took it; the queue id is in its words."""
    words = str(response.message)[:500]
    return Receipt(result=SendResult.ACCEPTED, status=str(response.code), answer=words, remote_id=words[:120])


def _refusal(code: int, detail: str, result: SendResult) -> Receipt:
    return Receipt(result=result, status=str(code), detail=f"{detail} ({code})")


def _by_code(code: int, message: str) -> Receipt:
    words = clean(str(message))[:300]
    if 400 <= code < 500:
        grey = GREYLIST_WAIT if code in (421, 450, 451, 452) else None
        return Receipt(
            result=SendResult.RETRY,
            status=str(code),
            detail=f"the relay said later: {words}",
            retry_after=grey,
        )
    if code in (530, 535, 538):
        return _refusal(code, f"the relay wants another login: {words}", SendResult.MISCONFIGURED)
    if code == -1:
        return Receipt(result=SendResult.RETRY, detail=words)
    return Receipt(result=SendResult.ABORTED, status=str(code), detail=f"the relay refused: {words}")


def _broken(error: BaseException, dotted: bool) -> Receipt:
    name = type(error).__name__
    if dotted:
        why = f"the connection ended while the relay was accepting the message ({name})"
        return Receipt(result=SendResult.IN_DOUBT, detail=why, overloaded=True)
    if isinstance(error, aiosmtplib.SMTPException) and "STARTTLS" in str(error):
        why = "the relay does not offer encryption (STARTTLS); nothing was sent"
        return Receipt(result=SendResult.MISCONFIGURED, detail=why)
    return Receipt(result=SendResult.RETRY, detail=f"no connection to the relay ({name})")


KIND = ChannelKind(name="email", settings=EmailSettings, build=EmailChannel)

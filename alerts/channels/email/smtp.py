"""One SMTP transaction, step by step, so that it is known at which step it ended.

Everything before the final dot is certain: the mail was not taken. A connection lost after it
leaves the mail in doubt. Replies by RFC 5321, 4.2 and RFC 3463.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from datetime import timedelta

import aiosmtplib

from news.delivery import Receipt, SendResult
from news.failpoint import reach

STEPS = timedelta(seconds=20)
"""For everything up to the body. The greeting has no limit of its own: relays hold it back for seconds
to see who talks too soon (postscreen six) or while they look up our name (RFC 5321, 4.5.3.2.1: minutes)."""

FINAL = timedelta(seconds=25)
"""For the reply to the final dot. RFC 5321 wants ten minutes, but the lease is one: what comes
later is asked for again under the same Message-ID."""

GREYLIST = timedelta(minutes=5)
_DELAYED = frozenset({421, 450, 451, 452})
_NOBODY = re.compile(r"\b5\.(1\.[1236]|2\.1)\b")
"""Enhanced codes for a mailbox that is not there, moved or disabled."""

_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}")
_QUEUED = re.compile(r"queued as ([A-Za-z0-9._-]{1,64})|^2\.\d\.\d ([0-9a-f]{8,32})\b", re.IGNORECASE)
"""Postfix and most others say so; OpenSMTPD's name for the message follows the enhanced code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """How to reach the relay; `password` is never shown."""

    host: str
    port: int
    security: str
    username: str
    password: str
    tls: ssl.SSLContext | None
    local_hostname: str


class _Step:
    """Where the transaction stands."""

    name = "connect"
    body_begun = False


async def transact(relay: Relay, sender: str, recipient: str, message: bytes) -> Receipt:
    """Hand one message to the relay. Never raises but for cancellation."""
    step = _Step()
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.security == "tls",
        start_tls=False,
        tls_context=relay.tls,
        timeout=STEPS.total_seconds(),
        local_hostname=relay.local_hostname,
    )
    try:
        async with asyncio.timeout(STEPS.total_seconds()):
            await _envelope(client, relay, sender, recipient, step)
        return await _body(client, message, step)
    except (OSError, ValueError, TimeoutError, aiosmtplib.SMTPException) as error:
        return _failure(error, step)
    finally:
        client.close()


async def _envelope(client: aiosmtplib.SMTP, relay: Relay, sender: str, recipient: str, step: _Step) -> None:
    await client.connect(timeout=STEPS.total_seconds())
    if relay.security == "starttls":
        step.name = "STARTTLS"
        await client.starttls()
    if relay.username:
        step.name = "AUTH"
        await client.login(relay.username, relay.password)
    step.name = "MAIL"
    await client.mail(sender)
    step.name = "RCPT"
    await client.rcpt(recipient)
    step.name = "DATA"
    response = await client.execute_command(b"DATA")
    if response.code != 354:
        raise aiosmtplib.SMTPDataError(response.code, response.message)


async def _body(client: aiosmtplib.SMTP, message: bytes, step: _Step) -> Receipt:
    protocol = client.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("gone")
    reach("K5")
    step.name, step.body_begun = "the message", True
    protocol.write(message + b".\r\n")
    reach("K15")
    reach("K6")
    response = await protocol.read_response(timeout=FINAL.total_seconds())
    if response.code != 250:
        raise aiosmtplib.SMTPDataError(response.code, response.message)
    queued = _QUEUED.search(response.message)
    await _quit(client)
    return Receipt(
        result=SendResult.ACCEPTED,
        status="250",
        answer=response.message[:4096].replace("\0", ""),
        remote_id=(queued[1] or queued[2]) if queued else "",
    )


async def _quit(client: aiosmtplib.SMTP) -> None:
    """Polite, but it must not cost an accepted mail its receipt."""
    try:
        await client.quit(timeout=2)
    except (OSError, aiosmtplib.SMTPException):
        client.close()


def _failure(error: BaseException, step: _Step) -> Receipt:
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        return _refusal(error.code, error.message, step)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or (
        isinstance(error, aiosmtplib.SMTPException) and "not support" in str(error)
    ):
        detail = f"the relay does not offer {step.name}"
        return Receipt(result=SendResult.MISCONFIGURED, status="refused", detail=detail)
    late = isinstance(error, TimeoutError)
    status = "time-out" if late else "unanswered"
    if step.body_begun:
        detail = "the relay did not answer after the message"
        result = SendResult.IN_DOUBT
    else:
        detail = f"{_words(error, late)} at {step.name}"
        result = SendResult.RETRY
    return Receipt(result=result, status=status, detail=detail, overloaded=late)


def _words(error: BaseException, late: bool) -> str:
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"the relay's certificate is not valid ({found.verify_message.split(',')[0]})"
        found = found.__cause__ or found.__context__
    return "the relay did not answer in time" if late else "the relay was not reached or hung up"


def _refusal(code: int, text: str, step: _Step) -> Receipt:
    """4xx passes; 5xx is about the step it came at."""
    enhanced = _ENHANCED.match(text)
    status = f"{code} {enhanced[0]}" if enhanced else str(code)
    detail = f"the relay answered {status} at {step.name}"
    if step.name == "AUTH":
        detail += ": see username and password"
    if code < 500:
        wait = GREYLIST if code in _DELAYED else None
        return Receipt(result=SendResult.RETRY, status=status, detail=detail, retry_after=wait)
    if step.name == "RCPT":
        gone = _NOBODY.match(enhanced[0]) if enhanced else None
        result = SendResult.GONE if gone else SendResult.ABORTED
    elif step.name == "the message":
        result = SendResult.ABORTED
    else:
        result = SendResult.MISCONFIGURED
    return Receipt(result=result, status=status, detail=detail)

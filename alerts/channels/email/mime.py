"""The bytes of a mail: headers and two texts in, an RFC 5322 message with CRLF out.

Both parts are base64: no dot-stuffing, no bare line ends, no line length to care for, and a
relay cannot mistake anything in them for SMTP.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from alerts.clean import clean
from alerts.rfc2047 import address_header, header

_SPECIAL = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes into the headers. Ids are bare (no angle brackets); `references` oldest first;
    `follows` is the first mail about the story that this one goes on from: named, but no reply to it;
    `unsubscribe` is an https address, or empty."""

    message_id: str
    at: datetime
    sender: tuple[str, str]
    recipient: str
    subject: str
    list_name: str
    domain: str
    story: str = ""
    references: Sequence[str] = ()
    follows: str = ""
    unsubscribe: str = ""


def mail(letter: Letter, text: str, html: str) -> bytes:
    """The whole message. Constant for equal input: Date and ids come from the letter."""
    boundary = f"=_{_SPECIAL.sub('', letter.message_id)[:60]}"
    parts = f"--{boundary}\r\n{_part('plain', text)}--{boundary}\r\n{_part('html', html)}"
    return f"{_headers(letter, boundary)}\r\n{parts}--{boundary}--\r\n".encode("ascii")


def _headers(letter: Letter, boundary: str) -> str:
    name, address = letter.sender
    lines = [
        header("Message-ID", f"<{letter.message_id}>"),
        header("Date", format_datetime(letter.at)),
        address_header("From", clean(name, 100), address),
        header("To", letter.recipient),
        header("Subject", clean(letter.subject, 250)),
        header("List-Id", f"<{_SPECIAL.sub('-', letter.list_name)}.{letter.domain}>"),
        header("Auto-Submitted", "auto-generated"),
        header("X-Auto-Response-Suppress", "All"),
    ]
    if letter.unsubscribe:
        # RFC 8058: both, and the relay's DKIM signature must cover them.
        lines.append(f"List-Unsubscribe:\r\n <{letter.unsubscribe}>\r\n")
        lines.append(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if letter.story:
        lines.append(header("X-Marsad-Story", clean(letter.story, 200)))
    if letter.references:
        lines.append(header("In-Reply-To", f"<{letter.references[-1]}>"))
        lines.append("References: " + "\r\n ".join(f"<{r}>" for r in letter.references) + "\r\n")
    elif letter.follows:
        lines.append(header("References", f"<{letter.follows}>"))
    lines.append("MIME-Version: 1.0\r\n")
    lines.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n')
    return "".join(lines)


def _part(subtype: str, text: str) -> str:
    encoded = base64.encodebytes(text.encode("utf-8", "replace")).decode().replace("\n", "\r\n")
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"

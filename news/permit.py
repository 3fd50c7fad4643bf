"""Permits: links that let whoever holds them do one thing, for a while. Signed, not stored.

A token is `payload.signature`, both base64url. The payload names purpose, subject, end and a keyed
digest of the endpoint it was given to: no mail address stands in a proxy's log.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_CONTEXT = b"marsad permit 1\x00"
_SIGNATURE_BYTES = 20
"""160 bits: far beyond guessing, and the link stays short."""
_DIGEST_BYTES = 9
_LONGEST = 1000


class Purpose(StrEnum):
    """What a permit is for; one for one thing is refused for any other."""

    MUTE_STORY = "story"
    MUTE_RULE = "rule"
    UNSUBSCRIBE = "mail"


class Fault(StrEnum):
    """Why a token is refused."""

    FORGED = "forged"
    OTHER = "other"
    EXPIRED = "expired"
    STRANGER = "stranger"


class Refused(Exception):
    """A token that permits nothing (here, now, any more)."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What its holder may do until `expires_at`. `endpoint` is whom it was given to."""

    purpose: Purpose
    subject: str
    endpoint: str
    expires_at: datetime


class Seal:
    """Signs with the first secret and accepts what any of them signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a seal needs a secret")
        self._keys = [hashlib.sha256(_CONTEXT + secret.encode()).digest() for secret in secrets]

    def token(self, permit: Permit) -> str:
        """The token of a permit; the same permit gives the same token."""
        key = self._keys[0]
        parts = (
            permit.purpose.value,
            permit.subject,
            str(int(permit.expires_at.timestamp())),
            _digest(key, permit.endpoint),
        )
        payload = "\n".join(parts).encode()
        return f"{_encode(payload)}.{_encode(_signature(key, payload))}"

    def read(self, token: str, purpose: Purpose, endpoints: Iterable[str], now: datetime) -> Permit:
        """The permit of a token. Raises Refused: FORGED unless we signed it, OTHER if it is for
        something else, EXPIRED, or STRANGER if its endpoint is none of `endpoints`."""
        payload, key = self._verified(token)
        given, subject, end, digest = payload.decode().split("\n")
        if given != purpose.value:
            raise Refused(Fault.OTHER)
        expires_at = datetime.fromtimestamp(int(end), UTC)
        if expires_at <= now:
            raise Refused(Fault.EXPIRED)
        endpoint = next((e for e in endpoints if hmac.compare_digest(_digest(key, e), digest)), None)
        if endpoint is None:
            raise Refused(Fault.STRANGER)
        return Permit(purpose=purpose, subject=subject, endpoint=endpoint, expires_at=expires_at)

    def _verified(self, token: str) -> tuple[bytes, bytes]:
        """Payload and key; the signature is compared before anything of the payload is believed."""
        encoded, _, signature = token.partition(".")
        if len(token) > _LONGEST:
            raise Refused(Fault.FORGED)
        try:
            payload, given = _decode(encoded), _decode(signature)
        except (binascii.Error, ValueError):
            raise Refused(Fault.FORGED) from None
        if (_encode(payload), _encode(given)) != (encoded, signature):
            raise Refused(Fault.FORGED)  # another spelling of the same bytes
        for key in self._keys:
            if hmac.compare_digest(_signature(key, payload), given):
                return payload, key
        raise Refused(Fault.FORGED)


def _signature(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _digest(key: bytes, endpoint: str) -> str:
    return _encode(hmac.new(key, b"endpoint\x00" + endpoint.encode(), hashlib.sha256).digest()[:_DIGEST_BYTES])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)

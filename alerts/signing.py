"""Standard Webhooks: secrets and bytes in, the `webhook-signature` header out.

v1 is HMAC-SHA256 with a shared secret (`whsec_`), v1a ed25519 with a private key (`whsk_`) whose
public half (`whpk_`) the receiver holds: it can check, and cannot sign.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"


class Key(Protocol):
    """Signs bytes: `v1,…` or `v1a,…`."""

    def sign(self, signed: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A secret that both sides hold."""

    secret: bytes = field(repr=False)

    def sign(self, signed: bytes) -> str:
        return f"v1,{base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()}"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The half of an ed25519 pair that only we hold."""

    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, signed: bytes) -> str:
        return f"v1a,{base64.b64encode(self.private.sign(signed)).decode()}"

    @property
    def public(self) -> str:
        """What the receiver checks with."""
        return PUBLIC + base64.b64encode(self.private.public_key().public_bytes_raw()).decode()


def key_of(text: str) -> Key:
    """The key of a `whsec_` secret or a `whsk_` key. Raises ValueError, which never quotes it."""
    if text.startswith(PRIVATE):
        return private_key(_decoded(text.removeprefix(PRIVATE), "a private webhook key is whsk_ and base64"))
    if not text.startswith(PREFIX):
        raise ValueError("a webhook secret begins with whsec_ (or whsk_ for ed25519)")
    secret = _decoded(text.removeprefix(PREFIX), "a webhook secret is whsec_ and base64")
    if not 24 <= len(secret) <= 64:
        raise ValueError(f"a webhook secret holds 24 to 64 bytes, not {len(secret)}")
    return SharedSecret(secret)


def private_key(data: bytes) -> PrivateKey:
    """An ed25519 key of its 32 secret bytes, or of those and the 32 public ones."""
    if len(data) not in (32, 64):
        raise ValueError(f"a private webhook key holds 32 or 64 bytes, not {len(data)}")
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise ValueError("whsk_ keys need: pip install 'marsad[ed25519]'") from None
    private = Ed25519PrivateKey.from_private_bytes(data[:32])
    if data[32:] not in (b"", private.public_key().public_bytes_raw()):
        raise ValueError("the two halves of the private webhook key do not belong together")
    return PrivateKey(private)


def new_secret() -> str:
    """A fresh shared secret."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def new_pair() -> tuple[str, str]:
    """A fresh private key and its public half."""
    seed = os.urandom(32)
    return PRIVATE + base64.b64encode(seed).decode(), private_key(seed).public


def signature(keys: Iterable[Key], message_id: str, timestamp: int, body: bytes) -> str:
    """One item per key, separated by blanks: with two keys while they are rotated."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(key.sign(signed) for key in keys)


def _decoded(encoded: str, wrong: str) -> bytes:
    if any(char.isspace() for char in encoded):
        raise ValueError(f"{wrong} in one piece: there is a space or a line break in it")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        raise ValueError(wrong) from None

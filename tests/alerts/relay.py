"""A real SMTP server on loopback, with certificates made for the test and replies as told."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


def certificate(folder: Path, *, old: bool = False) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1: its PEM file, and a server's context. `old`: RSA."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = ec.generate_private_key(ec.SECP256R1())
    if old:
        key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "ca.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, secret)
    return file, context


@dataclass
class Relay:
    """`replies` maps RCPT or DATA to what is answered; `mails` is what was taken."""

    tls: ssl.SSLContext | None = None
    starttls: bool = True
    implicit: bool = False
    password: str = ""
    replies: dict[str, str] = field(default_factory=dict)
    hang_up_after_dot: bool = False
    on_dot: Callable[[], None] | None = None
    mails: list[Envelope] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        kind = self.tls if self.implicit else None
        self._server = await loop.create_server(self._session, "127.0.0.1", 0, ssl=kind)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def _session(self) -> SMTP:
        offered = self.tls if self.tls and self.starttls and not self.implicit else None
        with warnings.catch_warnings():
            # It does not see that it is inside TLS already, and warns of AUTH in the clear.
            warnings.simplefilter("ignore")
            return self._server_side(offered)

    def _server_side(self, offered: ssl.SSLContext | None) -> SMTP:
        return SMTP(
            self,
            hostname="relay.test",
            tls_context=offered,
            require_starttls=offered is not None,
            authenticator=self._judge if self.password else None,
            auth_required=bool(self.password),
            auth_require_tls=not self.implicit,
            loop=asyncio.get_running_loop(),
        )

    def _judge(self, _s: Any, _se: Any, _e: Any, mechanism: str, data: Any) -> AuthResult:
        self.commands.append(f"AUTH {mechanism}")
        return AuthResult(success=data.password == self.password.encode(), handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.mails.append(envelope)
        if self.hang_up_after_dot:
            self.hang_up_after_dot = False
            server.transport.abort()
            return "250 lost"
        return "250 2.0.0 OK: queued as 4F1B2C"

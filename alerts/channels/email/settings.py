"""Settings of an e-mail receiver."""

from __future__ import annotations

import re
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from alerts.clean import clean
from alerts.kind import ReceiverSettings

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")
PORTS = {"tls": 465, "starttls": 587, "plain": 25}


def _address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise ValueError("this is not a mail address we can use (local@domain, ASCII)")
    return value


def _mailbox(value: str) -> str:
    if clean(value) != value:
        raise ValueError("a mail address holds no control characters")
    _address(parseaddr(value)[1])
    return value


def _domain(value: str) -> str:
    if value and not _DOMAIN.fullmatch(value):
        raise ValueError("this is not a domain")
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_address)]


class EmailSettings(ReceiverSettings):
    """The relay, and who gets mail from whom."""

    host: str = Field(min_length=1, max_length=253, description="Name of the mail relay.")
    port: int | None = Field(None, ge=1, le=65535, description="Default 465, 587 or 25.")
    security: Literal["tls", "starttls", "plain"] = Field(
        "starttls", description="tls from the first byte, starttls, or plain (this machine only)."
    )
    allow_plain: bool = Field(False, description="Permit plain to another machine.")
    username: str = Field("", description="Name for AUTH, if the relay wants it.")
    password: SecretStr | None = Field(None, description="Password for AUTH.")
    from_: Annotated[str, AfterValidator(_mailbox)] = Field(
        alias="from", description="Sender: address, or Name <address>."
    )
    to: Annotated[list[Address], BeforeValidator(_listed)] = Field(
        min_length=1, description="Recipients; each gets a mail of its own."
    )
    message_domain: Annotated[str, AfterValidator(_domain)] = Field(
        "", description="Domain in Message-IDs; default: the sender's."
    )
    ca_file: str = Field("", description="PEM file of a private certificate authority.")

    @model_validator(mode="after")
    def _secrets_travel_encrypted(self) -> EmailSettings:
        if self.security == "plain" and not (self.allow_plain or local(self.host)):
            raise ValueError("plain is for relays on this machine (or set allow_plain: true)")
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password go together")
        if self.security == "plain" and self.username and not local(self.host):
            raise ValueError("a password must not travel in plain text; use tls or starttls")
        return self

    @property
    def sender(self) -> tuple[str, str]:
        """Display name (may be empty) and address."""
        return parseaddr(self.from_)

    @property
    def domain(self) -> str:
        """What stands right of the @ in Message-IDs."""
        return self.message_domain or self.sender[1].rpartition("@")[2]

    @property
    def relay_port(self) -> int:
        return self.port or PORTS[self.security]


def local(host: str) -> bool:
    """Is this the machine itself, by name or loopback address?"""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

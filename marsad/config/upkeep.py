"""Sections about Marsad's own life: its HTTP server, heartbeat, canary and watch over itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StrictBool, field_validator

from alerts.address import check_address
from marsad.config.section import Section
from marsad.config.units import Duration, Share, Space

_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})")
LEAST_SECRET = 32
"""Characters: 16 bytes written as hexadecimal digits."""


def _listen(value: str) -> str:
    match = _LISTEN.fullmatch(value)
    if value and (match is None or int(match[2]) > 65535):
        raise ValueError(f"{value!r} is no address and port; write for example 127.0.0.1:8080")
    return value


def _public(value: str) -> str:
    if not value:
        return value
    check_address(value, allow_http=False)
    parts = urlsplit(value)
    if parts.query or parts.fragment:
        raise ValueError("the public address ends with a host or a path, without ? and #")
    return value.rstrip("/")


def _often(value: timedelta) -> timedelta:
    if value < timedelta(minutes=1):
        raise ValueError("a canary more often than once a minute is a nuisance")
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | SecretStr) else value


class ConsoleSection(Section):
    """The HTTP server inside the daemon."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        "",
        description="Address and port of health, metrics and the pages behind links, as 127.0.0.1:8080; empty: none.",
    )
    public_url: Annotated[str, AfterValidator(_public)] = Field(
        "", description="https address under which the world reaches the server, for links in alerts; empty: no links."
    )
    secret: Annotated[list[SecretStr], BeforeValidator(_listed)] = Field(
        default_factory=list,
        max_length=2,
        description="Signs the links, 32 characters or more; a second one is still accepted while it is replaced.",
    )
    links_for: Duration = Field(timedelta(days=30), description="Links that mute work so long after the alert.")

    @field_validator("secret")
    @classmethod
    def _secrets_are_long(cls, value: list[SecretStr]) -> list[SecretStr]:
        if any(len(secret.get_secret_value()) < LEAST_SECRET for secret in value):
            raise ValueError(
                f"the secret is short; make one of {LEAST_SECRET} characters or more: openssl rand -hex 32"
            )
        return value

    @property
    def host(self) -> str:
        """Of `listen`."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Of `listen`."""
        return int(self.listen.rpartition(":")[2] or 0)


class HeartbeatSection(Section):
    """A ping to a watcher elsewhere, so that our silence is an alarm."""

    url: SecretStr | None = Field(None, description="Address to ping, as a dead man's switch service gives it.")
    every: Duration = Field(timedelta(minutes=5), description="Time between pings; none is sent while not healthy.")
    method: Literal["get", "post"] = Field("get", description="How to ask: get or post.")
    allow_http: bool = Field(False, description="Permit an address without TLS.")


class WatchSection(Section):
    """When we raise the alarm about ourselves."""

    free_space: Space = Field(
        Share(0, 5.0), description="Operators are told when the disk of a SQLite database has less: 5% or 2GiB."
    )


class CanarySection(Section):
    """A sign of life through outbox and channels, to receivers that say `canary: true`."""

    every: Annotated[Duration, AfterValidator(_often)] = Field(
        timedelta(hours=1), description="Time between canaries to each endpoint of such receivers; a minute or more."
    )


class WebSubSection(Section):
    """Feeds that name a hub tell us when they change; needs console.public_url."""

    enabled: StrictBool = Field(True, description="Subscribe where a feed names a hub.")
    slower: int = Field(
        10, ge=1, le=100, description="A source whose hub has pinged within a day is polled so many times more rarely."
    )
    allow_http: StrictBool = Field(False, description="Ask hubs without TLS too.")

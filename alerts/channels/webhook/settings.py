"""Settings of a webhook receiver."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr, field_validator, model_validator

from alerts.address import check_address
from alerts.kind import ReceiverSettings
from alerts.signing import key_of

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding"})
_OURS |= {"connection", "user-agent", "accept-encoding"}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | SecretStr) else value


class WebhookSettings(ReceiverSettings):
    """Where to post, and how the receiver can tell that it was us."""

    url: SecretStr = Field(description="Address to post to; https unless allow_http is set.")
    secret: Annotated[list[SecretStr], BeforeValidator(_listed)] = Field(
        min_length=1,
        max_length=3,
        description="Signing secret (whsec_ and base64 of 24 to 64 bytes) or ed25519 key (whsk_); each signs.",
    )
    previous_secret: SecretStr | None = Field(
        None, description="The secret before a rotation: it signs as well, until previous_until."
    )
    previous_until: AwareDatetime | None = Field(
        None, description="End of the rotation, with its zone; a day is usual."
    )
    content_type: Literal["application/json", "application/cloudevents+json"] = Field(
        "application/json", description="Media type of the body; the second is what CloudEvents libraries look for."
    )
    timeout: float = Field(20.0, gt=0, le=45, description="Seconds for one whole exchange, by our clock.")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further request headers, such as Authorization."
    )
    allow_http: bool = Field(False, description="Permit an address without TLS.")
    allow_ports: list[Annotated[int, Field(ge=1, le=65535)]] = Field(
        default_factory=list, description="Ports permitted besides 80 and 443."
    )
    ca_file: str = Field("", description="PEM file of a private certificate authority.")

    @field_validator("secret")
    @classmethod
    def _secrets_are_keys(cls, value: list[SecretStr]) -> list[SecretStr]:
        for secret in value:
            key_of(secret.get_secret_value())
        return value

    @field_validator("previous_secret")
    @classmethod
    def _previous_secret_is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key_of(value.get_secret_value())
        return value

    @field_validator("headers")
    @classmethod
    def _headers_are_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, text in value.items():
            if not _TOKEN.fullmatch(name):
                raise ValueError("a header's name has letters, digits and '-' only")
            if name.lower() in _OURS or name.lower().startswith("webhook-"):
                raise ValueError(f"the header {name} is set by us")
            content = text.get_secret_value()
            if not (content.isascii() and content.isprintable()):
                raise ValueError(f"the header {name} has characters that headers cannot hold")
        return value

    @model_validator(mode="after")
    def _address_is_safe(self) -> WebhookSettings:
        check_address(self.url.get_secret_value(), self.allow_http)
        return self

    @model_validator(mode="after")
    def _rotation_ends(self) -> WebhookSettings:
        if (self.previous_secret is None) != (self.previous_until is None):
            raise ValueError("previous_secret and previous_until go together: an old secret must not sign for ever")
        return self

    @property
    def every_secret(self) -> list[str]:
        """All that must stay secret, the previous one too."""
        previous = [self.previous_secret] if self.previous_secret else []
        return [secret.get_secret_value() for secret in (*self.secret, *previous)]

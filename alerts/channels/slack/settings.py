"""Settings of a Slack receiver."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.address import check_address
from alerts.kind import ReceiverSettings

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}")


class SlackSettings(ReceiverSettings):
    """Either `webhook_url`, or `bot_token` and `to`."""

    webhook_url: SecretStr | None = Field(None, description="Address of an incoming webhook.")
    bot_token: SecretStr | None = Field(
        None, description="Bot token (xoxb-...) with chat:write, and channels:history to ask back."
    )
    channel: str = Field("", alias="to", description="Id of Slack's channel (C...), with bot_token.")
    api_url: str = Field("https://slack.com/api", description="Where Slack's API is.")
    pace: float = Field(
        1.0, ge=0, le=60, description="Seconds between two messages after a burst of five; Slack wants 1."
    )
    allow_http: bool = Field(False, description="Permit addresses without TLS (an emulator).")
    ca_file: str = Field("", description="PEM file of a private certificate authority.")

    @field_validator("channel")
    @classmethod
    def _channel_is_an_id(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError("to wants the channel's id (C0123...), shown in its details")
        return value

    @field_validator("bot_token")
    @classmethod
    def _token_fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else ""
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("the bot token has characters that no token has")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> SlackSettings:
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError("give either webhook_url, or bot_token and to (the id of a channel)")
        if self.webhook_url is not None:
            if self.channel:
                raise ValueError("to goes with bot_token; a webhook has its own channel")
            check_address(self.webhook_url.get_secret_value(), self.allow_http)
        elif not self.channel:
            raise ValueError("to (the id of the channel, C0123...) is required with bot_token")
        check_address(self.api_url, self.allow_http)
        return self

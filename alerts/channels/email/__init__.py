"""E-mail over SMTP: one message and one transaction for each recipient (RFC 5321, 5322)."""

from __future__ import annotations

from alerts.channels.email.client import EmailChannel
from alerts.channels.email.settings import EmailSettings
from alerts.kind import ChannelKind

KIND = ChannelKind(
    name="email",
    summary="mail through your relay",
    settings=EmailSettings,
    build=EmailChannel,
)

__all__ = ["KIND", "EmailChannel", "EmailSettings"]

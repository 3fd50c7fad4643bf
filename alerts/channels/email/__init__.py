"""E-mail over SMTP: one message and one transaction for each recipient (RFC 5321, 5322)."""

from __future__ import annotations

from alerts.channels.email.settings import EmailSettings
from alerts.kind import ChannelContext, ChannelKind
from news.ports import Channel


def _build(name: str, settings: EmailSettings, context: ChannelContext) -> Channel:
    from alerts.channels.email.client import EmailChannel  # who only reads a configuration sends nothing

    return EmailChannel(name, settings, context)


KIND = ChannelKind(
    name="email",
    summary="mail through your relay",
    settings=EmailSettings,
    build=_build,
)

__all__ = ["KIND", "EmailSettings"]

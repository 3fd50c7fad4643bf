"""A bridge to the services that Apprise knows (Telegram, Discord, Teams, ntfy ...).

Needs the extra `apprise`. At least once; the service is not told our id, and cannot be asked.
https://github.com/caronc/apprise
"""

from __future__ import annotations

from alerts.channels.apprise.settings import AppriseSettings
from alerts.kind import ChannelContext, ChannelKind
from news.ports import Channel


def _build(name: str, settings: AppriseSettings, context: ChannelContext) -> Channel:
    from alerts.channels.apprise.client import AppriseChannel  # who only reads a configuration sends nothing

    return AppriseChannel(name, settings, context)


KIND = ChannelKind(
    name="apprise",
    summary="one of many chat services, through Apprise",
    settings=AppriseSettings,
    build=_build,
)

__all__ = ["KIND", "AppriseSettings"]

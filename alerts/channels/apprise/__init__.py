"""A bridge to the services that Apprise knows (Telegram, Discord, Teams, ntfy ...).

Needs the extra `apprise`. At least once; the service is not told our id, and cannot be asked.
https://github.com/caronc/apprise
"""

from __future__ import annotations

from alerts.channels.apprise.client import AppriseChannel
from alerts.channels.apprise.settings import AppriseSettings
from alerts.kind import ChannelKind

KIND = ChannelKind(
    name="apprise",
    summary="one of many chat services, through Apprise",
    settings=AppriseSettings,
    build=AppriseChannel,
)

__all__ = ["KIND", "AppriseChannel", "AppriseSettings"]

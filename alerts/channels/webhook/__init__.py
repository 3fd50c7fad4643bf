"""Signed webhooks: Standard Webhooks headers around a CloudEvents 1.0 body.

https://www.standardwebhooks.com, https://github.com/cloudevents/spec
"""

from __future__ import annotations

from alerts.channels.webhook.settings import WebhookSettings
from alerts.kind import ChannelContext, ChannelKind
from news.ports import Channel


def _build(name: str, settings: WebhookSettings, context: ChannelContext) -> Channel:
    from alerts.channels.webhook.client import WebhookChannel  # who only reads a configuration sends nothing

    return WebhookChannel(name, settings, context)


KIND = ChannelKind(
    name="webhook",
    summary="signed JSON to an address of yours",
    settings=WebhookSettings,
    build=_build,
)

__all__ = ["KIND", "WebhookSettings"]

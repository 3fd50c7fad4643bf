"""Signed webhooks: Standard Webhooks headers around a CloudEvents 1.0 body.

https://www.standardwebhooks.com, https://github.com/cloudevents/spec
"""

from __future__ import annotations

from alerts.channels.webhook.client import WebhookChannel
from alerts.channels.webhook.settings import WebhookSettings
from alerts.kind import ChannelKind

KIND = ChannelKind(
    name="webhook",
    summary="signed JSON to an address of yours",
    settings=WebhookSettings,
    build=WebhookChannel,
)

__all__ = ["KIND", "WebhookChannel", "WebhookSettings"]

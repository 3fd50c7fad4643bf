"""Slack, by bot token (threads, and it can be asked whether a message arrived) or by incoming
webhook (first alerts and updates side by side, nothing can be asked).

https://docs.slack.dev/reference/methods/chat.postMessage
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from alerts.channels.slack.settings import SlackSettings
from alerts.kind import ChannelContext, ChannelKind
from news.ports import Channel


def _build(name: str, settings: SlackSettings, context: ChannelContext) -> Channel:
    from alerts.channels.slack.client import SlackChannel  # who only reads a configuration sends nothing

    return SlackChannel(name, settings, context)


KIND = ChannelKind(
    name="slack",
    summary="messages in a Slack channel, updates in threads",
    settings=SlackSettings,
    build=_build,
    most_waiting=20,  # one message a second is allowed
)

__all__ = ["KIND", "SlackSettings"]

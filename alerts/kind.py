"""What a kind of channel is: a name, its settings and how to build one. No channel is known here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from news.clock import Clock
from news.links import Links
from news.ports import Channel


class ReceiverSettings(BaseModel):
    """Base of all channels' settings: unknown keys are errors, and no error quotes its input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    canary: bool = Field(
        False,
        description="Send a canary here now and then, as alerts are sent; operators are told if none arrives.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What every channel is told of its surroundings.

    `allow_networks` are networks (CIDR) that receivers may be in although they are not public. `links`
    are those to our own pages, if the world can reach them.
    """

    install_id: str
    user_agent: str
    allow_networks: tuple[str, ...]
    clock: Clock
    links: Links | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """`build(receiver name, settings, context)` makes the channel of one receiver; `settings` is
    the model of its configuration. Build raises DeliveryError where the channel cannot work. More
    than `most_waiting` messages at once are told in one (0: no limit): the vendor is slow."""

    name: str
    summary: str
    settings: type[ReceiverSettings]
    build: Callable[[str, Any, ChannelContext], Channel]
    most_waiting: int = 0

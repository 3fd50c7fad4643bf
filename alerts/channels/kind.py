"""What a channel module provides: a name, a settings model, and how to build it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from news.clock import Clock
from news.ports import Channel


class ChannelSettings(BaseModel):
    """Base of all settings: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What every channel is given. `install_id` names this installation in messages."""

    install_id: str
    user_agent: str
    allow_networks: tuple[str, ...]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One kind of channel. `build(receiver name, settings, context)`."""

    name: str
    settings: type[BaseModel]
    build: Callable[[str, Any, ChannelContext], Channel]

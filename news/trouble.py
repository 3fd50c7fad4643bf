"""Troubles of our own: what is wrong with Marsad itself, since when, and who has been told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from news.notice import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that is wrong now. `key` names it (`receiver:desk`); one of another `stage` is the
    same trouble grown worse. `receiver` is the one concerned, which is no way to tell of it.
    `told_to` are the endpoints that were told; empty: nobody could be."""

    key: str
    stage: str
    subject: str
    evidence: str
    since: datetime
    receiver: str = ""
    told_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Deliveries to one endpoint that were given up: how many, when and why the last."""

    count: int
    latest_at: datetime
    reason: str


class Troubles(Protocol):
    """What is wrong with ourselves, and who was told."""

    def open(self) -> Sequence[Trouble]:
        """Those of now, oldest first."""
        ...

    def turn(self, *, begun: Sequence[tuple[Trouble, Notice]], over: Sequence[tuple[Trouble, Notice]]) -> None:
        """Keep or replace those begun, forget those over, and post their notices to `told_to`; all
        or nothing."""
        ...

    def given_up(self, since: datetime) -> Mapping[str, GivenUp]:
        """Deliveries that died since and are dead still, by endpoint."""
        ...

"""Single values of the configuration that must be more than a text: names, zones, languages, times of day."""

from __future__ import annotations

import re
from datetime import time
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from news.language import NAMES
from news.url import canonical_url

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r}: use small letters, digits, '-', '_' and '.'")
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Asking the system takes tens of milliseconds, and every outlet has a zone."""
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"{value!r} is not a time zone; write for example Asia/Baghdad")
    return value


def _clock(value: object) -> object:
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is not a time of day; write for example '22:00'")
    return time(int(match[1]), int(match[2]))


def _language(value: str) -> str:
    if value not in NAMES:
        raise ValueError(f"{value!r} is not a language we know ({', '.join(NAMES)})")
    return value


def _url(value: str) -> str:
    canonical_url(value)
    return value


def _network(value: str) -> str:
    ip_network(value)
    return value


def _cron(value: str) -> str:
    if value and len(value.split()) != 5:
        raise ValueError(f"{value!r}: a cron line has five fields, as in '*/15 6-22 * * *'")
    return value


Name = Annotated[str, AfterValidator(_name)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
HttpUrl = Annotated[str, AfterValidator(_url)]
Network = Annotated[str, AfterValidator(_network)]
Cron = Annotated[str, AfterValidator(_cron)]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$", "examples": ["22:00"]}),
]

"""Durations (`10m`, `1h30m`, `90s`) and sizes (`8MiB`) as they stand in the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3}


def parse_duration(value: object) -> timedelta:
    """`1h30m` -> timedelta. Raises ValueError naming the form; bare numbers are refused but 0."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta()
    if not text or _PART.sub("", text):
        raise ValueError(f"{text!r} is not a duration; write for example 30s, 10m, 6h or 1h30m")
    return timedelta(seconds=sum(float(n) * _SECONDS[unit] for n, unit in _PART.findall(text)))


def format_duration(value: timedelta) -> str:
    """The shortest spelling `parse_duration` reads back: `1h30m`, `250ms`, `0s`."""
    milliseconds = round(value.total_seconds() * 1000)
    out = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        out += f"{count}{unit}" if count else ""
    return out or "0s"


def parse_size(value: object) -> int:
    """`8MiB` -> bytes. Raises ValueError naming the form."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"(\d+)\s*([A-Za-z]+)", str(value).strip())
    unit = _BYTES.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise ValueError(f"{value!r} is not a size; write for example 8MiB or 500KB")
    return int(match[1]) * unit


@dataclass(frozen=True, slots=True)
class Share:
    """A size, in bytes or as a percentage of a whole."""

    size: int
    percent: float = 0.0

    def of(self, whole: int) -> float:
        """In bytes."""
        return whole * self.percent / 100 if self.percent else self.size

    def __str__(self) -> str:
        return f"{self.percent:g}%" if self.percent else f"{self.size}B"


def parse_share(value: object) -> Share:
    """`5%` or `2GiB`. Raises ValueError naming the form."""
    if isinstance(value, Share):
        return value
    text = str(value).strip()
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
        if float(match[1]) <= 100:
            return Share(0, float(match[1]))
        raise ValueError(f"{text!r} is more than all; write for example 5% or 2GiB")
    try:
        return Share(parse_size(text))
    except ValueError:
        raise ValueError(f"{text!r} is neither a share nor a size; write for example 5% or 2GiB") from None


def spelt(default: object) -> object:
    """A default of a JSON Schema as one would write it: pydantic gives durations as ISO 8601."""
    if isinstance(default, str) and default.startswith("P"):
        return format_duration(TypeAdapter(timedelta).validate_python(default))
    return default


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^(0|([0-9.]+(ms|[smhdw]))+)$", "examples": ["10m", "1h30m"]}),
]
Space = Annotated[
    Share,
    BeforeValidator(parse_share),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["5%", "2GiB"]}),
]
Size = Annotated[
    int, BeforeValidator(parse_size), WithJsonSchema({"type": ["string", "integer"], "examples": ["8MiB"]})
]

"""Is this the same article, changed or not? And is it a copy of another's text?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from news.filing import Filed, Fingerprint
from pipelines.settings import GroupingSettings


class Comparison(StrEnum):
    """An article seen again at its own URL."""

    REPEAT = "repeat"
    REVISION = "revision"


def compare(known: Filed, fingerprint: Fingerprint) -> Comparison:
    """REVISION if any letter or digit of title or text changed, REPEAT otherwise."""
    same = known.fingerprint.content_hash == fingerprint.content_hash
    return Comparison.REPEAT if same else Comparison.REVISION


def share(shared: int, one: int, other: int) -> float:
    """Of the smaller signature: copies are cut and extended."""
    return shared / (min(one, other) or 1)


def is_copy(part: float, shared: int, settings: GroupingSettings) -> bool:
    """Enough of the text is the same."""
    return part >= settings.copy_share and shared >= settings.copy_least


def is_series(one: Iterable[str], other: Iterable[str], apart: timedelta, settings: GroupingSettings) -> bool:
    """Two issues of a daily template: same words, other numbers, another day."""
    a, b = set(one), set(other)
    if min(len(a), len(b)) < settings.series_numbers or apart <= settings.series_apart:
        return False
    return len(a & b) / min(len(a), len(b)) < settings.series_share

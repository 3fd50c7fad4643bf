"""Is this the same article, changed or not? And is it a copy of another's text?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two texts share: of the smaller signature, and in hashes."""

    filed: Filed
    share: float
    count: int


def likest(fingerprint: Fingerprint, candidates: Mapping[str, int], known: Mapping[str, Filed]) -> list[Likeness]:
    """Candidates (article id -> shared hashes) by falling share."""
    own = len(fingerprint.shingles)
    out = []
    for article_id, count in candidates.items():
        filed = known[article_id]
        smaller = min(own, len(filed.fingerprint.shingles)) or 1
        out.append(Likeness(filed, count / smaller, count))
    return sorted(out, key=lambda like: (-like.share, like.filed.sequence))


def is_copy(like: Likeness, settings: GroupingSettings) -> bool:
    """Enough of the text is the same."""
    return like.share >= settings.copy_share and like.count >= settings.copy_least


def is_series(one: Iterable[str], other: Iterable[str], apart: timedelta, settings: GroupingSettings) -> bool:
    """Two issues of a daily template: same words, other numbers, another day."""
    a, b = set(one), set(other)
    if min(len(a), len(b)) < settings.series_numbers or apart <= settings.series_apart:
        return False
    return len(a & b) / min(len(a), len(b)) < settings.series_share

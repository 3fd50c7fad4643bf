"""What a rule says of an article: a verdict, and for every point the words that earned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """`REVIEW`: shown, not alerted. `RUPTURE`: co-operation broken off, its own label."""

    MATCH = "match"
    REVIEW = "review"
    RUPTURE = "rupture"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words in the ORIGINAL text: `original[start:end] == surface`, in code points.

    `field` is `title` or `text`; `slot` the role played; `id` what the words stand for (an ISO
    code for a state, else empty); `pattern` and `lexicon` where we know them from.
    """

    field: str
    start: int
    end: int
    surface: str
    slot: str
    pattern: str = ""
    lexicon: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of the score: `path` (`score[0]`) in the rule, points and the words."""

    path: str
    when: str
    add: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One rule's finding on one article.

    `reasons` earned points, `against` cost points, `missing` names the conditions that failed
    (never empty for a `none` verdict). `actors` maps ISO 3166 codes or organisation ids to their
    spans, `themes` theme ids to theirs. `lexicon_hash` tells a later re-tag apart.
    """

    rule: str
    rule_version: int
    verdict: Verdict
    score: float
    threshold: float
    reasons: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    actors: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    themes: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    subtypes: tuple[str, ...] = ()
    lexicon_hash: str = ""

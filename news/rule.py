"""A rule as the analyst wrote it; pipelines.tagging gives it meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """Adds `add` when the condition holds, `per` sentence or once, at most `at_most` times.

    The condition is `when`, or `query` in the one-line language.
    """

    when: str
    add: float
    per: str = "once"
    at_most: int = 1
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """An inline example. `expect` is a verdict: match, review, rupture or none."""

    title: str
    expect: str
    text: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Words that fill a role: lexicon names (`security.*`), inline words per language, and regular
    expressions.

    `distinct` counts different ids (states) that must be present, not mentions.
    """

    use: tuple[str, ...] = ()
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    distinct: int = 1
    regex: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What makes a story interesting. Conditions are strings of the rule language; the main one is
    `match`, or `query` in the one-line language."""

    id: str
    title: str = ""
    version: int = 1
    languages: tuple[str, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    match: str = ""
    query: str = ""
    score: tuple[ScoreLine, ...] = ()
    threshold: float = 2.0
    review: float = 1.2
    rupture: str = ""
    tests: tuple[RuleTest, ...] = ()
    subtypes: Mapping[str, str] = field(default_factory=dict)

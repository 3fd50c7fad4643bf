"""Thresholds of grouping, with where they come from (docs/design/stories.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

UNMARKED = frozenset({"ar", "ckb", "sdh", "fa", "he", "ur", "ps"})
"""Languages whose script has no capitals: any of their words may be a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingSettings:
    """One configuration for copies, same-language stories and cross-language stories.

    `copy_share` of the smaller signature and `copy_least` hashes make a copy; `series_*`: texts
    that differ in their numbers, hours apart, are a daily series (exchange rates), no copy.
    Across languages cosines grow with the share of names among what is compared: `cross_marked` is
    for two languages that write names with capitals, `cross_language` for one that does and one that
    does not, `cross_unmarked` for two that do not. Where titles name the same two states all thresholds
    are `same_states` times as high, `other_themes` times that where they have no theme in common, and
    `same_states_least` features must be in common instead of `cross_least`: the states are two of them.
    """

    window: timedelta = timedelta(days=4)
    copy_share: float = 0.32
    copy_least: int = 5
    series_numbers: int = 5
    series_share: float = 0.9
    series_apart: timedelta = timedelta(hours=12)
    same_language: float = 0.18
    names_share: float = 0.4
    cross_marked: float = 0.16
    cross_language: float = 0.1
    cross_unmarked: float = 0.055
    cross_least: int = 3
    cross_floor: float = 0.5
    same_states: float = 1.4
    other_themes: float = 1.5
    same_states_least: int = 4
    numbers_apart: timedelta = timedelta(hours=24)
    common_hash: int = 300
    follow_gap: timedelta = timedelta(hours=48)

    def across(self, one: str, other: str) -> float:
        """The threshold between two languages."""
        return (self.cross_marked, self.cross_language, self.cross_unmarked)[(one in UNMARKED) + (other in UNMARKED)]

"""From scored stories to one of them, or none: thresholds, vetoes, what came near."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from news.story import Evidence, Relation
from pipelines.grouping.held import Held
from pipelines.grouping.ranking import Score
from pipelines.grouping.story import LiveStory
from pipelines.settings import GroupingSettings

NEAR = 0.8
"""From this share of the threshold on a story is named as related."""
_MOST_RELATED = 5
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Placement:
    """`story_id` is empty for a new story; `follows` is then the id of the one that it goes on from, if
    there is any. `copy_of` is an article id for a copy; `regrouped`: a person has put the story
    together, or taken it out of another."""

    story_id: str
    relation: Relation
    evidence: Evidence
    copy_of: str = ""
    follows: str = ""
    regrouped: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen score, if any; the next best; vetoes; stories that came near."""

    chosen: Score | None
    runner: Score | None
    vetoes: tuple[str, ...]
    related: tuple[str, ...]


def choose(new: Held, scores: Sequence[Score], series: Iterable[str], settings: GroupingSettings) -> Choice:
    """The best story over its threshold that nothing forbids."""
    chosen: Score | None = None
    runner: Score | None = None
    vetoes: list[str] = []
    related: list[str] = []
    for score in scores:
        if chosen is None and score.ratio >= 1:
            why = veto(new, score.story, settings)
            if why:
                vetoes.append(f"{score.story.id}: {why}")
                continue
            chosen = score
            continue
        runner = runner or score
        if score.ratio >= NEAR and len(related) < _MOST_RELATED:
            related.append(score.story.id)
    vetoes += [f"{story}: numbers differ (daily series)" for story in sorted(series)]
    return Choice(chosen, runner, tuple(vetoes), tuple(related))


def veto(new: Held, story: LiveStory, settings: GroupingSettings) -> str:
    """Why like stories are two; empty if nothing speaks against one. Titles are compared: texts
    name places, states and numbers in passing."""
    text, places = new.content, story.said.places
    if text.places and places and places.keys().isdisjoint(text.places):
        return f"other place ({_listed(places)})"
    pairs = story.title_actors
    if pairs and all(are_other_states(text.title_actors, pair) for pair in pairs):
        return f"other states ({_listed(set().union(*pairs))})"
    assert story.last_at is not None
    numbers = story.title_numbers
    other_numbers = text.title_numbers and numbers and numbers.keys().isdisjoint(text.title_numbers)
    if other_numbers and abs(new.at - story.last_at) > settings.numbers_apart:
        return f"other numbers in the title ({_listed(numbers)}), another day"
    return ""


def are_other_states(one: Collection[str], other: Collection[str]) -> bool:
    """Titles that name two states or more each, and not two of them in common."""
    return len(one) >= 2 and len(other) >= 2 and len(set(one).intersection(other)) < 2


def _listed(words: Iterable[str]) -> str:
    """A long story has more of them than anybody reads."""
    found = sorted(words)
    return ", ".join(found if len(found) <= _MOST_LISTED else [*found[:_MOST_LISTED], "\u2026"])

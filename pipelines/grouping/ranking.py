"""Every story that is anything like an article, with its score and by which rule."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np

from pipelines.grouping.held import Held
from pipelines.grouping.likeness import (
    Found,
    Likeness,
    Vector,
    feature_likeness,
    feature_vector,
    word_likeness,
    word_vector,
)
from pipelines.grouping.postings import Postings, runs
from pipelines.grouping.story import LiveStory
from pipelines.grouping.window import Window
from pipelines.settings import GroupingSettings

SAME = "same language: words and names"
OTHER = "other language: names, themes and numbers"
THROUGH = "through its reports in other languages"
PROBES = 16
"""The weightiest keys of an article find the candidate stories; others only add to the score."""
LEAST_WORDS = 3
LEAST_FEATURES = 2
"""So many of them a candidate has. Of texts with no more words than are probed, two are enough."""
CANDIDATES = 24
_NOTHING = Likeness(0.0, 0)


class Score(NamedTuple):
    """A story's value against the threshold of its rule. `language` is that of the story's reports
    that it was compared with. Dozens are made for every article: a tuple costs a third of a frozen class."""

    value: float
    threshold: float
    story: LiveStory
    rule: str
    language: str

    @property
    def ratio(self) -> float:
        return self.value / self.threshold


def rank(new: Held, window: Window, settings: GroupingSettings) -> list[Score]:
    """By falling ratio of value to threshold."""
    words, features = word_vector(new, window.words), feature_vector(new, window.features)
    least = LEAST_WORDS if len(words.ids) > PROBES else LEAST_FEATURES
    near = {*_candidates(words, window.by_word, least, new.at, window, settings)}
    near.update(_candidates(features, window.by_feature, LEAST_FEATURES, new.at, window, settings))
    stories = window.stories(list(near))
    same = word_likeness(words, stories, new.language, window.words)
    names = feature_likeness(features, stories, window.features)
    scores = [_score(new, story, same.get((story.id, new.language)), names, settings) for story in stories]
    return sorted(scores, key=lambda score: (-score.ratio, score.story.id))


def _candidates(
    vector: Vector, postings: Postings, least: int, at: datetime, window: Window, settings: GroupingSettings
) -> list[int]:
    """Slots of stories in reach that share enough of the article's weightiest keys; of too many, those with most."""
    holders = np.sort(postings.holders(vector.ids.tolist(), PROBES))
    often = holders[least - 1 :][holders[least - 1 :] == holders[: 1 - least]]
    if not len(often):
        return []
    slots, counts = runs(often)
    near = window.within(slots, at, settings.window)
    slots, counts = slots[near], counts[near]
    if len(slots) <= CANDIDATES:
        return list(map(int, slots))
    edge = np.partition(counts, -CANDIDATES)[-CANDIDATES]
    slots, counts = slots[counts >= edge], counts[counts >= edge]
    stories = window.stories(slots.tolist())
    order = sorted(zip((-counts).tolist(), (story.id for story in stories), slots.tolist(), strict=True))
    return [slot for _, _, slot in order[:CANDIDATES]]


def _score(
    new: Held,
    story: LiveStory,
    words: Likeness | None,
    names: Found,
    settings: GroupingSettings,
) -> Score:
    share = settings.names_share
    strict = _strictness(new, story, settings)
    least = settings.same_states_least if strict > 1 else settings.cross_least
    same_language = strict * settings.same_language
    if words is not None and len(story.profiles) == 1:  # in the article's language alone, as most stories are
        own = names.get((story.id, new.language), _NOTHING)
        value = (1 - share) * words.value + share * (own.value if own.shared >= least else 0.0)
        return Score(value, same_language, story, SAME, new.language)
    by_language = {
        language: found.value
        for language in sorted(story.profiles)
        if (found := names.get((story.id, language), _NOTHING)).shared >= least
    }
    others = [
        (value / (strict * settings.across(new.language, language)), language)
        for language, value in by_language.items()
        if language != new.language
    ]
    ratio, through = max(others, default=(0.0, ""))
    threshold = strict * settings.across(new.language, through)
    other = Score(by_language.get(through, 0.0), threshold, story, OTHER, through)
    if words is None:
        return other
    value = (1 - share) * words.value + share * by_language.get(new.language, 0.0)
    better = ratio > value / same_language
    if better and words.value >= settings.cross_floor * settings.same_language:
        return other._replace(rule=THROUGH)
    return Score(value, same_language, story, SAME, new.language)


def _strictness(new: Held, story: LiveStory, settings: GroupingSettings) -> float:
    """Where titles of both name the same two states, their names and what stands beside them are in common
    anyhow, whatever the two did on that day; all the more where they have no theme in common."""
    own = set(new.content.title_actors)
    if len(own) < 2 or not any(len(own.intersection(pair)) >= 2 for pair in story.title_actors):
        return 1.0
    themes = story.themes.keys() | new.content.themes
    other = themes and story.themes.keys().isdisjoint(new.content.themes)
    return settings.same_states * (settings.other_themes if other else 1.0)

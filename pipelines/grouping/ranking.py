"""Every story that is anything like an article, with its score and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.grouping.likeness import (
    Likeness,
    Posting,
    candidates,
    feature_likeness,
    feature_vector,
    word_likeness,
    word_vector,
)
from pipelines.grouping.story import Held, LiveStory
from pipelines.grouping.vocabulary import Vocabulary
from pipelines.settings import GroupingSettings

SAME = "same language: words and names"
OTHER = "other language: names, themes and numbers"
THROUGH = "through its reports in other languages"
AFFAIR = "other language: same states and themes, same day"
_NOTHING = Likeness(0.0, 0)


@dataclass(frozen=True, slots=True)
class Window:
    """What is being compared with."""

    words: Vocabulary
    features: Vocabulary
    by_word: Posting
    by_feature: Posting
    stories: Mapping[str, LiveStory]


@dataclass(frozen=True, slots=True)
class Score:
    """A story's value against the threshold of its rule. `language` is that of the story's reports
    that it was compared with."""

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
    near = dict.fromkeys((*candidates(words, window.by_word), *candidates(features, window.by_feature)))
    stories = [story for name in near if _recent(story := window.stories[name], new, settings)]
    same = word_likeness(words, stories, new.language, window.words)
    names: dict[str, dict[str, Likeness]] = {}
    for language in {language for story in stories for language in story.profiles}:
        names[language] = feature_likeness(features, stories, language, window.features)
    scores = [_score(new, story, same.get(story.id), names, settings) for story in stories]
    return sorted(scores, key=lambda score: (-score.ratio, score.story.id))


def _recent(story: LiveStory, new: Held, settings: GroupingSettings) -> bool:
    assert story.last_at is not None
    return abs(new.at - story.last_at) <= settings.window


def _score(
    new: Held,
    story: LiveStory,
    words: Likeness | None,
    names: dict[str, dict[str, Likeness]],
    settings: GroupingSettings,
) -> Score:
    by_language = {
        language: found.value
        for language in sorted(story.profiles)
        if (found := names[language].get(story.id, _NOTHING)).shared >= settings.cross_least
    }
    other, through = max(
        ((value, language) for language, value in by_language.items() if language != new.language), default=(0.0, "")
    )
    if words is None:
        if other < settings.cross_language and _same_affair(new, story, settings):
            return Score(settings.cross_language, settings.cross_language, story, AFFAIR, through)
        return Score(other, settings.cross_language, story, OTHER, through)
    share = settings.names_share
    value = (1 - share) * words.value + share * max(by_language.values(), default=0.0)
    better = other / settings.cross_language > value / settings.same_language
    if better and words.value >= settings.cross_floor * settings.same_language:
        return Score(other, settings.cross_language, story, THROUGH, through)
    return Score(value, settings.same_language, story, SAME, new.language)


def _same_affair(new: Held, story: LiveStory, settings: GroupingSettings) -> bool:
    """The same two states or more, themes in common, within a day: names may be spelt anyhow."""
    states = set(new.actors)
    assert story.last_at is not None
    return (
        abs(new.at - story.last_at) <= settings.same_affair
        and len(states) >= 2
        and states == story.actors()
        and len(story.themes() & set(new.themes)) >= settings.same_affair_themes
    )

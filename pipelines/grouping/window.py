"""The live stories, and what finds them: vocabularies, postings, and when each was last reported on."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pipelines.grouping.held import Held
from pipelines.grouping.names import commonness, scale
from pipelines.grouping.postings import Postings
from pipelines.grouping.story import LiveStory
from pipelines.grouping.vocabulary import Ids, Vocabulary


class Window:
    """Stories by id and by slot, a small number that is given again when its story is gone."""

    def __init__(self) -> None:
        self.words = Vocabulary()
        self.features = Vocabulary(commonness, scale)
        self.by_word = Postings()
        self.by_feature = Postings()
        self._stories: dict[str, LiveStory] = {}
        self._at: list[LiveStory] = []
        self._latest = np.zeros(1024)
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._stories)

    def story(self, story_id: str) -> LiveStory | None:
        return self._stories.get(story_id)

    def stories(self, slots: list[int]) -> list[LiveStory]:
        return [self._at[slot] for slot in slots]

    def within(self, slots: Ids, at: datetime, reach: timedelta) -> NDArray[np.bool_]:
        """Which of the stories have their latest report no further away in time."""
        found: NDArray[np.bool_] = np.abs(self._latest.take(slots) - at.timestamp()) <= reach.total_seconds()
        return found

    def put_in(self, article: Held) -> None:
        self.words.count(article.language, article.content.terms)
        self.features.count(article.language, article.content.features)
        story = self._stories.get(article.story_id) or self._opened(article.story_id)
        words, features = story.lacking(article.content, self.words, self.features)
        self.by_word.add(words, story.slot)
        self.by_feature.add(features, story.slot)
        story.add(article, self.words, self.features)
        self._date(story)

    def take_out(self, article: Held) -> None:
        self.words.discount(article.language, article.content.terms)
        self.features.discount(article.language, article.content.features)
        story = self._stories[article.story_id]
        story.remove(article, self.words, self.features)
        words, features = story.lacking(article.content, self.words, self.features)
        self.by_word.remove(words, story.slot)
        self.by_feature.remove(features, story.slot)
        self._date(story)
        if not story.articles:
            del self._stories[story.id]
            self._free.append(story.slot)

    def _opened(self, story_id: str) -> LiveStory:
        slot = self._free.pop() if self._free else len(self._at)
        story = self._stories[story_id] = LiveStory(story_id, slot)
        if slot < len(self._at):
            self._at[slot] = story
        else:
            self._at.append(story)
            if slot >= len(self._latest):
                self._latest = np.concatenate((self._latest, np.zeros_like(self._latest)))
        return story

    def _date(self, story: LiveStory) -> None:
        self._latest[story.slot] = story.last_at.timestamp() if story.last_at else 0.0

"""The live window: which story does an article belong to?

    shingles -> a copy of a known text?             -> its story
    words and names -> same language                -> best story over its threshold
    names, concepts, numbers -> other language      -> best story over its threshold
    else a new story; every decision leaves its evidence

The state is a function of the articles in the window, whatever their order: rebuilt from the
archive it decides as before.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import datetime

from news.article import Article
from news.filing import Filed, Fingerprint
from news.story import Relation
from pipelines.grouping.copies import find_copy
from pipelines.grouping.evidence import followed, opened, placed
from pipelines.grouping.hashes import HashIndex
from pipelines.grouping.held import Content, Held, arriving, content, held
from pipelines.grouping.placement import Placement, choose
from pipelines.grouping.ranking import Score, rank
from pipelines.grouping.story import LiveStory
from pipelines.grouping.window import Window
from pipelines.settings import GroupingSettings


@dataclass(frozen=True, slots=True)
class _Change:
    added: Held
    before: Held | None


class StoryIndex:
    """Articles of the window. `place` never changes anything; `add` does."""

    def __init__(self, settings: GroupingSettings | None = None) -> None:
        self._settings = settings or GroupingSettings()
        self._articles: dict[str, Held] = {}
        self._window = Window()
        self._hashes = HashIndex()
        self._ends: list[tuple[datetime, str]] = []
        self._changes: list[_Change] = []
        self._latest: tuple[Fingerprint, Content] | None = None
        self.sequence = 0

    def __len__(self) -> int:
        return len(self._articles)

    @property
    def stories(self) -> int:
        """Live ones."""
        return len(self._window)

    # -- the window -------------------------------------------------------------

    def add(self, filed: Filed) -> None:
        """Take in an article, its newer revision, or its new place."""
        self.sequence = max(self.sequence, filed.sequence)
        before = self._articles.get(filed.article_id)
        if before is not None and _same(before, filed):
            return
        new = held(filed, self._content(filed.fingerprint))
        if before is not None:
            self._take_out(before)
        self._put_in(new)
        self._changes.append(_Change(new, before))

    def _content(self, fp: Fingerprint) -> Content:
        """An article is placed and then added: the second time it is there."""
        if self._latest is None or self._latest[0] is not fp:
            self._latest = fp, content(fp, self._window.words, self._window.features)
        return self._latest[1]

    def undo(self) -> None:
        """Take back all that was added since `settle`."""
        for change in reversed(self._changes):
            self._take_out(change.added)
            if change.before is not None:
                self._put_in(change.before)
        self._changes.clear()

    def settle(self) -> None:
        """What was added stays."""
        self._changes.clear()

    def expire(self, now: datetime) -> None:
        """Forget articles older than twice the window; a story ends with its last article."""
        self.settle()
        self._latest = None
        limit = now - 2 * self._settings.window
        while self._ends and self._ends[0][0] < limit:
            _, article_id = heapq.heappop(self._ends)
            article = self._articles.get(article_id)
            if article is not None and _end(article) < limit:
                self._take_out(article)
        self._window.words.tidy()
        self._window.features.tidy()

    def _put_in(self, article: Held) -> None:
        self._articles[article.article_id] = article
        heapq.heappush(self._ends, (_end(article), article.article_id))
        self._hashes.add(article.article_id, article.content.shingles.tolist())
        self._window.put_in(article)

    def _take_out(self, article: Held) -> None:
        del self._articles[article.article_id]
        self._hashes.remove(article.article_id)
        self._window.take_out(article)

    def story(self, story_id: str) -> LiveStory | None:
        """What is known of a story, as it is now; None if nothing of it is in the window."""
        return self._window.story(story_id)

    def report(self, story_id: str, article_id: str) -> Held | None:
        """An article of a story, if it is in the window."""
        story = self._window.story(story_id)
        return story.articles.get(article_id) if story else None

    def follow(self, sequences: range) -> None:
        """What was added was stored under these numbers: if they come next, nothing in between is to be
        asked for."""
        if sequences and sequences.start == self.sequence + 1:
            self.sequence = sequences[-1]

    # -- decisions --------------------------------------------------------------

    def place(self, article: Article, fp: Fingerprint, article_id: str) -> Placement:
        """Where an article belongs, and why."""
        placement = self._placed(article, fp, article_id)
        story = self._window.story(placement.story_id)
        return replace(placement, regrouped=True) if story and story.regrouped else placement

    def _placed(self, article: Article, fp: Fingerprint, article_id: str) -> Placement:
        new = arriving(article, article_id, self._content(fp))
        copy, series = find_copy(new, self._hashes, self._articles, self._settings)
        if copy is not None:
            return copy
        scores = [score for score in rank(new, self._window, self._settings) if score.story.id not in series]
        going_on = [score for score in scores if not _is_over(score, new, self._settings)]
        choice = choose(new, going_on, series, self._settings)
        words, features = self._window.words, self._window.features
        if choice.chosen is None:
            former = choose(new, scores, series, self._settings)
            if former.chosen is None:
                return Placement("", Relation.OPENED, opened(choice))
            evidence = followed(new, former, words, features)
            return Placement("", Relation.OPENED, evidence, follows=former.chosen.story.id)
        evidence = placed(new, choice, words, features)
        return Placement(choice.chosen.story.id, Relation.JOINED, evidence)


def _is_over(score: Score, new: Held, settings: GroupingSettings) -> bool:
    """Was there no report of it for so long that what comes now is something new?"""
    assert score.story.last_at is not None
    return new.at - score.story.last_at > settings.follow_gap


def _same(before: Held, filed: Filed) -> bool:
    return (
        before.story_id == filed.story_id
        and before.content.content_hash == filed.fingerprint.content_hash
        and before.copy_of == filed.copy_of
        and before.at == (filed.published_at or filed.fetched_at)
        and before.fetched_at == filed.fetched_at
        and before.regrouped == filed.regrouped
    )


def _end(article: Held) -> datetime:
    """From when on its age counts: an outlet's date may lie in the future, the visit's cannot."""
    return min(article.at, article.fetched_at)

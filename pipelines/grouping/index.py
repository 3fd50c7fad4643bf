"""The live window: which story does an article belong to?

    shingles -> a copy of a known text?          -> its story
    words    -> same language, TF-IDF cosine     -> best story over the threshold
    names    -> other language, names + numbers  -> best story over the threshold
    else a new story; every decision leaves its evidence

The state is a function of the articles in the window, in order: rebuilt from the archive it
decides as before.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from news.article import Article
from news.filing import Filed, Fingerprint
from news.story import Evidence, Relation
from pipelines.dedupe import is_copy, is_series, likest
from pipelines.grouping.story import LiveStory, features
from pipelines.settings import GroupingSettings

PROBES = 24
"""The rarest terms of an article find the candidate stories; commoner ones only add to the score."""
CENTROID = 120


_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Placement:
    """`story_id` is empty for a new story. `copy_of` is an article id for a copy."""

    story_id: str
    relation: Relation
    evidence: Evidence
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class _Score:
    value: float
    story: LiveStory
    shared: tuple[str, ...]
    rule: str
    threshold: float


class StoryIndex:
    """Articles of the window. `place` never changes anything; `add` does."""

    def __init__(self, settings: GroupingSettings | None = None) -> None:
        self._settings = settings or GroupingSettings()
        self._articles: dict[str, Filed] = {}
        self._stories: dict[str, LiveStory] = {}
        self._hashes: dict[int, set[str]] = defaultdict(set)
        self._df: dict[str, Counter[str]] = defaultdict(Counter)
        self._count: Counter[str] = Counter()
        self._name_df: Counter[str] = Counter()
        self._by_term: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_feature: dict[str, set[str]] = defaultdict(set)
        self.sequence = 0

    def __len__(self) -> int:
        return len(self._articles)

    # -- the window -------------------------------------------------------------

    def add(self, filed: Filed) -> Filed | None:
        """Take in an article, or its newer revision; returns the revision it replaced."""
        before = self._articles.get(filed.article_id)
        if before is not None:
            self._remove(filed.article_id)
        fp = filed.fingerprint
        self._articles[filed.article_id] = filed
        for shingle in fp.shingles:
            self._hashes[shingle].add(filed.article_id)
        self._df[filed.language].update(fp.terms.keys())
        self._count[filed.language] += 1
        named = features(fp.names, fp.numbers)
        self._name_df.update(named.keys())
        story = self._stories.setdefault(filed.story_id, LiveStory(filed.story_id))
        story.add(filed)
        for term in fp.terms:
            self._by_term[filed.language, term].add(story.id)
        for feature in named:
            self._by_feature[feature].add(story.id)
        self.sequence = max(self.sequence, filed.sequence)
        return before

    def undo(self, added: Iterable[Filed], replaced: Mapping[str, Filed]) -> None:
        """Take back articles that were added, and put back what they replaced."""
        for article_id in {filed.article_id for filed in added}:
            self._remove(article_id)
        for before in replaced.values():
            self.add(before)

    def expire(self, now: datetime) -> None:
        """Forget articles older than twice the window; a story ends with its last article."""
        limit = now - 2 * self._settings.window
        old = [key for key, filed in self._articles.items() if _time(filed) < limit]
        for article_id in old:
            self._remove(article_id)

    def _remove(self, article_id: str) -> None:
        filed = self._articles.pop(article_id)
        fp = filed.fingerprint
        for shingle in fp.shingles:
            self._hashes[shingle].discard(article_id)
            if not self._hashes[shingle]:
                del self._hashes[shingle]
        self._df[filed.language].subtract(fp.terms.keys())
        self._count[filed.language] -= 1
        self._name_df.subtract(features(fp.names, fp.numbers).keys())
        story = self._stories[filed.story_id]
        terms, named = story.remove(article_id)
        _drop(self._by_term, story.id, ((filed.language, term) for term in terms))
        _drop(self._by_feature, story.id, named)
        if not story.articles:
            del self._stories[story.id]

    def reports(self, story_id: str) -> tuple[Filed, ...]:
        """A story's articles in the window, as they came in."""
        story = self._stories.get(story_id)
        return tuple(story.articles.values()) if story else ()

    # -- decisions --------------------------------------------------------------

    def place(self, article: Article, fp: Fingerprint, article_id: str) -> Placement:
        """Where an article belongs, and why."""
        at = article.published_at or article.fetched_at
        copy, series = self._copy(article, fp, article_id, at)
        if copy is not None:
            return copy
        scores = [
            score
            for score in (*self._same_language(article, fp, at), *self._cross_language(article, fp, at))
            if score.story.id not in series
        ]
        scores.sort(key=lambda s: (-s.value / s.threshold, s.story.id))
        vetoes: list[str] = []
        for rank, score in enumerate(scores):
            if score.value < score.threshold:
                break
            veto = self._veto(fp, score.story)
            if veto:
                vetoes.append(f"{score.story.id}: {veto}")
                continue
            runner = scores[rank + 1] if rank + 1 < len(scores) else None
            return Placement(score.story.id, Relation.JOINED, _evidence(score, runner, vetoes))
        vetoes += [f"{story}: numbers differ (daily series)" for story in sorted(series)]
        best = scores[0] if scores else None
        evidence = Evidence(
            rule="nothing like it in the window",
            runner_up=best.story.id if best else "",
            runner_up_score=round(best.value, 3) if best else 0.0,
            vetoes=tuple(vetoes),
        )
        return Placement("", Relation.OPENED, evidence)

    def _copy(
        self, article: Article, fp: Fingerprint, article_id: str, at: datetime
    ) -> tuple[Placement | None, set[str]]:
        counts: Counter[str] = Counter()
        for shingle in fp.shingles:
            holders = self._hashes.get(shingle, ())
            if len(holders) <= self._settings.common_hash:
                counts.update(holders)
        counts.pop(article_id, None)
        series: set[str] = set()
        for like in likest(fp, counts, self._articles):
            if not is_copy(like, self._settings):
                break
            other = like.filed
            apart = abs(at - _time(other))
            if is_series(fp.numbers, other.fingerprint.numbers, apart, self._settings):
                series.add(other.story_id)
                continue
            elsewhere = set(other.fingerprint.places)
            if other.story_id in series or (fp.places and elsewhere and not elsewhere & set(fp.places)):
                continue
            evidence = Evidence(
                rule="same text",
                score=round(like.share, 3),
                threshold=self._settings.copy_share,
                compared_with=other.article_id,
                shared={"passages": (f"{like.count} of {len(fp.shingles)}",)},
            )
            origin = other.copy_of or other.article_id
            return Placement(other.story_id, Relation.COPY, evidence, origin), series
        return None, series

    def _same_language(self, article: Article, fp: Fingerprint, at: datetime) -> Iterable[_Score]:
        language = article.language
        weights = {t: self._weight(language, t, count) for t, count in fp.terms.items()}
        norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        probes = sorted(weights, key=lambda t: -weights[t])[:PROBES]
        found: Counter[str] = Counter()
        for term in probes:
            found.update(self._by_term.get((language, term), ()))
        threshold = self._threshold(self._settings.same_language, language)
        for story_id, shared in found.items():
            story = self._stories[story_id]
            if shared < 2 or not self._recent(story, at):
                continue
            value, terms = self._cosine(weights, norm, language, story)
            yield _Score(value, story, terms, "same language", threshold)

    def _cosine(
        self, weights: Mapping[str, float], norm: float, language: str, story: LiveStory
    ) -> tuple[float, tuple[str, ...]]:
        size = story.sizes[language] or 1
        centroid = {
            term: self._weight(language, term, count / size)
            for term, count in story.terms[language].most_common(CENTROID)
        }
        other = math.sqrt(sum(w * w for w in centroid.values())) or 1.0
        shared = {t: weights[t] * centroid[t] for t in weights.keys() & centroid.keys()}
        top = sorted(shared, key=lambda t: (-shared[t], t))[:8]
        return sum(shared.values()) / (norm * other), tuple(top)

    def _weight(self, language: str, term: str, count: float) -> float:
        """Sub-linear count times inverse document frequency in the language."""
        frequency = self._df[language].get(term, 0) if language in self._df else 0
        rarity = math.log(1 + (self._count[language] + 50) / (frequency + 1))
        return (1 + math.log(count)) * rarity if count >= 1 else count * rarity

    def _cross_language(self, article: Article, fp: Fingerprint, at: datetime) -> Iterable[_Score]:
        own = features(fp.names, fp.numbers)
        weights = {f: self._rarity(f) for f in own}
        norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        found: Counter[str] = Counter()
        for feature in own:
            holders = self._by_feature.get(feature, ())
            if len(holders) <= max(40, len(self._stories) // 4):
                found.update(holders)
        threshold = self._settings.cross_language
        for story_id, shared in found.items():
            story = self._stories[story_id]
            if shared < self._settings.cross_least or article.language in story.terms:
                continue
            if not self._recent(story, at):
                continue
            common = [f for f in own if f in story.features]
            other = math.sqrt(sum(self._rarity(f) ** 2 for f in story.features)) or 1.0
            value = sum(weights[f] ** 2 for f in common) / (norm * other)
            top = tuple(sorted(common, key=lambda f: (-weights[f], f))[:8])
            rule = "other language: names and numbers"
            if value < threshold and self._same_affair(fp, story, at):
                value, rule = threshold, "other language: same states and themes, same day"
            yield _Score(value, story, top, rule, threshold)

    def _same_affair(self, fp: Fingerprint, story: LiveStory, at: datetime) -> bool:
        """The same two states or more, themes in common, within a day: names may be spelt anyhow."""
        states = set(fp.actors)
        assert story.last_at is not None
        near = abs(at - story.last_at) <= self._settings.same_affair
        return (
            near
            and len(states) >= 2
            and states == story.actors()
            and len(story.themes() & set(fp.themes)) >= self._settings.same_affair_themes
        )

    def _rarity(self, feature: str) -> float:
        total = sum(self._count.values())
        return math.log(1 + (total + 50) / (self._name_df.get(feature, 0) + 1))

    def _threshold(self, base: float, language: str) -> float:
        """Higher until the language's word frequencies mean something."""
        cold = self._count[language] < self._settings.warm_articles
        return base * (self._settings.cold_factor if cold else 1.0)

    def _recent(self, story: LiveStory, at: datetime) -> bool:
        assert story.last_at is not None
        return abs(at - story.last_at) <= self._settings.window

    def _veto(self, fp: Fingerprint, story: LiveStory) -> str:
        """Both name places in their titles and none in common; or states, and not two in common."""
        places = story.places()
        if fp.places and places and not places & set(fp.places):
            return f"other place ({', '.join(sorted(places))})"
        actors = story.actors()
        if len(fp.actors) >= 2 and len(actors) >= 2 and len(actors & set(fp.actors)) < 2:
            return f"other states ({', '.join(sorted(actors))})"
        return ""


def _evidence(score: _Score, runner: _Score | None, vetoes: list[str]) -> Evidence:
    kind = "words" if score.rule == "same language" else "names"
    return Evidence(
        rule=score.rule,
        score=round(score.value, 3),
        threshold=round(score.threshold, 3),
        compared_with=score.story.id,
        runner_up=runner.story.id if runner else "",
        runner_up_score=round(runner.value, 3) if runner else 0.0,
        shared={kind: score.shared},
        vetoes=tuple(vetoes),
    )


def _drop(holders: dict[_Key, set[str]], story_id: str, keys: Iterable[_Key]) -> None:
    for key in keys:
        holders[key].discard(story_id)
        if not holders[key]:
            del holders[key]


def _time(filed: Filed) -> datetime:
    return filed.published_at or filed.fetched_at

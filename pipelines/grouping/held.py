"""An article of the window: where it stands, and what its text says as numbers of the vocabularies."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from news.article import Article
from news.filing import Filed, Fingerprint
from pipelines.grouping.vocabulary import Ids, Sums, Vocabulary, Weights

_REPEATS = 1 + 0.5 * np.log(np.maximum(np.arange(1000), 1))
"""Per count; what is said oftener than that is worth no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A fingerprint, small. `features` stand by what they would weigh if none were counted yet."""

    content_hash: str
    shingles: NDArray[np.uint32]
    terms: Ids
    weights: Sums
    features: Ids
    counts: Sums
    surfaces: str
    numbers: tuple[str, ...]
    title_numbers: tuple[str, ...]
    places: tuple[str, ...]
    actors: tuple[str, ...]
    title_actors: tuple[str, ...]
    themes: tuple[str, ...]

    def surface(self, key: str) -> str:
        """A word of the article that the name was read from; '' for none."""
        start = f"\n{self.surfaces}".find(f"\n{key}\t")
        return "" if start < 0 else self.surfaces[start:].partition("\n")[0].partition("\t")[2]


def content(fp: Fingerprint, words: Vocabulary, features: Vocabulary) -> Content:
    """What is kept of a fingerprint; gives its keys their numbers."""
    ids = features.numbers(fp.features)
    counts = np.fromiter(fp.features.values(), np.int32, len(fp.features))
    order = (-features.salience(ids) * repeats(counts)).argsort(kind="stable")
    return Content(
        content_hash=fp.content_hash,
        shingles=np.array(fp.shingles, np.uint32),
        terms=words.numbers(fp.terms),
        weights=np.fromiter(fp.terms.values(), np.int32, len(fp.terms)),
        features=ids[order],
        counts=counts[order],
        surfaces="\n".join(map("\t".join, fp.surfaces.items())),
        numbers=tuple(map(sys.intern, fp.numbers)),
        title_numbers=tuple(map(sys.intern, fp.title_numbers)),
        places=tuple(map(sys.intern, fp.places)),
        actors=tuple(map(sys.intern, fp.actors)),
        title_actors=tuple(map(sys.intern, fp.title_actors)),
        themes=tuple(map(sys.intern, fp.themes)),
    )


def repeats(counts: Sums) -> Weights:
    """What saying a feature again adds."""
    found: Weights = _REPEATS.take(counts, mode="clip")
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """An article of the window."""

    sequence: int
    article_id: str
    story_id: str
    copy_of: str
    source: str
    owner: str
    language: str
    at: datetime
    fetched_at: datetime
    revision: int
    regrouped: bool
    content: Content


def held(filed: Filed, content: Content) -> Held:
    """An article with the content that was made of its fingerprint."""
    return Held(
        sequence=filed.sequence,
        article_id=filed.article_id,
        story_id=filed.story_id,
        copy_of=filed.copy_of,
        source=sys.intern(filed.source),
        owner=sys.intern(filed.owner),
        language=sys.intern(filed.language),
        at=filed.published_at or filed.fetched_at,
        fetched_at=filed.fetched_at,
        revision=filed.revision,
        regrouped=filed.regrouped,
        content=content,
    )


def arriving(article: Article, article_id: str, content: Content) -> Held:
    """An article whose story is yet to be found."""
    return Held(
        sequence=0,
        article_id=article_id,
        story_id="",
        copy_of="",
        source=article.source,
        owner="",
        language=article.language,
        at=article.published_at or article.fetched_at,
        fetched_at=article.fetched_at,
        revision=1,
        regrouped=False,
        content=content,
    )

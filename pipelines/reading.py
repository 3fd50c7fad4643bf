"""What an article's own words say: cleaned, tagged, made comparable. Pure, so that any process may do it.

Reading is the dear part of intake and needs nothing that is stored; deciding and committing need the
archive and are done one chunk at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

from news.article import Article
from news.filing import Fingerprint
from news.tag import Tag
from pipelines.fingerprint import fingerprint
from pipelines.normalise import normalise
from pipelines.tagging.tagger import Tagger
from pipelines.tagging.topics import actors_of
from pipelines.tagging.zones import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A normalised article with every rule's finding. `rules` is the tagger's, see `Tagger.hash`: findings
    by other rules than those in force are of no use."""

    article: Article
    tags: tuple[Tag, ...]
    fingerprint: Fingerprint
    rules: str


def read(article: Article, tagger: Tagger) -> Reading:
    """The reading of an article as its outlet gave it."""
    return look(article, tagger)[0]


def look(article: Article, tagger: Tagger) -> tuple[Reading, Page]:
    """The same, with the words found."""
    clean = normalise(article)
    page = tagger.page(clean.title, clean.text, clean.language)
    tags = tagger.tags(page, clean.language, clean.outlet)
    actors = tags[0].actors if tags else actors_of(page)
    themes = dict.fromkeys(theme for tag in tags for theme in tag.themes)
    print_ = fingerprint(clean, actors, tuple(themes))
    return Reading(article=clean, tags=tags, fingerprint=print_, rules=tagger.hash), page


__all__ = ["Reading", "look", "read"]

"""A query over articles of the archive: what it finds, with its words marked in the original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from news.archive_index import Wanted
from news.article import Article
from news.match import Excerpt
from news.rule import Rule, ScoreLine
from news.tag import Span, Verdict
from pipelines.excerpt import headline, sentence
from pipelines.tagging.indexing import wanted_of
from pipelines.tagging.lexicon import Entry
from pipelines.tagging.query import parse_query
from pipelines.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that a query finds: its title and best sentence, and every word behind it."""

    title: Excerpt
    sentence: Excerpt
    spans: tuple[Span, ...]


class Search:
    """One query, made ready. Raises QueryError, or ConfigError for a name that nothing has."""

    def __init__(self, query: str, lexicons: Mapping[str, Entry]) -> None:
        parse_query(query)
        line = ScoreLine(when="", query=query, add=1.0)
        rule = Rule(id="search", query=query, score=(line,), threshold=1.0, review=1.0)
        self._tagger = Tagger([rule], lexicons, strict=False)

    @property
    def wanted(self) -> Wanted:
        """What the archive's index is to be asked for."""
        return wanted_of(self._tagger.compiled[0])

    def look(self, article: Article) -> Found | None:
        """The article as found, or None."""
        tag = self._tagger.tag(article.title, article.text, article.language, article.outlet)[0]
        if tag.verdict is not Verdict.MATCH:
            return None
        spans = tuple(dict.fromkeys(span for reason in tag.reasons for span in reason.spans))
        return Found(title=headline(article, tag), sentence=sentence(article, tag), spans=spans)

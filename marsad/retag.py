"""Runs history again after a rule or a word list was changed: the same functions as intake; told to nobody
unless it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from news.article import Article
from news.history import History, Retagged, Said, Tell
from news.match import Match
from news.tag import Tag
from pipelines.matching import TELLING, matches_of
from pipelines.tagging.tagger import Tagger

STEP = 100
"""Articles in one transaction: the daemon's own writes wait no longer than for one visit's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A verdict that came out otherwise; empty `before`: the rule had said nothing of the article yet,
    empty `after`: the rule is not in force for it any more."""

    rule: str
    before: str
    after: str
    score: float
    story_id: str
    article: Article


@dataclass(slots=True)
class Retagging:
    """What came of it. `stale` findings were of an older make; the others needed no look. `messages` are on
    their way."""

    articles: int = 0
    stale: int = 0
    changes: list[Change] = field(default_factory=list)
    messages: int = 0


def retag(
    history: History,
    tagger: Tagger,
    *,
    since: datetime | None,
    only: str,
    now: datetime,
    write: bool,
    told: Callable[[int], None] = lambda count: None,
    tell: Tell | None = None,
) -> Retagging:
    """Bring stored findings up to the tagger's rules; with `only`, of that rule alone. With `tell`, the
    stories of articles that a rule newly tells of are told."""
    makes = tagger.makes
    stored: dict[str, dict[str, Said]] = {}
    for said in history.said(rule=only, since=since, with_none=True):
        stored.setdefault(said.article_id, {})[said.rule] = said
    out = Retagging()
    titles = {rule.id: rule.title for rule in tagger.rules}

    def show(story_id: str, article_id: str, article: Article, tag: Tag) -> Match:
        return matches_of(article, article_id, story_id, (tag,), titles, now)[0]

    batch: list[Retagged] = []
    for article_id, story_id, article in history.articles(since=since):
        told(1)
        out.articles += 1
        before = stored.get(article_id, {})
        if _is_current(before, makes):
            continue
        finding = _again(tagger, article, article_id, story_id, before, makes, now)
        out.stale += len(finding.tags) + len(finding.gone)
        out.changes += _changes(finding, before, article)
        batch.append(finding)
        if write and len(batch) >= STEP:
            out.messages += history.write(batch, show, now, tell)
            batch = []
    if write and batch:
        out.messages += history.write(batch, show, now, tell)
    return out


def _is_current(before: Mapping[str, Said], makes: Mapping[str, str]) -> bool:
    return set(before) == set(makes) and all(said.make == makes[rule] for rule, said in before.items())


def _again(
    tagger: Tagger,
    article: Article,
    article_id: str,
    story_id: str,
    before: Mapping[str, Said],
    makes: Mapping[str, str],
    now: datetime,
) -> Retagged:
    tags = tagger.tag(article.title, article.text, article.language, article.outlet)
    stale = tuple(tag for tag in tags if tag.rule not in before or before[tag.rule].make != makes[tag.rule])
    titles = {rule.id: rule.title for rule in tagger.rules}
    return Retagged(
        article_id=article_id,
        story_id=story_id,
        tags=stale,
        matches=matches_of(article, article_id, story_id, stale, titles, now),
        gone=tuple(sorted(set(before) - {tag.rule for tag in tags})),
        newly=() if article.withdrawn_at else tuple(_newly(stale, before)),
        article=article,
    )


def _newly(tags: Sequence[Tag], before: Mapping[str, Said]) -> Iterator[str]:
    return (tag.rule for tag in tags if tag.verdict in TELLING and not _told_of(before.get(tag.rule)))


def _told_of(said: Said | None) -> bool:
    return said is not None and said.verdict in TELLING


def _changes(finding: Retagged, before: Mapping[str, Said], article: Article) -> Iterator[Change]:
    for tag in finding.tags:
        said = before.get(tag.rule)
        was = said.verdict if said else ""
        if (was or "none") != tag.verdict.value:
            yield Change(
                rule=tag.rule,
                before=was,
                after=tag.verdict.value,
                score=tag.score,
                story_id=finding.story_id,
                article=article,
            )
    for rule in finding.gone:
        if before[rule].verdict != "none":
            yield Change(
                rule=rule,
                before=before[rule].verdict,
                after="",
                score=0.0,
                story_id=finding.story_id,
                article=article,
            )

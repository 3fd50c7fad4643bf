"""A restart changes no decision, whatever came before it: reports, revisions, what was broken off, what expired,
what a person put together or apart."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from news.article import Article
from news.errors import FenceLost
from news.filing import Standing, Telling
from news.match import Match
from news.regrouping import Joined, Parting
from news.tag import Tag
from news.traffic import Traffic
from pipelines.alerting import Terms
from pipelines.matching import matches_of
from pipelines.normalise import story_id
from pipelines.splitting import parted
from pipelines.withdrawing import joined
from storage import Store, open_store
from tests.pipelines.desk import RAIN, Desk
from tests.pipelines.events import KINDS, NEAR_MISSES, reports
from tests.samples import NOW, source

ROOMS = (*KINDS, *NEAR_MISSES)
TOLD: list[Article] = [
    *(one for n, kind in enumerate(ROOMS) for one in reports(kind, *(("IQ", "SY"), ("TR", "IR"))[n % 2], number=n)),
    RAIN,
]

STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("take"), some.integers(0, len(TOLD) - 1), some.integers(-60, 3)),
        some.tuples(some.just("revise"), some.integers(0, 30), some.just(0)),
        some.tuples(some.just("broken"), some.integers(0, len(TOLD) - 1), some.integers(-60, 3)),
        some.tuples(some.just("later"), some.sampled_from([1, 20, 47, 49, 96, 192]), some.just(0)),
        some.tuples(some.just("merge"), some.integers(0, 30), some.integers(0, 30)),
        some.tuples(some.just("split"), some.integers(0, 30), some.just(0)),
        some.tuples(some.just("restart"), some.just(0), some.just(0)),
    ),
    min_size=4,
    max_size=24,
)


class Newsroom:
    """A desk that remembers what it was told, and does the same step in the same way wherever it is done."""

    def __init__(self, store: Store) -> None:
        self.desk, self.seen = Desk(store), list[Article]()

    def restart(self) -> None:
        before = self.desk.clock
        self.desk = Desk(self.desk.store)
        self.desk.clock.at = before.at

    def dated(self, number: int, hours: int) -> Article:
        now = self.desk.clock.at
        return replace(TOLD[number], published_at=now + timedelta(hours=hours), fetched_at=now)

    def do(self, what: str, one: int, other: int) -> object:
        if what == "take":
            return self._take(self.dated(one, other))
        if what == "broken":
            return self._broken(self.dated(one, other))
        if what == "later":
            self.desk.clock.forward(hours=one)
        elif what == "revise" and self.seen:
            known = self.seen[one % len(self.seen)]
            return self._take(
                replace(
                    known,
                    title=f"{known.title} (2)",
                    text=f"{known.text} More of {one}.",
                    fetched_at=self.desk.clock.at,
                )
            )
        elif what in ("merge", "split"):
            return self._by_hand(what, one, other)
        return None

    def _take(self, article: Article) -> object:
        row = self.desk.take(article, outlet=article.outlet).rows[0]
        self.seen.append(article)
        return row

    def _broken(self, article: Article) -> object:
        """A commit that the store refuses, for another process has taken the host: nothing of it is left."""
        with pytest.raises(FenceLost):
            self.desk.take(article, outlet=article.outlet, host="lost.example", fence=1)
        return "broken"

    def _by_hand(self, what: str, one: int, other: int) -> object:
        store, now = self.desk.store, self.desk.clock.at
        rows = sorted(row.story.id for row in store.catalogue.stories(limit=100))
        if what == "merge" and len(rows) > 1 and one % len(rows) != other % len(rows):
            return store.regrouping.merge(rows[one % len(rows)], rows[other % len(rows)], now, _join)
        if what == "split" and rows:
            story = rows[one % len(rows)]
            record = store.catalogue.story(story)
            assert record is not None
            if len(record.articles) > 1:
                url = record.articles[0].filed.url
                new = story_id(f"split {now} {url}")
                return store.regrouping.split(story, [url], new, now, part=_part, show=_show)
        return None


def _join(older: Standing, younger: Standing, traffic: Traffic, now: datetime) -> Joined:
    return joined(older, younger, Terms(routes=(), traffic=traffic), now)


def _part(parting: Parting, traffic: Traffic, now: datetime) -> Sequence[Telling]:
    return parted(parting, Terms(routes=(), traffic=traffic), (), {}, now)


def _show(story: str, name: str, article: Article, tag: Tag) -> Match:
    return matches_of(article, name, story, (tag,), {}, article.fetched_at)[0]


@contextmanager
def newsroom(pattern: Path) -> Iterator[Newsroom]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{shutil.copy(pattern, Path(folder) / 'm.db')}")
        store.dispatch.enlist([source("lost")], NOW - timedelta(hours=1))
        for _ in range(2):
            store.dispatch.release(store.dispatch.take(owner="x", now=NOW, lease=timedelta(seconds=1), limit=1)[0])
        yield Newsroom(store)
        store.close()


@pytest.mark.slow
@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_newsroom_that_was_restarted_decides_as_one_that_never_was(
    sqlite_pattern: Path, steps: list[tuple[str, int, int]]
) -> None:
    with newsroom(sqlite_pattern) as steady, newsroom(sqlite_pattern) as restarted:
        for what, one, other in steps:
            if what == "restart":
                restarted.restart()
            else:
                assert steady.do(what, one, other) == restarted.do(what, one, other)

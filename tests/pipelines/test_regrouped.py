"""What a person put together or apart stays so: later reports are placed by it, in the real intake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from news.article import Article
from pipelines.alerting import Terms
from pipelines.matching import matches_of
from pipelines.splitting import parted
from pipelines.withdrawing import joined
from storage import Store, open_store
from tests.pipelines.desk import Desk
from tests.samples import NOW, article

FERRY = (
    "A ferry with ninety pilgrims ran aground on a sandbank below the old bridge of Samawa; boatmen took all of them ashore before "
    "nightfall, and the captain was questioned about the missing lights.",
    "Boatmen near Samawa brought ninety pilgrims ashore after their ferry ran aground on a sandbank. The captain had sailed without "
    "lights, said the river police.",
    "The ferry that ran aground below the old bridge of Samawa carried ninety pilgrims and no lights; its captain is being questioned.",
    "Ninety pilgrims are safe: the Samawa ferry on the sandbank was emptied by boatmen within three hours, the river police said.",
    "River police in Samawa hold the captain of a ferry whose ninety pilgrims spent the evening on a sandbank below the old bridge.",
    "No lights and a sandbank: how a ferry of ninety pilgrims came to lie aground below the old bridge of Samawa until boatmen came.",
)
PUMPS = (
    "Three pumping stations of the Gharraf canal stood still on Monday because thieves had cut away their copper cables; farmers of "
    "forty hamlets waited for water with their rice in the fields.",
    "Copper thieves stopped three pumping stations on the Gharraf canal. Rice farmers in forty hamlets have had no water since, and "
    "the guards of the stations say that they were never paid.",
    "Rice withers along the Gharraf canal: the three pumping stations whose copper cables were stolen will stand still for another week.",
)


def report(name: str, text: str, hours: float = 0.0) -> Article:
    at = NOW + timedelta(hours=hours)
    return article(name, name, title=" ".join(text.split()[:8]), text=text, published_at=at)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True)
    yield opened
    opened.close()


def placed(desk: Desk, *reports: Article) -> list[str]:
    return [desk.take(one, outlet=one.outlet).rows[0].story_id for one in reports]


def merge(store: Store, one: str, other: str) -> str:
    return store.regrouping.merge(
        one, other, NOW, lambda a, b, traffic, now: joined(a, b, Terms(routes=(), traffic=traffic), now)
    )


def split(store: Store, story: str, article: Article) -> str:
    return store.regrouping.split(
        story, [article.url], "snew", NOW,
        part=lambda parting, traffic, now: parted(parting, Terms(routes=(), traffic=traffic), (), {}, now),
        show=lambda story, name, one, tag: matches_of(one, name, story, (tag,), {}, NOW)[0],
    )  # fmt: skip


def test_a_later_report_of_either_part_of_a_merged_story_joins_it(store: Store) -> None:
    desk = Desk(store)
    ferry = placed(desk, *(report(f"f{i}", text) for i, text in enumerate(FERRY)))
    assert len(set(ferry)) == 1
    (pumps,) = placed(desk, report("p0", PUMPS[0]))
    kept = merge(store, ferry[0], pumps)
    assert placed(desk, report("p1", PUMPS[1], 1)) == [kept], "six reports are about something else"
    assert placed(desk, report("f9", FERRY[0].replace("ninety", "a hundred"), 1)) == [kept]
    revised = replace(report("p0", PUMPS[0].replace("forty hamlets", "fifty hamlets")), published_at=NOW)
    assert placed(desk, revised) == [kept]
    assert placed(Desk(store), report("p2", PUMPS[2], 2)) == [kept], "also after a restart and an edit"


def test_reports_like_what_was_split_off_go_where_it_went(store: Store) -> None:
    desk = Desk(store)
    first, second = report("f0", FERRY[0]), report("f1", FERRY[1])
    story, same = placed(desk, first, second)
    assert story == same
    new = split(store, story, second)
    like_second = report(
        "f7", "Pilgrims brought ashore by boatmen near Samawa; the captain had sailed without lights.", 1
    )
    like_first = report(
        "f8", FERRY[0].replace("was questioned", "will be questioned").replace("A ferry", "A small ferry"), 1
    )
    like_both = report("f9", f"{FERRY[1]} {FERRY[2]}", 2)
    assert placed(desk, like_second, like_first) == [new, story]
    assert placed(Desk(store), like_both)[0] in {story, new}
    found = {row.story.id for row in store.catalogue.stories(limit=10)}
    assert found == {story, new}, "nothing puts them together again"


def test_a_split_is_undone_by_a_merge_and_a_merge_by_a_split(store: Store) -> None:
    desk = Desk(store)
    first, second = report("f0", FERRY[0]), report("f1", FERRY[1])
    story, _ = placed(desk, first, second)
    new = split(store, story, second)
    assert merge(store, new, story) == story
    assert placed(desk, report("f2", FERRY[2], 1)) == [story]
    record = store.catalogue.story(new)
    assert record is not None
    assert record.row.story.id == story
    assert record.row.story.article_count == 3


def test_copies_whose_origin_was_split_off_are_a_text_of_the_first_of_them(store: Store) -> None:
    desk = Desk(store)
    (story, *_) = placed(
        desk, *(replace(report("f0", FERRY[0]), url=f"https://o{n}.example/x", outlet=f"o{n}") for n in range(3))
    )
    record = store.catalogue.story(story)
    assert record is not None
    assert record.row.story.owners == ("o0",)
    split(store, story, replace(report("f0", FERRY[0]), url="https://o0.example/x"))
    left, new = store.catalogue.story(story), store.catalogue.story("snew")
    assert left is not None
    assert new is not None
    assert len(left.row.story.owners) == 1
    assert left.row.story.owners[0] in ("o1", "o2")
    assert new.row.story.owners == ("o0",)
    merge(store, story, "snew")
    whole = store.catalogue.story(story)
    assert whole is not None
    assert whole.row.story.owners == ("o0",)

"""Stories merged and split by hand, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from news.errors import NewsError, Outdated, UnknownName
from storage import Store
from tests.samples import NOW, chunk, filing

LATER = NOW + timedelta(hours=1)


def two_stories(store: Store) -> None:
    store.archive.commit(chunk(filing("one")))
    second = filing("two", now=LATER)
    assert second.story is not None
    store.archive.commit(chunk(replace(second, story=replace(second.story, first_seen_at=LATER))))


def states(store: Store) -> dict[str, str]:
    return {d.delivery.alert_id: d.delivery.state.value for a in store.catalogue.alerts() for d in a.deliveries}


def test_after_a_merge_both_ids_mean_the_older_story_and_nobody_is_told_twice(store: Store) -> None:
    two_stories(store)
    assert store.regrouping.merge("stwo", "sone", LATER) == "sone"
    record = store.catalogue.story("stwo")
    assert record is not None
    assert record.row.story.id == "sone"
    assert record.row.story.article_count == 2
    assert [a.sighting.story_id for a in record.articles] == ["sone", "sone"]
    assert {alert.alert.story_id for alert in record.alerts} == {"sone"}
    assert states(store) == {"alone": "held", "altwo": "superseded"}
    standing = store.archive.standing("sone")
    assert standing is not None
    assert set(standing.told) == {"hook"}


def test_whoever_was_told_only_of_the_younger_story_is_told_of_the_whole_once(store: Store) -> None:
    store.archive.commit(chunk(filing("one", told=False)))
    store.archive.commit(chunk(filing("two", now=LATER)))
    store.regrouping.merge("sone", "stwo", LATER)
    assert states(store) == {"altwo": "held"}
    standing = store.archive.standing("sone")
    assert standing is not None
    assert set(standing.told) == {"hook"}


def test_a_running_intake_sees_what_moved_and_a_late_commit_under_the_old_id_is_refused(store: Store) -> None:
    two_stories(store)
    seen = max(filed.sequence for filed in store.archive.filed_since(0, NOW - timedelta(days=1)))
    store.regrouping.merge("sone", "stwo", LATER)
    moved = store.archive.filed_since(seen, NOW - timedelta(days=1))
    assert [(filed.article_id, filed.story_id) for filed in moved] == [("atwo", "sone")]
    with pytest.raises(Outdated):
        store.archive.commit(chunk(filing("two", now=LATER)))


def test_a_split_takes_articles_and_their_alerts_and_a_merge_undoes_it(store: Store) -> None:
    two_stories(store)
    store.regrouping.merge("sone", "stwo", LATER)
    new = store.regrouping.split("stwo", ["https://tigris.example/two"], "sthree", LATER)
    apart = store.catalogue.story(new)
    assert apart is not None
    assert [a.filed.article_id for a in apart.articles] == ["atwo"]
    assert [alert.alert.id for alert in apart.alerts] == ["altwo"]
    left = store.catalogue.story("sone")
    assert left is not None
    assert left.row.story.article_count == 1
    store.regrouping.merge("sone", "sthree", LATER)
    again = store.catalogue.story("sthree")
    assert again is not None
    assert again.row.story.article_count == 2


def test_what_cannot_be_done_is_refused_with_nothing_changed(store: Store) -> None:
    two_stories(store)
    with pytest.raises(UnknownName, match="no story"):
        store.regrouping.merge("sone", "nothing", LATER)
    with pytest.raises(NewsError, match="same story already"):
        store.regrouping.merge("sone", "sone", LATER)
    with pytest.raises(NewsError, match="one at least has to stay"):
        store.regrouping.split("sone", ["https://tigris.example/one"], "sx", LATER)
    with pytest.raises(UnknownName, match="no article of sone"):
        store.regrouping.split("sone", ["https://tigris.example/two"], "sx", LATER)
    assert store.catalogue.tally(NOW).stories == 2

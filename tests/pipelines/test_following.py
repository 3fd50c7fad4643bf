"""What is reported of a story after days of silence is a story of its own, which says what it follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from news.article import Article
from news.briefing import Briefing, Parcel, Roundup
from news.criteria import Criteria
from news.delivery import Delivery
from news.silence import new_silence
from pipelines.alerting import Terms
from pipelines.grouping.filter import GroupFilter
from pipelines.withdrawing import joined
from tests.pipelines.desk import MEMO, OWN, Desk
from tests.samples import NOW, article, render
from tests.storage_steps import deliver

THIRD = article(
    "third", "levant", title="Iraq, Syria interior ministers: security cooperation memorandum comes into force",
    text="The memorandum between the interior ministers of Iraq and Syria on border security, drug control and extradition "
    "has come into force, a ministry spokesman said in Baghdad; its joint committee meets on Sunday.",
)  # fmt: skip


class Told:
    """Renders, and remembers what each message was told from."""

    def __init__(self) -> None:
        self.briefings: list[Briefing] = []

    def __call__(self, one: Delivery, briefing: Briefing | Roundup) -> Parcel:
        assert isinstance(briefing, Briefing)
        self.briefings.append(briefing)
        return render(one, briefing)


def at(one: Article, when: datetime) -> Article:
    return replace(one, fetched_at=when, published_at=when)


def follow_up(desk: Desk, hours: float = 50) -> tuple[str, str]:
    """The memorandum, told; and another report of it so much later: both stories' ids."""
    first = desk.take(at(MEMO, NOW)).rows[0].story_id
    desk.clock.forward(minutes=2)
    desk.send_all()
    desk.clock.forward(hours=hours)
    return first, desk.take(at(OWN, desk.clock.now()), outlet="zagros").rows[0].story_id


def test_after_two_days_of_silence_a_report_is_a_new_story_that_names_the_one_it_follows(desk: Desk) -> None:
    first, second = follow_up(desk)
    assert first != second
    assert desk.deliveries() == [("matched", "delivered"), ("matched", "held")]
    desk.clock.forward(minutes=2)
    told = Told()
    deliver(desk.store, told, desk.clock.now())
    (briefing,) = told.briefings
    assert briefing.root is None, "a thread of its own"
    assert briefing.follows is not None
    assert (briefing.follows.story_id, briefing.follows.title) == (first, MEMO.title)
    assert briefing.follows.root == desk.store.catalogue.alerts(limit=9)[-1].deliveries[0].delivery.id
    record = desk.store.catalogue.story(second)
    assert record is not None
    assert record.row.story.follows == first
    assert record.articles[0].sighting.evidence.rule.startswith(f"follows {first[:9]}")


def test_within_two_days_it_is_the_same_story(desk: Desk) -> None:
    first, second = follow_up(desk, hours=47)
    assert first == second


def test_the_next_report_joins_the_story_that_goes_on_and_not_the_former_one(desk: Desk) -> None:
    _, second = follow_up(desk)
    desk.clock.forward(hours=3)
    assert desk.take(at(THIRD, desk.clock.now()), outlet="levant").rows[0].story_id == second


def test_a_copy_of_the_old_text_still_belongs_to_the_old_story(desk: Desk) -> None:
    first = desk.take(at(MEMO, NOW)).rows[0].story_id
    desk.clock.forward(hours=60)
    copy = replace(article("copied", "levant", title=MEMO.title, text=MEMO.text))
    assert desk.take(at(copy, desk.clock.now()), outlet="levant").rows[0].story_id == first


@pytest.mark.parametrize("hours", [30, 72])
def test_who_muted_a_story_hears_nothing_of_what_follows_it_while_that_holds(desk: Desk, hours: float) -> None:
    first = desk.take(at(MEMO, NOW)).rows[0].story_id
    desk.clock.forward(minutes=2)
    desk.send_all()
    muted = Criteria(stories=(first,))
    desk.store.silences.add(
        new_silence(muted, author="desk", reason="seen", now=desk.clock.now(), ends_at=NOW + timedelta(hours=hours))
    )
    desk.clock.forward(hours=50)
    desk.take(at(OWN, desk.clock.now()), outlet="zagros")
    assert len(desk.deliveries()) == (1 if hours > 50 else 2)


def test_a_story_merged_with_the_one_it_follows_follows_none(desk: Desk) -> None:
    first, second = follow_up(desk)
    terms = Terms(routes=(), traffic=desk.store.archive.traffic(desk.clock.now()))
    desk.store.regrouping.merge(
        first, second, desk.clock.now(), lambda older, younger, _traffic, now: joined(older, younger, terms, now)
    )
    desk.clock.forward(hours=1)
    desk.take(at(THIRD, desk.clock.now()), outlet="levant")
    desk.clock.forward(hours=1)
    told = Told()
    deliver(desk.store, told, desk.clock.now())
    assert told.briefings
    assert {briefing.follows for briefing in told.briefings} == {None}


def test_the_filter_gives_what_follows_the_same_label() -> None:
    group = GroupFilter()

    def record(name: str, one: Article, hours: float) -> dict[str, str]:
        when = (NOW + timedelta(hours=hours)).isoformat()
        return {"id": name, "title": one.title, "text": one.text, "lang": "en", "published": when, "source": name}

    labels = {
        group.take(record("a", MEMO, 0))["story"],
        group.take(record("b", OWN, 50))["story"],
        group.take(record("c", THIRD, 60))["story"],
    }
    assert len(labels) == 1

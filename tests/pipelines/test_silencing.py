"""Silences: what they hide, for how long, and what they never hide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from news.criteria import Criteria
from news.errors import NewsError, UnknownName
from news.silence import Silence, new_silence
from pipelines.facts import Facts, fitting, misses
from storage import Store
from tests.pipelines.desk import MEMO, OWN, Desk
from tests.samples import NOW, tag


def silence(now=NOW, hours: float = 8, receiver: str = "", **criteria: tuple[str, ...]) -> Silence:
    return new_silence(
        Criteria(**criteria),
        author="dana",
        reason="known",
        now=now,
        ends_at=now + timedelta(hours=hours),
        receiver=receiver,
    )


FACTS = Facts(
    story_id="sone", tags=(tag(), tag(rule="drugs", score=2.1, actors={}, themes={"drugs": ()}, subtypes=("seizure",))),
    languages=frozenset({"ar"}), outlets=frozenset({"tigris"}), countries=frozenset({"IQ"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("criteria", "rules"),
    [
        (Criteria(), ("drugs", "security-cooperation")),
        (Criteria(rules=("drugs", "other")), ("drugs",)),
        (Criteria(actors=("IQ",)), ("security-cooperation",)),
        (Criteria(themes=("drugs",), subtypes=("seizure",)), ("drugs",)),
        (Criteria(actors=("IQ",), themes=("drugs",)), ()),
        (Criteria(min_score=4.0), ("security-cooperation",)),
        (Criteria(verdicts=("rupture",)), ()),
        (Criteria(languages=("en", "ar"), countries=("IQ",), outlets=("tigris",)), ("drugs", "security-cooperation")),
        (Criteria(languages=("en",)), ()),
        (Criteria(stories=("sone",)), ("drugs", "security-cooperation")),
        (Criteria(stories=("stwo",)), ()),
    ],
    ids=lambda v: " ".join(v.given()) if isinstance(v, Criteria) else None,
)
def test_all_criteria_must_fit_and_of_one_any_value(criteria: Criteria, rules: tuple[str, ...]) -> None:
    assert fitting(criteria, FACTS) == rules
    assert bool(misses(criteria, FACTS)) is not bool(rules), "a reason is given exactly when nothing fits"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"author": " "}, "author"),
        ({"reason": ""}, "reason"),
        ({"ends_at": NOW}, "past"),
        ({"ends_at": NOW + timedelta(days=31)}, "30 days"),
        ({"criteria": Criteria()}, "what it hides"),
    ],
)
def test_a_silence_has_author_reason_criteria_and_an_end_within_30_days(facts: dict[str, object], words: str) -> None:
    given = {"criteria": Criteria(rules=("r",)), "author": "a", "reason": "r", "ends_at": NOW + timedelta(hours=1)}
    with pytest.raises(NewsError, match=words):
        new_silence(now=NOW, **{**given, **facts})  # type: ignore[arg-type]


def test_silences_are_kept_listed_and_ended_once(store: Store) -> None:
    one, other = silence(rules=("a",)), silence(hours=2, outlets=("b",))
    for each in (one, other, one):
        store.silences.add(each)
    assert store.silences.list() == [one, other]
    assert store.silences.active(NOW + timedelta(hours=3)) == [one]
    ended = store.silences.expire(one.id[:6], NOW + timedelta(hours=1))
    assert ended.expired_at == NOW + timedelta(hours=1)
    assert store.silences.active(NOW + timedelta(hours=1)) == [other]
    with pytest.raises(NewsError, match="ended already"):
        store.silences.expire(one.id, NOW + timedelta(hours=2))
    with pytest.raises(UnknownName):
        store.silences.expire("no-such", NOW)  # no id has a dash


def test_a_silenced_story_is_kept_with_the_silence_that_hid_it(desk: Desk) -> None:
    hiding = silence(outlets=("tigris",))
    desk.store.silences.add(hiding)
    desk.take(MEMO)
    assert desk.deliveries() == []
    (hidden,) = desk.store.catalogue.alerts(state="suppressed")
    assert (hidden.alert.suppressed, hidden.alert.suppressed_by, hidden.alert.route) == ("silenced", hiding.id, "r")


def test_what_one_outlet_may_not_tell_another_one_tells(desk: Desk) -> None:
    desk.store.silences.add(silence(outlets=("tigris",)))
    desk.take(MEMO)
    desk.take(OWN, outlet="zagros")
    assert desk.deliveries() == [("matched", "held")]


def test_a_silence_of_one_reader_hides_nothing_from_the_others(desk: Desk) -> None:
    from news.alert import Route

    one, two = "mail/one@example.org", "mail/two@example.org"
    desk.route(Route(id="r", endpoints=("hook", one, two)))
    story = desk.take(MEMO).rows[0].story_id
    desk.store.silences.add(silence(stories=(story,), receiver=one))
    told = {d.delivery.endpoint: d.delivery.state.value for r in desk.store.catalogue.alerts() for d in r.deliveries}
    assert told == {"hook": "held", one: "cancelled", two: "held"}
    desk.clock.forward(minutes=2)
    desk.send_all()
    desk.take(OWN, outlet="zagros")
    told = {(d.delivery.endpoint, d.delivery.kind.value) for r in desk.store.catalogue.alerts() for d in r.deliveries}
    assert {endpoint for endpoint, kind in told if kind == "updated"} == {"hook", two}


def test_a_silence_of_a_receiver_holds_for_all_its_recipients(desk: Desk) -> None:
    from news.alert import Route

    desk.route(Route(id="r", endpoints=("hook", "mail/one@example.org", "mail/two@example.org")))
    desk.store.silences.add(silence(rules=("security-cooperation",), receiver="mail"))
    desk.take(MEMO)
    told = [d.delivery.endpoint for r in desk.store.catalogue.alerts() for d in r.deliveries]
    assert told == ["hook"]


def test_after_its_end_a_later_report_tells_the_story(desk: Desk) -> None:
    desk.store.silences.add(silence(hours=1, rules=("security-cooperation",)))
    desk.take(MEMO)
    desk.clock.forward(hours=2)
    desk.take(OWN, outlet="zagros")
    assert desk.deliveries() == [("matched", "held")]


def test_muting_a_story_stops_its_waiting_update_and_later_ones_but_no_correction(desk: Desk) -> None:
    from dataclasses import replace

    story = desk.take(MEMO).rows[0].story_id
    desk.clock.forward(minutes=2)
    desk.send_all()
    desk.take(OWN, outlet="zagros")
    assert desk.deliveries() == [("matched", "delivered"), ("updated", "held")]
    desk.store.silences.add(silence(desk.clock.now(), stories=(story,)))
    assert desk.deliveries() == [("matched", "delivered"), ("updated", "cancelled")]
    desk.take(replace(MEMO, title="Iraqi and Syrian interior ministers sign border security memorandum"))
    assert desk.deliveries()[-1] == ("corrected", "held")

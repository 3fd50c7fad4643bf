"""Who is told what and when: routes, confirmation, updates, corrections, quiet hours, caps. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from news.alert import Alert, AlertKind, Manner, Policy, Route, Told, Weight
from news.criteria import Criteria
from news.delivery import Delivery, DeliveryState
from news.filing import Filed, Fingerprint, Standing
from news.story import Story
from news.tag import Verdict
from news.timetable import Every, Quiet, Severity, Timetable
from news.traffic import Traffic
from pipelines.alerting import Addressed, Occasion, Terms, address
from pipelines.facts import Facts
from pipelines.grouping import Said
from pipelines.keyfacts import added, exchanged
from pipelines.withdrawing import endpoints_to_move, merged, untold_after_split, withdrawn
from tests.samples import NOW, article, tag

K = AlertKind


def story(*owners: str, id: str = "s1", revision: int = 7) -> Story:
    owners = owners or ("tigris",)
    return Story(
        id=id, title="Iraq and Syria sign", language="en", revision=revision, first_seen_at=NOW, last_seen_at=NOW,
        outlets=owners, owners=owners, article_count=len(owners),
    )  # fmt: skip


def told(endpoint: str = "desk", **changes: Any) -> Told:
    facts: dict[str, Any] = {
        "endpoint": endpoint, "rules": ("security-cooperation",), "last_created_at": NOW - timedelta(hours=1),
        "owners": 1, "route": "r",
    }  # fmt: skip
    return Told(**{**facts, **changes})


def occasion(*owners: str, known: tuple[Told, ...] = (), tags: Any = None, **changes: Any) -> Occasion:
    one = story(*owners)
    tags = (tag(),) if tags is None else tags
    facts = Facts(story_id=one.id, tags=tags, languages=frozenset({"en"}), outlets=frozenset(one.outlets))
    given: dict[str, Any] = {
        "article": article(), "article_id": "a1", "story": one, "facts": facts, "report": facts, "new_report": True,
        "corrected": False, "first_visit": False, "told": {t.endpoint: t for t in known},
    }  # fmt: skip
    return Occasion(**{**given, **changes})


ROUTE = Route(id="r", endpoints=("desk",))


def decide(
    what: Occasion, *routes: Route, policy: Policy = Policy(), traffic: Traffic | None = None, now: datetime = NOW
) -> Addressed:
    return address(what, Terms(routes=routes or (ROUTE,), policy=policy, traffic=traffic or Traffic()), now)


def sent(decided: Addressed) -> list[tuple[str, str, str]]:
    return sorted((d.endpoint, d.kind.value, d.fold) for d in decided.deliveries)


# -- routes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"rules": ("security-cooperation",)}, True), ({"rules": ("other",)}, False),
        ({"actors": ("IQ", "TR")}, True), ({"actors": ("TR",)}, False), ({"verdicts": ("rupture",)}, False),
        ({"languages": ("en",)}, True), ({"languages": ("ar",)}, False), ({"outlets": ("tigris",)}, True),
        ({"outlets": ("zagros",)}, False), ({"min_score": 4.0}, True), ({"min_score": 5.0}, False),
    ],
)  # fmt: skip
def test_a_route_wants_what_all_its_criteria_fit(criteria: dict[str, Any], fits: bool) -> None:
    route = Route(id="r", endpoints=("desk",), criteria=Criteria(**criteria))
    decided = decide(occasion(), route)
    assert bool(decided.deliveries) is fits
    assert [a.suppressed for a in decided.alerts] == ([""] if fits else ["no_route"])


def test_two_routes_to_one_receiver_make_one_message_with_all_rules() -> None:
    both = (tag(), tag(rule="drugs"))
    routes = [
        Route(id="a", endpoints=("desk", "mail"), criteria=Criteria(rules=("drugs",)), group_wait=timedelta(minutes=5)),
        Route(id="b", endpoints=("desk",), criteria=Criteria(rules=("security-cooperation",))),
    ]
    decided = decide(occasion(tags=both), *routes)
    assert sent(decided) == [("desk", "matched", ""), ("mail", "matched", "")]
    by = {d.endpoint: d for d in decided.deliveries}
    alerts = {a.id: a for a in decided.alerts}
    assert alerts[by["desk"].alert_id].rules == ("drugs", "security-cooperation")
    assert alerts[by["desk"].alert_id].route == "a+b"
    assert alerts[by["mail"].alert_id].rules == ("drugs",)
    assert by["desk"].ready_at == NOW + timedelta(seconds=60), "the sooner of the two"


def test_an_urgent_rule_does_not_wait_for_copies() -> None:
    policy = Policy(weights={"security-cooperation": Weight(urgent=True)})
    assert decide(occasion(), policy=policy).deliveries[0].ready_at == NOW


@pytest.mark.parametrize(
    ("route", "weights", "tags", "expected"),
    [
        (Severity.LOW, {"security-cooperation": Weight(severity=Severity.HIGH)}, (tag(),), Severity.LOW),
        (None, {"security-cooperation": Weight(severity=Severity.HIGH)}, (tag(),), Severity.HIGH),
        (None, {}, (tag(verdict=Verdict.RUPTURE),), Severity.HIGH),
        (None, {}, (tag(score=2.1),), Severity.LOW),
        (None, {}, (tag(),), Severity.NORMAL),
    ],
)
def test_severity_is_the_routes_word_then_the_rules_then_what_was_found(
    route: Severity | None, weights: dict[str, Weight], tags: Any, expected: Severity
) -> None:
    given = Route(id="r", endpoints=("desk",), severity=route)
    assert decide(occasion(tags=tags), given, policy=Policy(weights=weights)).alerts[0].severity is expected


def test_the_more_specific_rule_wins_and_the_other_is_kept_with_its_reason() -> None:
    both = (tag(), tag(rule="drugs"))
    policy = Policy(weights={"drugs": Weight(inhibits=("security-cooperation",))})
    general = Route(id="general", endpoints=("mail",), criteria=Criteria(rules=("security-cooperation",)))
    special = Route(id="special", endpoints=("desk",), criteria=Criteria(rules=("drugs",)))
    decided = decide(occasion(tags=both), general, special, policy=policy)
    assert sent(decided) == [("desk", "matched", "")]
    hidden = [a for a in decided.alerts if a.suppressed]
    assert [(a.route, a.suppressed, a.suppressed_by) for a in hidden] == [("general", "inhibited", "drugs")]
    mutual = {"drugs": Weight(inhibits=("security-cooperation",)), "security-cooperation": Weight(inhibits=("drugs",))}
    assert len(decide(occasion(tags=both), general, special, policy=Policy(weights=mutual)).deliveries) == 2


# -- confirmation -----------------------------------------------------------------


def test_each_threshold_of_owners_confirms_once() -> None:
    kinds = []
    shown = 1
    for count in range(2, 13):
        owners = [f"o{n}" for n in range(count)]
        decided = decide(occasion(*owners, known=(told(owners=shown),)))
        (delivery,) = decided.deliveries
        kinds.append((count, delivery.kind.value))
        shown = count
        if delivery.kind is K.CONFIRMED:
            assert delivery.ready_at == NOW, "a confirmation does not wait"
    assert [count for count, kind in kinds if kind == "confirmed"] == [3, 5, 10]


def test_a_message_that_showed_three_owners_has_confirmed_them() -> None:
    decided = decide(occasion("a", "b", "c", known=(told(owners=3),), new_report=False))
    assert decided.deliveries == ()


def test_a_confirmation_overtakes_the_update_that_waits_and_goes_to_others_too() -> None:
    route = Route(id="r", endpoints=("desk",), confirm_to=("pager",))
    waiting = told(open_delivery="msg_u", open_kind=K.UPDATED, open_ready_at=NOW + timedelta(minutes=4))
    decided = decide(occasion("a", "b", "c", known=(waiting,)), route)
    assert sent(decided) == [("desk", "confirmed", ""), ("pager", "confirmed", "")]
    assert [(a.delivery_id, a.state) for a in decided.amendments] == [("msg_u", DeliveryState.SUPERSEDED)]
    assert decide(occasion("a", "b", known=(waiting,)), route).deliveries == (), "two are no confirmation"


def test_a_route_for_confirmed_stories_hears_nothing_before() -> None:
    route = Route(id="r", endpoints=("chief",), confirmed=4)
    assert decide(occasion("a", "b", "c"), route).deliveries == ()
    assert sent(decide(occasion("a", "b", "c", "d"), route)) == [("chief", "confirmed", "")]


def test_the_first_message_that_still_waits_tells_the_confirmation_itself() -> None:
    waiting = told(open_delivery="msg_m", open_kind=K.MATCHED, open_ready_at=NOW, owners=0)
    decided = decide(occasion("a", "b", "c", known=(waiting,)))
    assert (decided.deliveries, decided.relied) == ((), ("msg_m",))


# -- updates ----------------------------------------------------------------------


def test_an_update_keeps_its_distance_and_waits_longer_with_each_report() -> None:
    known = told(last_created_at=NOW - timedelta(minutes=2))
    (delivery,) = decide(occasion("a", "b", known=(known,))).deliveries
    assert (delivery.kind, delivery.ready_at) == (K.UPDATED, NOW + timedelta(minutes=8))
    waiting = told(
        last_created_at=NOW, open_delivery="msg_u", open_kind=K.UPDATED, open_ready_at=NOW + timedelta(minutes=8)
    )
    (change,) = decide(occasion("a", "b", known=(waiting,))).amendments
    assert change.ready_at == NOW + timedelta(minutes=8, seconds=30)
    late = told(
        last_created_at=NOW - timedelta(minutes=29), open_delivery="msg_u", open_kind=K.UPDATED,
        open_ready_at=NOW + timedelta(minutes=1),
    )  # fmt: skip
    assert decide(occasion("a", "b", known=(late,))).amendments == (), "thirty minutes are the limit"


def test_nothing_new_is_no_update_and_a_new_fact_is_one() -> None:
    assert decide(occasion(known=(told(),), new_report=False)).deliveries == ()
    decided = decide(occasion(known=(told(),), new_report=False, note="new number: 5"))
    assert sent(decided) == [("desk", "updated", "")]
    assert decided.alerts[0].note == "new number: 5"
    muted = Route(id="r", endpoints=("desk",), updates=False)
    assert decide(occasion("a", "b", known=(told(),)), muted).deliveries == ()


def test_a_correction_reaches_those_who_were_told_though_updates_are_off_or_the_route_fits_no_more() -> None:
    for route in (
        Route(id="r", endpoints=("desk",), updates=False),
        Route(id="r", endpoints=("desk",), criteria=Criteria(languages=("ar",))),
    ):
        decided = decide(occasion(known=(told(),), new_report=False, corrected=True), route)
        assert sent(decided) == [("desk", "corrected", "")]
    waiting = told(open_delivery="msg_u", open_kind=K.UPDATED, open_ready_at=NOW)
    decided = decide(occasion(known=(waiting,), corrected=True))
    assert sent(decided) == [("desk", "corrected", "")]
    assert decided.amendments[0].state is DeliveryState.SUPERSEDED
    unsent = told(open_delivery="msg_m", open_kind=K.MATCHED, open_ready_at=NOW)
    assert decide(occasion(known=(unsent,), corrected=True)).deliveries == (), "nothing was told yet"


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("Three men, 3 in all, were held in Kirkuk.", "Five men, 5 in all, were held in Kirkuk.", "number 3 \u2192 5"),
        ("They held 3 men.", "They held 3 men. The trial opens on day 12.", ""),
        ("Signed in 2025.", "Signed in 2026.", ""),
        ("word " * 80 + "updated at 12:40", "word " * 80 + "updated at 13:55", ""),
    ],
)
def test_a_number_put_in_anothers_place_is_a_correction_and_one_added_is_not(
    before: str, after: str, note: str
) -> None:
    same = Fingerprint(content_hash="x")
    assert exchanged(article(text=before), same, article(text=after), same) == note


def filed(owner: str = "tigris", number: int = 1, **changes: Any) -> Filed:
    facts: dict[str, Any] = {
        "sequence": number, "article_id": f"a{number}", "story_id": "s1", "url": f"https://x.example/{number}",
        "outlet": owner, "owner": owner, "source": f"{owner}/en", "title": "t", "language": "en", "revision": 1,
        "published_at": NOW, "fetched_at": NOW, "fingerprint": Fingerprint(content_hash="x", numbers=("3",)),
    }  # fmt: skip
    return Filed(**{**facts, **changes})


def test_a_report_is_news_if_its_headline_says_a_number_or_place_that_none_said() -> None:
    known, there = Said(), Said()
    known.add(Fingerprint(content_hash="x", numbers=("3",)))
    there.add(Fingerprint(content_hash="x", places=("diyala",)))
    assert added("5 held in Kirkuk", Fingerprint(content_hash="y", numbers=("5",)), known) == "new number: 5"
    assert added("3 held in Kirkuk", Fingerprint(content_hash="y", numbers=("3",)), known) == ""
    placed = Fingerprint(content_hash="y", places=("kirkuk",))
    assert added("held", placed, known) == "", "the first to name a place adds precision"
    assert added("held", placed, there) == "new place: kirkuk"


# -- withdrawal, merge, split -----------------------------------------------------


def terms(*routes: Route) -> Terms:
    return Terms(routes=routes or (ROUTE,), traffic=Traffic())


def test_all_who_were_told_hear_of_a_withdrawal_and_what_was_not_told_is_cancelled() -> None:
    waiting = told("mail", open_delivery="msg_m", open_kind=K.MATCHED, open_ready_at=NOW)
    gone = told("left")
    standing = Standing(story=story("tigris"), told={t.endpoint: t for t in (told(), waiting, gone)})
    routes = Route(id="r", endpoints=("desk", "mail"), updates=False)
    result = withdrawn(standing, filed(), outlet="Tigris", others=False, terms=terms(routes), now=NOW)
    assert [(d.endpoint, d.kind, d.ready_at) for d in result.deliveries] == [("desk", K.RETRACTED, NOW)]
    assert result.alerts[0].note == "Tigris withdrew its report"
    assert [(a.delivery_id, a.state) for a in result.amendments] == [("msg_m", DeliveryState.CANCELLED)]
    assert (result.story.owners, result.story.revision) == ((), 8)


def test_while_others_report_it_a_waiting_story_goes_out_and_a_copy_is_withdrawn_in_silence() -> None:
    waiting = told(open_delivery="msg_m", open_kind=K.MATCHED, open_ready_at=NOW)
    standing = Standing(story=story("tigris", "zagros"), told={"desk": waiting})
    result = withdrawn(standing, filed(), outlet="Tigris", others=False, terms=terms(), now=NOW)
    assert (result.deliveries, result.amendments, result.relied) == ((), (), ("msg_m",))
    copy = withdrawn(standing, filed(copy_of="a0"), outlet="T", others=True, terms=terms(), now=NOW)
    assert (copy.alerts, copy.story) == ((), standing.story)


def test_of_two_stories_that_are_one_the_younger_thread_gets_one_pointing_reply() -> None:
    older = Standing(story=story(id="s0"), told={"desk": told()})
    waiting = told("desk", open_delivery="msg_u", open_kind=K.UPDATED, open_ready_at=NOW)
    younger = Standing(story=story(id="s1"), told={"desk": waiting, "mail": told("mail")})
    result = merged(older, younger, terms(Route(id="r", endpoints=("desk", "mail"))), NOW)
    assert [(d.endpoint, d.kind, d.story_id) for d in result.deliveries] == [("desk", K.MERGED, "s1")]
    assert "Iraq and Syria sign" in result.alerts[0].note
    assert [a.delivery_id for a in result.amendments] == ["msg_u"]
    assert endpoints_to_move(older, younger) == ("mail",), "its thread goes on as the older story's"


def test_a_story_split_off_tells_only_what_was_not_told() -> None:
    parent = Standing(story=story(), told={"desk": told(), "mail": told("mail", rules=("drugs",))})
    assert list(untold_after_split(parent, ["security-cooperation"])) == ["desk"]


# -- quiet hours, digests, caps ---------------------------------------------------

NIGHT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 23:00 in Baghdad
QUIET = Quiet(begins=time(22), ends=time(7), zone="Asia/Baghdad")
MORNING = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def test_quiet_hours_hold_until_their_end_unless_it_is_grave_enough() -> None:
    policy = Policy(manners={"desk": Manner(quiet=QUIET)})
    (held,) = decide(occasion(), policy=policy, now=NIGHT).deliveries
    assert (held.fold, held.ready_at) == ("quiet", MORNING)
    grave = Route(id="r", endpoints=("desk",), severity=Severity.HIGH)
    assert decide(occasion(), grave, policy=policy, now=NIGHT).deliveries[0].fold == ""
    asleep = told(open_delivery="msg_m", open_kind=K.MATCHED, open_ready_at=MORNING, fold="quiet", owners=0)
    assert sent(decide(occasion("a", "b", "c", known=(asleep,)), policy=policy, now=NIGHT)) == [
        ("desk", "confirmed", "")
    ], "a confirmation pierces them"
    assert decide(occasion("a", "b", known=(asleep,)), policy=policy, now=NIGHT).deliveries == ()


def test_a_routes_own_quiet_hours_go_before_the_receivers() -> None:
    route = Route(id="r", endpoints=("desk",), quiet=Quiet(begins=time(3), ends=time(4)))
    policy = Policy(manners={"desk": Manner(quiet=QUIET)})
    assert decide(occasion(), route, policy=policy, now=NIGHT).deliveries[0].fold == ""


def test_a_daily_digest_takes_everything_until_its_time() -> None:
    daily = Timetable(every=Every.DAILY, at=time(7), zone="Asia/Baghdad")
    route = Route(id="r", endpoints=("desk",), digest=daily)
    (first,) = decide(occasion(), route, now=NIGHT).deliveries
    assert (first.fold, first.ready_at) == ("digest daily", MORNING)
    known = told(open_delivery="m", open_kind=K.MATCHED, open_ready_at=MORNING, fold="digest daily", owners=0)
    assert decide(occasion("a", "b", "c", known=(known,)), route, now=NIGHT).deliveries == ()


def test_a_clock_set_back_makes_no_second_digest_of_the_same_time() -> None:
    daily = Timetable(every=Every.DAILY, at=time(7), zone="Asia/Baghdad")
    route = Route(id="r", endpoints=("desk",), digest=daily)
    made = Traffic(digested={("desk", "digest daily"): MORNING + timedelta(seconds=2)})
    back = MORNING - timedelta(minutes=58)
    assert decide(occasion(), route, traffic=made, now=back).deliveries[0].ready_at == MORNING + timedelta(days=1)
    asleep = Policy(manners={"desk": Manner(quiet=QUIET)})
    made = Traffic(digested={("desk", "quiet"): MORNING + timedelta(seconds=2)})
    assert decide(occasion(), policy=asleep, traffic=made, now=back).deliveries[0].fold == ""


def test_over_a_cap_messages_are_folded_and_operators_told_once_an_hour() -> None:
    route = Route(id="r", endpoints=("desk",), per_hour=30)
    traffic = Traffic()
    decided = [decide(occasion(), route, traffic=traffic, now=NOW) for _ in range(1)]
    for _ in range(29):
        traffic.count(decided[0].deliveries)
    assert decide(occasion(), route, traffic=traffic).deliveries[0].fold == ""
    traffic.count(decided[0].deliveries)
    over = decide(occasion(), route, traffic=traffic, now=NOW + timedelta(minutes=1))
    assert (over.deliveries[0].fold, over.deliveries[0].ready_at) == (
        "busy 30 an hour along r", NOW + timedelta(minutes=15)
    )  # fmt: skip
    again = decide(occasion(), route, traffic=traffic, now=NOW + timedelta(minutes=20))
    assert [n.id for n in over.notices] == [n.id for n in again.notices] != []
    correction = decide(occasion(known=(told(),), corrected=True, new_report=False), route, traffic=traffic)
    assert sent(correction) == [("desk", "corrected", "")]


def test_more_than_may_wait_for_a_receiver_are_folded() -> None:
    policy = Policy(manners={"desk": Manner(waiting=20), "mail": Manner(per_hour=2)})
    traffic = Traffic()
    traffic.waiting["desk"], traffic.endpoints["mail"] = 20, 2
    both = Route(id="r", endpoints=("desk", "mail", "hook"))
    assert sent(decide(occasion(), both, policy=policy, traffic=traffic)) == [
        ("desk", "matched", "backlog"), ("hook", "matched", ""), ("mail", "matched", "busy 2 an hour")
    ]  # fmt: skip


def test_old_news_and_a_source_read_badly_are_told_in_the_late_digest() -> None:
    old = article(published_at=NOW - timedelta(hours=25))
    (late,) = decide(occasion(article=old)).deliveries
    assert (late.fold, late.ready_at) == ("late", NOW.replace(hour=7) + timedelta(days=1))
    (careful,) = decide(occasion(careful="tigris/en")).deliveries
    assert careful.fold == "source tigris/en"
    assert sent(decide(occasion("a", "b", article=old, known=(told(),)))) == [("desk", "updated", "")]


def test_of_two_routes_the_one_that_sends_alone_prevails() -> None:
    digest = Route(id="a", endpoints=("desk",), digest=Timetable(every=Every.DAILY))
    assert sent(decide(occasion(), digest, ROUTE)) == [("desk", "matched", "")]


def test_a_first_visit_tells_nobody_whatever_the_routes() -> None:
    decided = decide(occasion(first_visit=True))
    assert (decided.deliveries, [a.suppressed for a in decided.alerts]) == ((), ["first_visit"])


def test_every_decision_has_its_alert_and_each_endpoint_at_most_one_delivery() -> None:
    routes = [Route(id=f"r{n}", endpoints=("desk", "mail"), confirm_to=("pager",)) for n in range(3)]
    decided = decide(occasion("a", "b", "c"), *routes)
    ids = {a.id for a in decided.alerts}
    assert len({d.endpoint for d in decided.deliveries}) == len(decided.deliveries) == 3
    assert {d.alert_id for d in decided.deliveries} <= ids
    assert all(isinstance(a, Alert) for a in decided.alerts)
    assert all(isinstance(d, Delivery) for d in decided.deliveries)

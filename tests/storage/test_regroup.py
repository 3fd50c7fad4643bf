"""Stories merged and split by hand, on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from news.alert import AlertKind, Route
from news.article import Article
from news.briefing import Claim
from news.criteria import Criteria
from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement
from news.errors import NewsError, Outdated, UnknownName
from news.filing import Standing, Telling
from news.match import Match
from news.regrouping import Joined, Parting
from news.silence import new_silence
from news.story import Relation
from news.tag import Tag
from news.traffic import Traffic
from pipelines.alerting import Terms
from pipelines.matching import matches_of
from pipelines.splitting import parted
from pipelines.withdrawing import joined
from storage import Store
from tests.samples import NOW, chunk, filing, render

LATER = NOW + timedelta(hours=1)


def quiet(older: Standing, younger: Standing, traffic: Traffic, now: datetime) -> Joined:
    moving = tuple(sorted(set(younger.told) - set(older.told)))
    return Joined(telling=Telling(story=younger.story), moving=moving)


ROUTES = (Route(id="r", endpoints=("hook", "mail")),)


def join(older: Standing, younger: Standing, traffic: Traffic, now: datetime) -> Joined:
    return joined(older, younger, Terms(routes=ROUTES, traffic=traffic), now)


def part(parting: Parting, traffic: Traffic, now: datetime) -> Sequence[Telling]:
    return parted(parting, Terms(routes=ROUTES, traffic=traffic), (), {}, now)


def show(story: str, article_id: str, article: Article, tag: Tag) -> Match:
    return matches_of(article, article_id, story, (tag,), {}, NOW)[0]


def joint_story(store: Store, *, endpoint: str = "hook", rules: tuple[str, ...] = ("security-cooperation",)) -> None:
    """One story of two articles that a rule matches; its opener was told, the second report better matched."""
    first, second = filing("one", endpoint), filing("two", told=False)
    story, sighting, match = first.story, second.sighting, second.matches[0]
    assert story is not None
    assert sighting is not None
    better = replace(second.tags[0], score=5.0)
    opener = replace(first, alerts=(replace(first.alerts[0], rules=rules),))
    joined = replace(
        second,
        story=replace(story, revision=2, article_count=2),
        sighting=replace(sighting, story_id="sone", relation=Relation.JOINED),
        tags=(better,),
        matches=(replace(match, story_id="sone", tag=better),),
    )
    store.archive.commit(chunk(opener, joined))


def split_two(store: Store, now: datetime = LATER) -> None:
    store.regrouping.split("sone", ["https://tigris.example/two"], "snew", now, part=part, show=show)


def test_a_split_tells_whoever_was_not_told_and_gives_the_old_story_its_next_best_match(store: Store) -> None:
    joint_story(store)
    told(store)
    split_two(store)
    (new,) = told(store, now=LATER + timedelta(hours=30))
    assert (new.delivery.endpoint, new.delivery.story_id, new.delivery.kind) == ("mail", "snew", AlertKind.MATCHED)
    scores = {}
    for name in ("sone", "snew"):
        record = store.catalogue.story(name)
        assert record is not None
        scores[name] = [(match.article_id, match.tag.score) for match in record.matches]
    assert scores == {"sone": [("aone", 4.2)], "snew": [("atwo", 5.0)]}
    standing = store.archive.standings(["snew"])["snew"]
    assert standing is not None
    assert set(standing.told) == {"hook", "mail"}, "the next report is told anew to neither"
    assert store.check() == []


def test_a_split_tells_a_rule_that_was_not_told_and_not_what_waits_elsewhere(store: Store) -> None:
    joint_story(store, rules=("drugs",))
    told(store)
    split_two(store)
    new = told(store, now=LATER + timedelta(hours=30))
    assert sorted((one.delivery.endpoint, one.delivery.story_id) for one in new) == [("hook", "snew"), ("mail", "snew")]


def test_whoever_has_not_read_of_the_old_story_yet_is_told_of_both(store: Store) -> None:
    joint_story(store)
    split_two(store, NOW)
    sent = told(store, now=LATER + timedelta(hours=30))
    assert sorted((one.delivery.endpoint, one.delivery.story_id) for one in sent) == [
        ("hook", "snew"),
        ("hook", "sone"),
        ("mail", "snew"),
    ]


def test_undoing_a_split_points_nobody_to_a_thread_that_never_was(store: Store) -> None:
    joint_story(store)
    told(store)
    split_two(store)
    assert [one.delivery.endpoint for one in told(store, now=LATER + timedelta(hours=1))] == ["mail"]
    store.regrouping.merge("sone", "snew", LATER + timedelta(hours=2), join)
    assert told(store, now=LATER + timedelta(hours=30)) == []
    assert store.check() == []


def two_stories(store: Store) -> None:
    store.archive.commit(chunk(filing("one")))
    second = filing("two", now=LATER)
    assert second.story is not None
    store.archive.commit(chunk(replace(second, story=replace(second.story, first_seen_at=LATER))))


def states(store: Store) -> dict[str, str]:
    return {d.delivery.alert_id: d.delivery.state.value for a in store.catalogue.alerts() for d in a.deliveries}


def test_after_a_merge_both_ids_mean_the_older_story_and_nobody_is_told_twice(store: Store) -> None:
    two_stories(store)
    assert store.regrouping.merge("stwo", "sone", LATER, quiet) == "sone"
    record = store.catalogue.story("stwo")
    assert record is not None
    assert record.row.story.id == "sone"
    assert record.row.story.article_count == 2
    assert [a.sighting.story_id for a in record.articles] == ["sone", "sone"]
    assert {alert.alert.story_id for alert in record.alerts} == {"sone"}
    assert states(store) == {"alone": "held", "altwo": "superseded"}
    standing = store.archive.standings(["sone"])["sone"]
    assert standing is not None
    assert set(standing.told) == {"hook"}


def told(store: Store, *, now: datetime = LATER) -> list[Claim]:
    """Everything due is handed over; the claims, in the order in which they were made."""
    taken: list[Claim] = []
    while claims := store.outbox.claim(
        owner="w", now=now, lease=timedelta(seconds=60), limit=9, per_endpoint=9, render=render
    ):
        for one in claims:
            receipt = Receipt(result=SendResult.ACCEPTED, remote_id=f"at {one.delivery.story_id}")
            health = EndpointState(endpoint=one.delivery.endpoint)
            end = Settlement(
                delivery_id=one.delivery.id,
                attempt=one.attempt,
                owner="w",
                state=DeliveryState.DELIVERED,
                receipt=receipt,
                endpoint=health,
            )
            assert store.outbox.settle(end, now)
        taken += claims
    return taken


def test_whoever_was_told_of_both_gets_one_pointing_reply_in_the_younger_thread(store: Store) -> None:
    two_stories(store)
    assert len(told(store)) == 2
    store.regrouping.merge("sone", "stwo", LATER + timedelta(minutes=1), join)
    (reply,) = told(store, now=LATER + timedelta(hours=1))
    assert (reply.delivery.kind, reply.delivery.endpoint) == (AlertKind.MERGED, "hook")
    assert reply.root is not None
    assert reply.root.remote_id == "at stwo", "it stands in the younger thread"
    assert b"memorandum" in reply.parcel.body, "and shows the story that there is"
    record = store.catalogue.story("stwo")
    assert record is not None
    assert sorted(alert.alert.kind.value for alert in record.alerts) == ["matched", "matched", "merged"]
    preview = store.catalogue.briefing("sone", "hook", LATER + timedelta(hours=2))
    assert preview is not None
    assert preview[1].root is not None
    assert preview[1].root.remote_id == "at sone", "what follows stands in the older"
    assert told(store, now=LATER + timedelta(hours=3)) == []
    assert store.check() == []


def test_what_was_told_in_the_younger_thread_is_not_told_again_in_the_older(store: Store) -> None:
    two_stories(store)
    second = filing("three", now=LATER)
    other = replace(second.alerts[0], rules=("drugs",))
    store.archive.commit(chunk(replace(second, alerts=(other,))))
    told(store)
    store.regrouping.merge("sone", "sthree", LATER + timedelta(minutes=1), join)
    standing = store.archive.standings(["sone"])["sone"]
    assert standing is not None
    assert standing.told["hook"].rules == ("drugs", "security-cooperation")
    assert standing.told["hook"].open_delivery == ""


def test_the_thread_of_whoever_was_told_of_the_younger_alone_goes_on_as_the_older_storys(store: Store) -> None:
    store.archive.commit(chunk(filing("one")))
    second = filing("two", "mail", now=LATER)
    assert second.story is not None
    store.archive.commit(chunk(replace(second, story=replace(second.story, first_seen_at=LATER))))
    assert len(told(store)) == 2
    store.regrouping.merge("sone", "stwo", LATER + timedelta(minutes=1), join)
    assert told(store, now=LATER + timedelta(hours=1)) == []
    preview = store.catalogue.briefing("sone", "mail", LATER + timedelta(hours=2))
    assert preview is not None
    assert preview[1].root is not None
    assert preview[1].root.remote_id == "at stwo"


def test_a_waiting_message_of_the_younger_is_dropped_while_the_olders_is_being_sent(store: Store) -> None:
    two_stories(store)
    (first,) = store.outbox.claim(
        owner="w", now=LATER, lease=timedelta(seconds=60), limit=1, per_endpoint=1, render=render
    )
    assert first.delivery.story_id == "sone"
    store.regrouping.merge("sone", "stwo", LATER, join)
    assert states(store) == {"alone": "sending", "altwo": "superseded"}
    assert store.check() == []


def test_a_silence_of_an_old_id_hides_the_story_that_it_was_merged_into(store: Store) -> None:
    two_stories(store)
    until = LATER + timedelta(hours=8)
    muted = new_silence(Criteria(stories=("stwo",)), author="dana", reason="known", now=LATER, ends_at=until)
    store.silences.add(muted)
    assert [s.criteria.stories for s in store.silences.active(LATER)] == [("stwo",)]
    store.regrouping.merge("sone", "stwo", LATER, quiet)
    assert [s.criteria.stories for s in store.silences.active(LATER)] == [("stwo", "sone")]
    assert states(store)["alone"] == "held"
    again = new_silence(Criteria(stories=("stwo",)), author="dana", reason="again", now=LATER, ends_at=until)
    store.silences.add(again)
    assert states(store)["alone"] == "cancelled", "what waits is stopped under the old id too"


def test_whoever_was_told_only_of_the_younger_story_is_told_of_the_whole_once(store: Store) -> None:
    store.archive.commit(chunk(filing("one", told=False)))
    store.archive.commit(chunk(filing("two", now=LATER)))
    store.regrouping.merge("sone", "stwo", LATER, quiet)
    assert states(store) == {"altwo": "held"}
    standing = store.archive.standings(["sone"])["sone"]
    assert standing is not None
    assert set(standing.told) == {"hook"}


def test_a_running_intake_sees_what_moved_and_a_late_commit_under_the_old_id_is_refused(store: Store) -> None:
    two_stories(store)
    seen = max(filed.sequence for filed in store.archive.filed_since(0, NOW - timedelta(days=1)))
    store.regrouping.merge("sone", "stwo", LATER, quiet)
    moved = store.archive.filed_since(seen, NOW - timedelta(days=1))
    assert [(filed.article_id, filed.story_id) for filed in moved] == [("atwo", "sone")]
    with pytest.raises(Outdated):
        store.archive.commit(chunk(filing("two", now=LATER)))


def test_a_split_takes_articles_and_their_alerts_and_a_merge_undoes_it(store: Store) -> None:
    two_stories(store)
    store.regrouping.merge("sone", "stwo", LATER, quiet)
    new = store.regrouping.split("stwo", ["https://tigris.example/two"], "sthree", LATER, part=part, show=show)
    apart = store.catalogue.story(new)
    assert apart is not None
    assert [a.filed.article_id for a in apart.articles] == ["atwo"]
    assert "altwo" in [alert.alert.id for alert in apart.alerts]
    left = store.catalogue.story("sone")
    assert left is not None
    assert left.row.story.article_count == 1
    store.regrouping.merge("sone", "sthree", LATER, quiet)
    again = store.catalogue.story("sthree")
    assert again is not None
    assert again.row.story.article_count == 2


def test_what_cannot_be_done_is_refused_with_nothing_changed(store: Store) -> None:
    two_stories(store)
    with pytest.raises(UnknownName, match="no story"):
        store.regrouping.merge("sone", "nothing", LATER, quiet)
    with pytest.raises(NewsError, match="same story already"):
        store.regrouping.merge("sone", "sone", LATER, quiet)
    with pytest.raises(NewsError, match="one at least has to stay"):
        store.regrouping.split("sone", ["https://tigris.example/one"], "sx", LATER, part=part, show=show)
    with pytest.raises(UnknownName, match="no article of sone"):
        store.regrouping.split("sone", ["https://tigris.example/two"], "sx", LATER, part=part, show=show)
    assert store.catalogue.tally(NOW).stories == 2

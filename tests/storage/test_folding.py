"""Digests in the outbox: closed whole, told once, on both engines; G10 over days when clocks change."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import CompoundSelect, Select, select

from news.alert import AlertKind
from news.briefing import Briefing, Parcel, Roundup
from news.delivery import Delivery, DeliveryState, EndpointState, Receipt, SendResult, Settlement
from news.errors import NewsError
from news.timetable import Every, Timetable
from pipelines.timetable import next_digest
from storage import Store, due, keeping
from storage import tables as t
from storage.folding import unfolded
from tests.samples import NOW, chunk, delivery, filing, render
from tests.storage_steps import deliver

LEASE = timedelta(seconds=60)


def hold(store: Store, name: str, *, due: datetime, fold: str = "quiet", now: datetime = NOW, owners: int = 1) -> None:
    """A matched story whose message waits for a digest."""
    one = filing(name, now=now)
    held = delivery(name, now=now, ready_at=due, expires_at=due + timedelta(hours=76), fold=fold, route="r")
    assert one.story is not None
    grown = replace(one.story, owners=tuple(f"o{n}" for n in range(owners)))
    store.archive.commit(chunk(replace(one, story=grown, deliveries=(held,))))


class Told:
    """Renders, and remembers what each digest told."""

    def __init__(self) -> None:
        self.digests: list[Roundup] = []

    def __call__(self, one: Delivery, briefing: Briefing | Roundup) -> Parcel:
        if isinstance(briefing, Roundup):
            self.digests.append(briefing)
        return render(one, briefing)

    def stories(self) -> list[list[str]]:
        return [[item.story.id for item in digest.items] for digest in self.digests]


def test_what_is_held_is_told_in_one_digest_at_its_time_the_best_confirmed_first(store: Store) -> None:
    due = NOW + timedelta(hours=8)
    for name, owners in (("a", 1), ("b", 3), ("c", 2)):
        hold(store, name, due=due, owners=owners)
    told = Told()
    assert deliver(store, told, due - timedelta(seconds=1)) == 0
    assert deliver(store, told, due) == 1
    assert told.stories() == [["sb", "sc", "sa"]]
    states = Counter(d.delivery.state for r in store.catalogue.alerts() for d in r.deliveries)
    assert states == {DeliveryState.FOLDED: 3, DeliveryState.DELIVERED: 1}
    assert deliver(store, told, due + timedelta(days=1)) == 0
    digest = store.catalogue.alerts(limit=1)[0]
    assert (digest.alert.kind, digest.title) == (AlertKind.DIGEST, "Held over quiet hours: 3 stories")
    assert sorted(m.story_id for m in digest.members) == ["sa", "sb", "sc"]
    assert store.catalogue.alert(digest.alert.story_id) == digest, "by the id that a webhook bears"
    assert store.check() == []


def test_a_digest_lists_25_stories_and_counts_the_rest(store: Store) -> None:
    for number in range(31):
        hold(store, f"n{number:02}", due=NOW)
    told = Told()
    deliver(store, told, NOW)
    (digest,) = told.digests
    assert (len(digest.items), digest.story_count) == (25, 31)


def test_a_digest_that_cannot_be_stored_leaves_its_stories_waiting(store: Store) -> None:
    """A crash between opening the digest and closing its stories into it is a rollback."""
    hold(store, "a", due=NOW)

    def dies(_one: Delivery, _briefing: object) -> Parcel:
        raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        store.outbox.claim(owner="w", now=NOW, lease=LEASE, limit=1, per_endpoint=1, render=dies)
    (record,) = store.catalogue.alerts()
    assert record.deliveries[0].delivery.state is DeliveryState.HELD
    told = Told()
    assert deliver(store, told, NOW) == 1
    assert told.stories() == [["sa"]]


def test_while_a_digest_has_not_arrived_the_next_ones_wait_and_become_one(store: Store) -> None:
    hold(store, "a", due=NOW)
    claims = store.outbox.claim(owner="w", now=NOW, lease=LEASE, limit=9, per_endpoint=9, render=render)
    assert [c.delivery.kind for c in claims] == [AlertKind.DIGEST]
    for number in range(4):
        later = NOW + timedelta(hours=1 + number)
        hold(store, f"b{number}", due=later, now=NOW + timedelta(minutes=number + 1))
        more = store.outbox.claim(owner="v", now=later, lease=LEASE, limit=9, per_endpoint=9, render=render)
        assert more == [], "the first one is still open"
    accepted = Settlement(
        delivery_id=claims[0].delivery.id, attempt=1, owner="w", state=DeliveryState.DELIVERED,
        receipt=Receipt(result=SendResult.ACCEPTED), endpoint=EndpointState(endpoint="hook"),
    )  # fmt: skip
    assert store.outbox.settle(accepted, NOW)
    told = Told()
    assert deliver(store, told, NOW + timedelta(hours=5)) == 1
    assert [sorted(stories) for stories in told.stories()] == [["sb0", "sb1", "sb2", "sb3"]]


def test_what_a_receiver_missed_comes_as_one_digest_instead_of_a_flood(store: Store) -> None:
    for number in range(60):
        store.archive.commit(chunk(filing(f"n{number}", now=NOW + timedelta(seconds=number))))
    told = Told()
    back = NOW + timedelta(hours=80)
    assert deliver(store, told, back) == 1
    (digest,) = told.digests
    assert (digest.fold, digest.story_count) == ("missed", 60)
    states = Counter(d.delivery.state for r in store.catalogue.alerts(limit=0) for d in r.deliveries)
    assert states == {DeliveryState.EXPIRED: 60, DeliveryState.DELIVERED: 1}
    assert store.check() == []


def test_what_was_given_up_while_a_receiver_was_away_stands_in_that_digest_and_stays_dead(store: Store) -> None:
    for name in ("a", "b", "c"):
        store.archive.commit(chunk(filing(name)))
    claims = store.outbox.claim(owner="w", now=NOW, lease=LEASE, limit=9, per_endpoint=9, render=render)
    for claim in claims:
        end = Settlement(
            delivery_id=claim.delivery.id, attempt=1, owner="w", state=DeliveryState.DEAD,
            receipt=Receipt(result=SendResult.RETRY), endpoint=EndpointState(endpoint="hook"), reason="given up",
            missed=claim.delivery.story_id != "sc",
        )  # fmt: skip
        assert store.outbox.settle(end, NOW)
    assert [(fold.fold, fold.count) for fold in store.catalogue.waiting()] == [("missed", 2)]
    told = Told()
    assert deliver(store, told, NOW + timedelta(minutes=1)) == 1
    assert [sorted(stories) for stories in told.stories()] == [["sa", "sb"]], "not what it refused"
    states = Counter(d.delivery.state for r in store.catalogue.alerts() for d in r.deliveries)
    assert states == {DeliveryState.DEAD: 3, DeliveryState.DELIVERED: 1}, "and can be sent again"
    assert store.outbox.resend(delivery("a").id, NOW).state is DeliveryState.READY
    assert deliver(store, told, NOW + timedelta(minutes=2)) == 1
    assert len(told.digests) == 1
    assert store.check() == []


def test_an_update_of_a_story_that_waits_for_a_digest_is_not_held_up_by_it(store: Store) -> None:
    hold(store, "a", due=NOW + timedelta(hours=8))
    confirmed = delivery(
        "a", id="msg_confirmed", kind=AlertKind.CONFIRMED, story_revision=2, now=NOW + timedelta(minutes=5)
    )
    store.archive.commit(chunk(replace(filing("a"), alerts=(), deliveries=(confirmed,), built_on=1)))
    claims = store.outbox.claim(
        owner="w", now=NOW + timedelta(minutes=5), lease=LEASE, limit=9, per_endpoint=9, render=render
    )
    assert [c.delivery.id for c in claims] == ["msg_confirmed"]


def test_a_folded_message_is_not_sent_again_by_itself_but_its_digest_is(store: Store) -> None:
    hold(store, "a", due=NOW)
    deliver(store, Told(), NOW)
    digest = store.catalogue.alerts(limit=1)[0].deliveries[0].delivery
    with pytest.raises(NewsError, match="folded"):
        store.outbox.resend(delivery("a").id, NOW)
    assert store.outbox.resend(digest.id, NOW).state is DeliveryState.READY
    assert deliver(store, Told(), NOW) == 1


def missed(store: Store, *names: str) -> datetime:
    """Messages that expired, and wait in a digest to a receiver that cannot be reached just now; until then."""
    for name in names:
        store.archive.commit(chunk(filing(name)))
    late = NOW + timedelta(hours=80)
    claims = store.outbox.claim(owner="w", now=late, lease=LEASE, limit=0, per_endpoint=9, render=render)
    assert claims == [], "its digest is there, and not begun"
    return late


def test_what_is_sent_again_by_hand_leaves_the_digest_that_it_waits_in(store: Store) -> None:
    late = missed(store, "a", "b")
    store.outbox.resend(delivery("a").id, late)
    told = Told()
    assert deliver(store, told, late) == 2
    assert told.stories() == [["sb"]], "and `a` by itself"
    assert store.check() == []


def test_a_digest_of_which_all_was_sent_again_by_hand_is_not_sent(store: Store) -> None:
    late = missed(store, "a", "b")
    for name in ("a", "b"):
        store.outbox.resend(delivery(name).id, late)
    told = Told()
    assert deliver(store, told, late) == 2
    assert told.stories() == []
    states = Counter(d.delivery.state for r in store.catalogue.alerts() for d in r.deliveries)
    assert states == {DeliveryState.DELIVERED: 2, DeliveryState.CANCELLED: 1}


def test_what_stands_in_a_digest_that_is_being_sent_is_not_sent_beside_it(store: Store) -> None:
    late = missed(store, "a", "b")
    (claim,) = store.outbox.claim(owner="w", now=late, lease=LEASE, limit=9, per_endpoint=9, render=render)
    with pytest.raises(NewsError, match=f"in the digest {claim.delivery.id}, which is being sent"):
        store.outbox.resend(delivery("a").id, late)
    assert store.outbox.settled(states=[DeliveryState.EXPIRED]) == [], "a range leaves it out"
    over = Settlement(
        delivery_id=claim.delivery.id, attempt=1, owner="w", state=DeliveryState.DEAD,
        receipt=Receipt(result=SendResult.RETRY), endpoint=EndpointState(endpoint="hook"),
    )  # fmt: skip
    assert store.outbox.settle(over, late)
    assert len(store.outbox.settled(states=[DeliveryState.EXPIRED])) == 2
    assert store.outbox.resend(delivery("a").id, late).state is DeliveryState.READY


def test_a_digest_that_expires_is_given_up_and_operators_hear_of_it(store: Store) -> None:
    late = missed(store, "a") + timedelta(days=31)
    assert store.troubles.given_up(late - timedelta(days=1)) == {}, "what it tells was not lost yet"
    assert deliver(store, Told(), late) == 0
    lost = store.troubles.given_up(late - timedelta(days=1))["hook"]
    assert (lost.count, lost.latest_at) == (1, late)
    assert "marsad alerts resend" in lost.reason


def plan(store: Store, query: Select[Any] | CompoundSelect[Any]) -> list[str]:
    """How SQLite goes about a statement; what its values are does not matter."""
    query = query.params(now=NOW, full=["hook"], state="ready", limit=8)
    compiled = query.compile(store._engine, compile_kwargs={"render_postcompile": True})
    bound = (0,) * len(compiled.positiontup or ())
    with store._engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound)]


def test_looking_for_what_is_to_be_folded_reads_nothing_else(sqlite_store: Store) -> None:
    """It is done at each claim, beside millions of messages that were delivered or have expired."""
    steps = plan(sqlite_store, select(t.deliveries.c.id).where(unfolded()))
    assert ["deliveries_unfolded" in step for step in steps] == [True], steps


@pytest.mark.parametrize("query", [due._PENDING, due._DUE, due._ENDPOINTS], ids=["pending", "due", "endpoints"])
def test_a_claim_finds_what_is_due_by_indexes_alone(sqlite_store: Store, query: Select[Any]) -> None:
    steps = plan(sqlite_store, query)
    about = [step for step in steps if "deliveries" in step or "earlier" in step]
    assert about
    assert all(step.startswith("SEARCH") and " INDEX " in step for step in about), steps
    assert not any("FOR ORDER BY" in step for step in steps), "it stops early, however many are due"


def test_what_is_forgotten_is_found_by_an_index_of_what_is_kept(sqlite_store: Store) -> None:
    steps = plan(sqlite_store, keeping._OVER.params(before=NOW))
    assert ["deliveries_messages" in step for step in steps] == [True], steps


ZONES = [
    "Asia/Baghdad", "Asia/Tehran", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "Asia/Jerusalem",
    "Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
]  # fmt: skip
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def eves(zone: str) -> list[datetime]:
    """Two days before each change of a zone's clocks in a year; one day of those that never change."""
    days = [YEAR + timedelta(days=number) for number in range(365)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    found = [day for day, (this, after) in zip(days[:-2], pairwise(offsets[2:]), strict=False) if this != after]
    return found or [days[60]]


@pytest.mark.parametrize("zone", ZONES)
def test_g10_no_digest_is_missed_or_doubled_with_a_clock_that_jumps_by_an_hour(sqlite_store: Store, zone: str) -> None:
    """Around the days on which a zone's clocks change, a story an hour for four days, the machine's clock wrong by
    up to an hour either way: every story is in one digest, and no local day has two."""
    timetable = Timetable(every=Every.DAILY, at=time(0, 0), zone=zone)
    told = Told()
    names: list[str] = []
    for turn, begin in enumerate(eves(zone)):
        before = len(told.digests)
        for hour in range(96):
            skew = timedelta(hours=(-1, 0, 1, 0, 0)[hour % 5])
            now = begin + timedelta(hours=hour) + skew
            names.append(f"{turn}x{hour}")
            digested = sqlite_store.archive.traffic(now).digested
            due = next_digest(timetable, max(now, digested.get(("hook", "digest daily"), now)))
            hold(sqlite_store, names[-1], due=due, fold="digest daily", now=now)
            deliver(sqlite_store, told, now)
        deliver(sqlite_store, told, begin + timedelta(days=6))
        assert len(told.digests) - before <= 6
    in_digests = Counter(story for digest in told.digests for story in [item.story.id for item in digest.items])
    assert sum(digest.story_count for digest in told.digests) == len(names), "none is lost, none is told twice"
    assert max(in_digests.values()) == 1
    times = sorted(digest.created_at for digest in told.digests)
    apart = [later - earlier for earlier, later in pairwise(times)]
    assert min(apart) >= timedelta(hours=21), "two digests of one day"

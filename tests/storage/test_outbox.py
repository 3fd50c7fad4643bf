"""The outbox: leases, order, limits, doubt; on both engines."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text as sql

from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel
from news.delivery import Delivery, DeliveryState, EndpointHealth, EndpointState, Receipt, SendResult, Settlement
from news.errors import DeliveryError, NewsError, UnknownName
from storage import Store
from storage.engine import writing
from storage.keeping import PART
from tests.samples import NOW, chunk, delivery, filing, render

LEASE = timedelta(seconds=60)


def claim(store: Store, owner: str = "w1", *, now: datetime = NOW, limit: int = 32, per: int = 4) -> Sequence[Claim]:
    return store.outbox.claim(owner=owner, now=now, lease=LEASE, limit=limit, per_endpoint=per, render=render)


def settled(taken: Claim, state: DeliveryState, **facts: object) -> Settlement:
    receipt = Receipt(result=SendResult.ACCEPTED if state is DeliveryState.DELIVERED else SendResult.RETRY)
    plain = {"endpoint": EndpointState(endpoint=taken.delivery.endpoint), "receipt": receipt}
    return Settlement(
        delivery_id=taken.delivery.id, attempt=taken.attempt, owner=taken.owner, state=state, **{**plain, **facts}
    )  # type: ignore[arg-type]


def test_a_due_delivery_is_claimed_once_with_its_bytes_stored(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    taken = claim(store)
    assert [c.delivery.id for c in taken] == [delivery().id]
    assert taken[0].parcel.body.endswith(b"memorandum")
    assert claim(store, "w2") == []


def test_a_held_delivery_is_not_claimed_before_its_time(store: Store) -> None:
    waiting = replace(filing(), deliveries=(delivery(ready_at=NOW + timedelta(seconds=60)),))
    store.archive.commit(chunk(waiting))
    assert claim(store) == []
    assert store.outbox.next_due(NOW) == NOW + timedelta(seconds=60)
    assert len(claim(store, now=NOW + timedelta(seconds=60))) == 1


def test_a_retry_sends_the_very_same_bytes(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    first = claim(store)[0]
    later = NOW + timedelta(seconds=5)
    assert store.outbox.settle(settled(first, DeliveryState.RETRY_WAIT, next_at=later), NOW)

    def other(_delivery: Delivery, _briefing: Briefing) -> Parcel:
        return Parcel(body=b"other", media_type="x")

    again = store.outbox.claim(owner="w", now=later, lease=LEASE, limit=1, per_endpoint=1, render=other)[0]
    assert (again.parcel.body, again.attempt) == (first.parcel.body, 2)


def test_only_one_delivery_of_a_story_is_in_flight_per_endpoint_and_in_order(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    update = delivery(
        id="msg_update", kind=AlertKind.UPDATED, story_revision=2, created_at=NOW + timedelta(seconds=1),
        ready_at=NOW + timedelta(seconds=1),
    )  # fmt: skip
    store.archive.commit(chunk(replace(filing(), alerts=(), deliveries=(update,), built_on=1)))
    later = NOW + timedelta(seconds=2)
    first = claim(store, now=later)
    assert [c.delivery.kind for c in first] == [AlertKind.MATCHED]
    assert claim(store, now=later) == []
    store.outbox.settle(settled(first[0], DeliveryState.DELIVERED), later)
    second = claim(store, now=later)
    assert [c.delivery.id for c in second] == ["msg_update"]
    assert second[0].root is not None
    assert second[0].root.delivery_id == first[0].delivery.id


def test_an_endpoint_gets_at_most_its_share_at_once(store: Store) -> None:
    store.archive.commit(chunk(*(filing(f"n{i}") for i in range(5)), filing("other", "mail")))
    taken = claim(store, per=2)
    assert sorted(c.delivery.endpoint for c in taken) == ["hook", "hook", "mail"]


def test_a_long_queue_for_one_endpoint_hides_nothing_that_is_due_elsewhere(store: Store) -> None:
    """One claim takes what there is: the pump rests after one that did not use up its slots."""
    store.archive.commit(chunk(*(filing(f"n{i}") for i in range(50))))
    later = NOW + timedelta(seconds=1)
    store.archive.commit(chunk(filing("other", "mail", now=later)))
    taken = claim(store, now=later, limit=4, per=2)
    assert sorted(c.delivery.endpoint for c in taken) == ["hook", "hook", "mail"]


@pytest.mark.parametrize(
    ("health", "blocked", "expected"),
    [
        (EndpointHealth.DISABLED, None, 0),
        (EndpointHealth.THROTTLED, timedelta(seconds=9), 0),
        (EndpointHealth.OPEN, timedelta(seconds=-1), 1),
        (EndpointHealth.HEALTHY, None, 3),
    ],
)
def test_a_failing_endpoint_is_spared(
    store: Store, health: EndpointHealth, blocked: timedelta | None, expected: int
) -> None:
    store.archive.commit(chunk(*(filing(f"n{i}") for i in range(4))))
    first = claim(store, limit=1)[0]
    state = EndpointState(endpoint="hook", health=health, blocked_until=None if blocked is None else NOW + blocked)
    store.outbox.settle(settled(first, DeliveryState.DELIVERED, endpoint=state), NOW)
    assert len(claim(store)) == expected
    assert store.outbox.endpoint("hook").health is health


def test_an_endpoint_that_was_overloaded_gets_fewer_at_once(store: Store) -> None:
    store.archive.commit(chunk(*(filing(f"n{i}") for i in range(6))))
    first = claim(store, limit=1)[0]
    throttled = EndpointState(
        endpoint="hook", health=EndpointHealth.THROTTLED, blocked_until=NOW - timedelta(seconds=1), share=0.5
    )
    store.outbox.settle(settled(first, DeliveryState.DELIVERED, endpoint=throttled), NOW)
    assert len(claim(store, per=4)) == 2


def test_an_expired_lease_makes_the_delivery_doubtful_and_due(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    first = claim(store)[0]
    assert store.outbox.recover(NOW + timedelta(seconds=59)) == 0
    after = NOW + timedelta(seconds=61)
    assert store.outbox.recover(after) == 1
    again = claim(store, "w2", now=after)[0]
    assert again.was is DeliveryState.IN_DOUBT
    assert again.doubtful_since == NOW
    assert not store.outbox.settle(settled(first, DeliveryState.DELIVERED), after), "the zombie is refused"
    assert store.outbox.settle(settled(again, DeliveryState.DELIVERED), after)


def test_what_is_too_old_is_told_in_a_digest_and_can_be_resent_under_its_id(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    late = NOW + timedelta(hours=77)
    (digest,) = claim(store, now=late)
    assert digest.delivery.kind is AlertKind.DIGEST
    assert store.outbox.settle(settled(digest, DeliveryState.DELIVERED), late)
    record = store.catalogue.alert("alone")
    assert record is not None
    assert record.deliveries[0].delivery.state is DeliveryState.EXPIRED
    again = store.outbox.resend(delivery().id, late)
    assert again.state is DeliveryState.READY
    assert [c.delivery.id for c in claim(store, now=late)] == [delivery().id]
    with pytest.raises(NewsError, match="sending"):
        store.outbox.resend(delivery().id, late)
    with pytest.raises(UnknownName):
        store.outbox.resend("msg_none", late)


def test_a_delivery_that_cannot_be_rendered_is_dead_with_the_reason_and_blocks_nothing(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))

    def fussy(one: Delivery, briefing: Briefing) -> Parcel:
        if one.story_id == "sa":
            raise DeliveryError("the receiver 'hook' is no longer configured")
        return render(one, briefing)

    taken = store.outbox.claim(owner="w", now=NOW, lease=LEASE, limit=9, per_endpoint=9, render=fussy)
    assert [c.delivery.story_id for c in taken] == ["sb"]
    record = store.catalogue.alert("ala")
    assert record is not None
    assert record.deliveries[0].delivery.state is DeliveryState.DEAD
    assert "no longer configured" in record.deliveries[0].delivery.reason


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stories SET doc = '{' WHERE story_id = 'sa'",
        "UPDATE articles SET article = '[]' WHERE article_id = 'aa'",
        "UPDATE alerts SET doc = '{}' WHERE alert_id = 'ala'",
        "DELETE FROM stories WHERE story_id = 'sa'",
    ],
)
def test_a_delivery_whose_story_cannot_be_read_is_dead_with_the_reason_and_blocks_nothing(
    store: Store, damage: str
) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    with writing(store._engine) as connection:
        connection.execute(sql(damage))
    assert [c.delivery.story_id for c in claim(store)] == ["sb"]
    assert claim(store) == []
    [dead] = store.outbox.settled(states=[DeliveryState.DEAD])
    assert dead.story_id == "sa"
    assert "cannot be read" in dead.reason
    assert "marsad alerts resend" in dead.reason
    assert "\n" not in dead.reason
    assert store.troubles.given_up(NOW)["hook"].reason == dead.reason, "operators are told"


def test_a_digest_of_a_story_that_cannot_be_read_is_dead_and_blocks_nothing(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b", "mail", now=NOW + timedelta(hours=76))))
    with writing(store._engine) as connection:
        connection.execute(sql("UPDATE stories SET doc = '{' WHERE story_id = 'sa'"))
    late = NOW + timedelta(hours=77)
    assert [c.delivery.story_id for c in claim(store, now=late)] == ["sb"]
    [dead] = store.outbox.settled(states=[DeliveryState.DEAD])
    assert dead.kind is AlertKind.DIGEST
    assert "cannot be read" in dead.reason


def test_two_owners_at_once_never_get_the_same_delivery(store: Store) -> None:
    for start in range(0, 40, 5):
        store.archive.commit(chunk(*(filing(f"n{i}") for i in range(start, start + 5))))
    taken: list[str] = []
    faults: list[BaseException] = []

    def work(owner: str) -> None:
        try:
            while found := claim(store, owner, limit=3, per=100):
                taken.extend(c.delivery.id for c in found)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert len(taken) == len(set(taken)) == 40


def sizes(store: Store) -> dict[str, int]:
    """Bytes of each message that is kept, by story."""
    records = [entry for record in store.catalogue.alerts() for entry in record.deliveries]
    return {entry.delivery.story_id: entry.in_body_bytes for entry in records if entry.in_body_bytes}


def told(
    store: Store, *names: str, state: DeliveryState = DeliveryState.DELIVERED, at: datetime = NOW, missed: bool = False
) -> None:
    """Stories whose messages end at once."""
    for name in names:
        store.archive.commit(chunk(filing(name)))
    for taken in claim(store):
        reason = "gone for good" if state is DeliveryState.DEAD else ""
        later = at + timedelta(hours=1) if state is DeliveryState.RETRY_WAIT else None
        assert store.outbox.settle(settled(taken, state, reason=reason, next_at=later, missed=missed), at)


def test_messages_that_arrived_or_were_given_up_long_ago_are_forgotten_and_nothing_that_waits(store: Store) -> None:
    told(store, "arrived", "again")
    told(store, "dead", state=DeliveryState.DEAD)
    told(store, "waiting", state=DeliveryState.RETRY_WAIT)
    told(store, "young", at=NOW + timedelta(days=1))
    store.archive.commit(chunk(filing("sending")))
    assert len(claim(store)) == 1
    store.outbox.resend(delivery("again").id, NOW)
    assert store.outbox.forget_messages(NOW + timedelta(seconds=1)) == 2
    assert set(sizes(store)) == {"swaiting", "syoung", "ssending", "sagain"}
    assert store.outbox.forget_messages(NOW + timedelta(seconds=1)) == 0
    forgotten = store.outbox.forgotten(delivery(name).id for name in ("arrived", "again", "dead", "waiting", "never"))
    assert forgotten == {delivery("arrived").id, delivery("dead").id}
    assert store.check() == []


def test_so_are_those_that_came_too_late_or_were_called_off(store: Store) -> None:
    store.archive.commit(chunk(filing("late"), filing("off", "mail/a@b.example")))
    for taken in claim(store):
        assert store.outbox.settle(settled(taken, DeliveryState.RETRY_WAIT, next_at=NOW + timedelta(hours=1)), NOW)
    store.recipients.unsubscribe("mail/a@b.example", at=NOW, via="link")
    after = NOW + timedelta(days=4)
    [digest] = claim(store, now=after)
    assert store.outbox.settle(settled(digest, DeliveryState.DELIVERED), after)
    assert {one.deliveries[0].delivery.state.value for one in store.catalogue.alerts()} >= {"expired", "cancelled"}
    assert {"slate", "soff"} <= set(sizes(store))
    assert store.outbox.forget_messages(after + timedelta(seconds=1)) == 3
    assert sizes(store) == {}
    store.outbox.resend(delivery("late").id, after)
    [again] = claim(store, now=after)
    assert (again.delivery.id, again.parcel.body[-10:]) == (delivery("late").id, b"memorandum")


def test_messages_that_ended_in_one_moment_are_forgotten_all(store: Store) -> None:
    count = PART + 5
    store.archive.commit(chunk(*(filing(f"n{number}") for number in range(count))))
    ends = [settled(taken, DeliveryState.DELIVERED) for taken in claim(store, limit=count, per=count)]
    assert all(store.outbox.settle_all(ends, NOW))
    assert store.outbox.forget_messages(NOW + timedelta(seconds=1)) == count
    assert sizes(store) == {}


def test_what_waits_for_the_digest_of_what_was_missed_is_told_there_without_its_own_text(store: Store) -> None:
    told(store, "one", state=DeliveryState.DEAD, missed=True)
    assert store.outbox.forget_messages(NOW + timedelta(seconds=1)) == 1
    [digest] = claim(store)
    assert digest.delivery.kind is AlertKind.DIGEST
    assert digest.parcel.body.endswith(b"memorandum")


def test_a_forgotten_message_that_is_sent_again_is_made_anew_under_its_id(store: Store) -> None:
    told(store, "one")
    store.outbox.forget_messages(NOW + timedelta(seconds=1))
    store.outbox.resend(delivery().id, NOW)
    [again] = claim(store)
    assert (again.delivery.id, again.attempt) == (delivery().id, 2)
    assert again.parcel.body.endswith(b"memorandum")
    assert sizes(store) == {"sone": len(again.parcel.body)}, "retries send these bytes"

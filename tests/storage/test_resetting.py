"""The machine's clock is set back, and nothing waits for it to come round again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from news.delivery import DeliveryState, EndpointHealth, EndpointState, Receipt, SendResult, Settlement
from news.outlet import SourceState
from storage import Store
from tests.samples import NOW, chunk, filing, render, source

MINUTE, HOURS = timedelta(minutes=1), timedelta(hours=3)


def test_after_the_clock_is_set_back_waits_are_as_long_as_they_were_meant(store: Store) -> None:
    store.dispatch.enlist([source(), source("cron", cron="0 8 * * *")], NOW - MINUTE)
    state = SourceState(first_visit=False, due_at=NOW + 10 * MINUTE)
    store.archive.commit(chunk(filing(), state=state, frees=True, hold_until=NOW + 5 * MINUTE))
    [claim] = store.outbox.claim(owner="w", now=NOW, lease=MINUTE, limit=9, per_endpoint=9, render=render)
    failing = EndpointState(endpoint="hook", health=EndpointHealth.OPEN, blocked_until=NOW + MINUTE)
    failed = Settlement(
        delivery_id=claim.delivery.id,
        attempt=1,
        owner="w",
        state=DeliveryState.RETRY_WAIT,
        receipt=Receipt(result=SendResult.RETRY),
        endpoint=failing,
        next_at=NOW + 2 * MINUTE,
    )
    assert store.outbox.settle(failed, NOW)
    cron = store.archive.source_state("cron/en").due_at

    then = NOW - HOURS
    store.set_back(then, HOURS)
    assert store.archive.source_state("tigris/en").due_at == then + 10 * MINUTE
    assert store.archive.source_state("cron/en").due_at == cron
    assert store.outbox.endpoint("hook") == replace(failing, blocked_until=then + MINUTE)
    assert store.outbox.next_due(then) == then + 2 * MINUTE
    lease = {"owner": "w", "lease": MINUTE, "limit": 9}
    assert store.dispatch.take(now=then + 9 * MINUTE, **lease) == []
    assert [host.host for host in store.dispatch.take(now=then + 10 * MINUTE, **lease)] == ["tigris.example"]


def test_what_is_due_already_is_left_as_it_is(store: Store) -> None:
    store.dispatch.enlist([source()], NOW - HOURS)
    due = store.archive.source_state("tigris/en").due_at
    store.set_back(NOW, HOURS)
    assert store.archive.source_state("tigris/en").due_at == due


def test_a_clock_set_back_while_no_daemon_was_at_work_is_noticed(store: Store) -> None:
    assert store.lost_since_seen(NOW) == timedelta(0), "of the first start nothing is known"
    store.see(NOW)
    assert store.lost_since_seen(NOW + HOURS) == timedelta(0)
    then = NOW - HOURS
    assert store.lost_since_seen(then) == HOURS
    store.set_back(then, HOURS)
    assert store.lost_since_seen(then) == timedelta(0), "seen to"

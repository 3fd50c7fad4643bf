"""The schedule and the breaker, as pure functions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.backoff import SCHEDULE, wait_after
from alerts.breaker import after, phase
from alerts.settle import settlement
from news.briefing import Claim, Parcel
from news.delivery import DeliveryState, EndpointHealth, EndpointState, Receipt, SendResult
from tests.alerts.samples import NOW, delivery

HOUR = timedelta(hours=1)


def test_thirteen_attempts_take_about_75_hours():
    assert len(SCHEDULE) + 1 == 13
    assert timedelta(hours=74) < sum(SCHEDULE, timedelta()) < timedelta(hours=76)
    assert wait_after(13, chance=0.5) is None


@pytest.mark.parametrize("attempt", range(1, 13))
def test_jitter_stays_within_a_fifth(attempt):
    low, high = wait_after(attempt, chance=0.0), wait_after(attempt, chance=0.999999)
    assert low == SCHEDULE[attempt - 1] * 0.8
    assert SCHEDULE[attempt - 1] < high < SCHEDULE[attempt - 1] * 1.2


def test_retry_after_is_a_floor_and_capped_at_a_day():
    assert wait_after(1, chance=0, retry_after=2 * HOUR) == 2 * HOUR
    assert wait_after(1, chance=0, retry_after=timedelta(days=9)) == 24 * HOUR
    assert wait_after(12, chance=0.5, retry_after=HOUR) == 24 * HOUR


def test_overload_waits_a_minute_at_least():
    assert wait_after(1, chance=0, overloaded=True) == timedelta(seconds=60)


def failed(result=SendResult.RETRY, **more):
    return Receipt(result=result, status="503", detail="answered 503", **more)


def follow(state, *receipts, step=timedelta(minutes=2)):
    now = NOW
    for receipt in receipts:
        state = after(state, receipt, now)
        now += step
    return state


FRESH = EndpointState(endpoint="desk")
OK = Receipt(result=SendResult.ACCEPTED)


def test_five_failures_in_a_row_open_the_breaker_for_a_minute():
    assert follow(FRESH, *[failed()] * 4).health is EndpointHealth.HEALTHY
    state = after(follow(FRESH, *[failed()] * 4), failed(), NOW)
    assert state.health is EndpointHealth.OPEN
    assert state.blocked_until == NOW + timedelta(seconds=60)
    assert phase(state, NOW + timedelta(seconds=61)) is EndpointHealth.HALF_OPEN


def test_a_success_between_failures_starts_the_count_again():
    state = follow(FRESH, *[failed()] * 4, OK, *[failed()] * 4)
    assert state.health is EndpointHealth.HEALTHY
    assert state.failure_count == 4


def test_a_probe_that_arrives_closes_the_breaker():
    assert follow(FRESH, *[failed()] * 6, OK) == FRESH


def test_a_wrong_set_up_opens_at_once():
    assert after(FRESH, failed(SendResult.MISCONFIGURED), NOW).health is EndpointHealth.OPEN


@pytest.mark.parametrize("result", [SendResult.REJECTED, SendResult.ABORTED])
def test_poison_leaves_the_endpoint_alone(result):
    assert follow(FRESH, *[failed(result)] * 20) == FRESH


def test_gone_disables_for_good():
    state = follow(FRESH, failed(SendResult.GONE), OK, failed())
    assert state.health is EndpointHealth.DISABLED


def test_five_days_of_failure_disable():
    state = follow(FRESH, *[failed()] * 11, step=timedelta(hours=12))
    assert state.health is EndpointHealth.DISABLED


def test_a_pause_asked_for_outlives_the_success_of_another_message():
    throttled = after(FRESH, failed(retry_after=timedelta(seconds=90)), NOW)
    state = after(throttled, OK, NOW + timedelta(seconds=1))
    assert state.blocked_until == NOW + timedelta(seconds=90)
    assert after(state, OK, NOW + timedelta(seconds=91)) == FRESH


def test_a_later_failure_never_shortens_the_pause():
    throttled = after(FRESH, failed(retry_after=HOUR), NOW)
    assert after(throttled, failed(overloaded=True), NOW).blocked_until == NOW + HOUR


def test_an_overloaded_endpoint_gets_half_and_then_a_tenth_more_with_each_success():
    once = after(FRESH, failed(overloaded=True), NOW)
    twice = after(once, failed(overloaded=True), NOW)
    assert (once.share, twice.share) == (0.5, 0.25)
    later = NOW + timedelta(minutes=5)
    state, shares = once, []
    while state != FRESH:
        state = after(state, OK, later)
        shares.append(state.share)
    assert shares == [0.6, 0.7, 0.8, 0.9, 1.0]


def claimed(attempt):
    return Claim(
        delivery=delivery(),
        attempt=attempt,
        owner="me",
        parcel=Parcel(body=b"", media_type=""),
        was=DeliveryState.READY,
    )


@pytest.mark.parametrize(
    ("result", "attempt", "state"),
    [
        (SendResult.ACCEPTED, 1, DeliveryState.DELIVERED),
        (SendResult.RETRY, 12, DeliveryState.RETRY_WAIT),
        (SendResult.RETRY, 13, DeliveryState.DEAD),
        (SendResult.REJECTED, 2, DeliveryState.RETRY_WAIT),
        (SendResult.REJECTED, 3, DeliveryState.DEAD),
        (SendResult.MISCONFIGURED, 3, DeliveryState.RETRY_WAIT),
        (SendResult.GONE, 1, DeliveryState.RETRY_WAIT),
        (SendResult.ABORTED, 1, DeliveryState.DEAD),
        (SendResult.IN_DOUBT, 1, DeliveryState.IN_DOUBT),
        (SendResult.IN_DOUBT, 13, DeliveryState.DEAD),
    ],
)
def test_what_becomes_of_the_delivery(result, attempt, state):
    done = settlement(claimed(attempt), failed(result), FRESH, NOW, 0.5)
    assert done.state is state
    assert (done.next_at is not None) == (state in {DeliveryState.RETRY_WAIT, DeliveryState.IN_DOUBT})
    assert bool(done.reason) == (state is not DeliveryState.DELIVERED)

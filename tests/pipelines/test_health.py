"""A source's health: each bad day has its own name, and a good day after it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from news.health import HealthState
from news.outlet import Cursor, Rhythm, Source, SourceKind, SourceState
from news.run import RunOutcome
from news.visit import VisitEnd
from pipelines.rhythm import expected, learnt, rate
from pipelines.sourcelife import state_after
from tests.samples import source

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Life:
    """A source that is visited again and again."""

    def __init__(self, now: datetime = MONDAY, **changes: Any) -> None:
        self.source: Source = source(**changes)
        self.state, self.now = SourceState(), now

    def visit(self, outcome: RunOutcome = RunOutcome.OK, **facts: Any) -> HealthState:
        end = VisitEnd(outcome=outcome, cursor=Cursor(), **facts)
        self.state = state_after(self.source, self.state, end, [], None, self.now)
        return self.state.health.state

    def failed(self, reason: str, **facts: Any) -> HealthState:
        return self.visit(RunOutcome.FAILED, reason=reason, error=f"it failed: {reason}", **facts)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("http_403", HealthState.BLOCKED), ("robots", HealthState.BLOCKED), ("http_429", HealthState.LIMITED),
        ("gone", HealthState.GONE), ("http_404", HealthState.GONE), ("http_500", HealthState.UNREACHABLE),
        ("dns", HealthState.UNREACHABLE), ("timeout", HealthState.UNREACHABLE), ("not_a_feed", HealthState.NOT_A_FEED),
        ("broken_xml", HealthState.NOT_A_FEED), ("empty_body", HealthState.EMPTY),
        ("no_links", HealthState.SELECTOR_BROKEN),
    ],
)  # fmt: skip
def test_a_failure_is_named_with_since_when_and_the_evidence(reason: str, state: HealthState) -> None:
    life = Life()
    assert life.visit(arrivals=(MONDAY,), newest_entry_at=MONDAY) is HealthState.OK
    life.now += HOUR
    assert life.failed(reason) is state
    begun = life.now
    life.now += HOUR
    life.failed(reason)
    assert (life.state.health.since, life.state.health.evidence) == (begun, f"it failed: {reason}")
    assert life.visit(RunOutcome.NOT_MODIFIED) is HealthState.OK
    assert life.state.health.since == life.now


def test_a_busy_server_that_says_when_to_come_back_is_limiting_not_down() -> None:
    assert Life().failed("http_503", hold_until=MONDAY + HOUR) is HealthState.LIMITED
    assert Life().failed("http_503") is HealthState.UNREACHABLE


def test_pages_without_text_are_a_broken_selector_only_when_they_go_on() -> None:
    life = Life()
    assert life.visit(newest_entry_at=MONDAY, read=3, textless=1) is HealthState.OK
    assert life.visit(newest_entry_at=MONDAY, textless=4) is HealthState.SELECTOR_BROKEN
    assert "5 article pages" in life.state.health.evidence
    assert life.visit(newest_entry_at=MONDAY, read=1) is HealthState.OK


def test_a_list_that_is_served_while_its_pages_are_refused_is_blocked() -> None:
    life = Life()
    assert life.visit(newest_entry_at=MONDAY, refused=5) is HealthState.BLOCKED


def test_a_listing_page_without_links_has_a_broken_selector_a_feed_without_entries_is_empty() -> None:
    assert Life(kind=SourceKind.LISTING).visit(RunOutcome.EMPTY) is HealthState.SELECTOR_BROKEN
    assert Life().visit(RunOutcome.EMPTY) is HealthState.EMPTY


def test_an_old_newest_entry_is_frozen_but_not_at_a_monthly() -> None:
    life = Life()
    old = [MONDAY - timedelta(days=9, hours=n) for n in range(20)]
    assert life.visit(arrivals=tuple(old), newest_entry_at=old[0]) is HealthState.FROZEN
    assert "9 days old" in life.state.health.evidence
    monthly = Life()
    times = tuple(MONDAY - timedelta(days=20 + 30 * n) for n in range(6))
    assert monthly.visit(arrivals=times, newest_entry_at=times[0]) is HealthState.OK


def hourly(day: datetime) -> bool:
    """Sunday to Thursday, 06:00 to 18:00 UTC."""
    return day.weekday() not in (4, 5) and 6 <= day.hour < 18


def weeks(life: Life, count: int, every: timedelta = HOUR) -> list[HealthState]:
    """Polls every hour; an entry each half hour while the newsroom works."""
    states = []
    for _ in range(count * 7 * 24):
        life.now += every
        at = life.now - timedelta(minutes=1)
        arrivals = (at - timedelta(minutes=30), at) if hourly(at) else ()
        outcome = RunOutcome.OK if arrivals else RunOutcome.NOT_MODIFIED
        states.append(
            life.visit(outcome, arrivals=arrivals, newest_entry_at=arrivals[-1] if arrivals else None, read=2)
        )
    return states


def test_nights_and_weekends_are_learnt_and_a_silence_on_a_working_day_is_noticed() -> None:
    life = Life()
    assert set(weeks(life, 1)) <= {HealthState.OK, HealthState.SILENT}
    assert set(weeks(life, 3)) == {HealthState.OK}, "no night and no weekend is taken for a silence any more"
    while life.now.weekday() != 1 or life.now.hour != 5:
        life.now += HOUR
        life.visit(RunOutcome.NOT_MODIFIED)
    states = []
    for _ in range(12):
        life.now += HOUR
        states.append(life.visit(RunOutcome.NOT_MODIFIED))
    assert states[3] is HealthState.OK, "four quiet hours of a morning may be chance"
    assert states[-1] is HealthState.SILENT
    assert "nothing new for" in life.state.health.evidence


def test_the_rate_follows_the_hour_and_an_old_habit_fades() -> None:
    life = Life()
    weeks(life, 3)
    noon, midnight = MONDAY + timedelta(days=21), MONDAY + timedelta(days=21, hours=12)
    assert rate(life.state.rhythm, noon) > 1.2
    assert rate(life.state.rhythm, midnight) < 0.3
    day = expected(life.state.rhythm, noon - timedelta(hours=6), noon + timedelta(hours=18))
    assert 16 < day < 30, "24 entries on a working day"
    later = learnt(life.state.rhythm, [], life.now + timedelta(days=60))
    assert sum(later.hours) < 0.1 * sum(life.state.rhythm.hours)


def test_a_clock_that_is_wrong_there_hides_nothing_here() -> None:
    life = Life()
    life.visit(newest_entry_at=MONDAY + timedelta(days=400))
    assert life.state.newest_entry_at == MONDAY + HOUR


def test_what_was_told_to_operators_is_told_again_only_for_another_state() -> None:
    life = Life()
    life.failed("dns")
    life.state = replace(life.state, health=replace(life.state.health, told=True))
    life.failed("timeout")
    assert life.state.health.told
    life.failed("gone")
    assert not life.state.health.told


def test_nothing_is_learnt_from_nothing() -> None:
    assert rate(Rhythm(), MONDAY) == 0
    assert expected(learnt(Rhythm(), [], MONDAY), MONDAY - HOUR, MONDAY) == 0

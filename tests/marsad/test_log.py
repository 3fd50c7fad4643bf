"""What stands in the log: a fault that lasts once a minute, not twice a second."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from marsad import log
from marsad.repeats import AGAIN, Repeats
from tests.samples import FrozenClock


class Lines:
    """What passes `Repeats`, as a logger would hand it on."""

    def __init__(self) -> None:
        self.clock = FrozenClock()
        self._repeats = Repeats(self.clock.monotonic)

    def say(self, event: str, error: str) -> dict[str, object] | None:
        try:
            return dict(self._repeats(None, "error", {"event": event, "error": error}))
        except structlog.DropEvent:
            return None


def test_a_fault_that_lasts_is_said_once_a_minute_with_how_often_it_was_left_out() -> None:
    lines = Lines()
    assert lines.say("tick.failed", "no room") == {"event": "tick.failed", "error": "no room"}
    for _ in range(100):
        lines.clock.forward(seconds=0.5)
        assert lines.say("tick.failed", "no room") is None
    lines.clock.forward(seconds=AGAIN)
    assert lines.say("tick.failed", "no room") == {"event": "tick.failed", "error": "no room", "left_out": 100}


def test_another_fault_and_another_job_are_said_at_once() -> None:
    lines = Lines()
    for event, error in (("tick.failed", "no room"), ("tick.failed", "locked"), ("outbox.unavailable", "locked")):
        assert lines.say(event, error)


def test_what_answers_somebody_is_said_each_time() -> None:
    lines = Lines()
    assert lines.say("config.rejected", "1 fault")
    assert lines.say("config.rejected", "1 fault")


def test_the_daemons_log_leaves_repeats_out(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        log.configure("info", "json")
        for _ in range(3):
            structlog.get_logger("marsad.daemon").error("tick.failed", error="no room")
        said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
    assert [line["event"] for line in said] == ["tick.failed"]

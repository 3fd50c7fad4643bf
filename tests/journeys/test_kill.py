"""SIGKILL at any moment: nothing lost, nothing repeated but what was in flight, and that by id."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from marsad.demo.receivers import WebhookSink
from storage import Store, open_store
from tests.samples import NOW

SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
STORIES = 2000
KILLS = int(os.environ.get("MARSAD_KILLS", "100"))
"""At random moments; each failpoint adds two more."""
FAILPOINTS = ("K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8")


class Nursery:
    """Starts workers and waits for their end."""

    def __init__(self, order: dict[str, object]) -> None:
        self._order = order
        top = Path(__file__).parents[2]
        command = [sys.executable, "-m", "tests.journeys.kill_nursery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=top)

    def run(self, *, failpoint: str = "", kill_after: float = 0.0) -> int:
        """One worker's life; its wait status (9: killed)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**self._order, "failpoint": failpoint}) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        timer = threading.Timer(kill_after or 120.0, _kill, [pid])
        timer.start()
        status = int(self.process.stdout.readline().split()[1])
        timer.cancel()
        return status

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_no_story_is_lost_and_only_what_was_in_flight_is_sent_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    store = open_store(url, upgrade=True)
    sink = WebhookSink(SECRET)
    nursery = Nursery({"db": url, "url": sink.url, "secret": SECRET, "total": STORIES})
    chance = random.Random(20261124)
    plan: list[tuple[str, float]] = [("", chance.uniform(0.02, 0.35)) for _ in range(KILLS)]
    plan += [(f"{name}:{chance.randrange(1, 12)}", 0.0) for name in FAILPOINTS for _ in range(2)]
    chance.shuffle(plan)
    kills, in_flight, at_failpoints = 0, 0, {}
    try:
        for failpoint, after in plan:
            status = nursery.run(failpoint=failpoint, kill_after=after)
            if os.WIFSIGNALED(status):
                kills += 1
                flying = store.catalogue.tally(NOW).deliveries.get("sending", 0)
                in_flight += flying
                if failpoint:
                    name = failpoint.partition(":")[0]
                    at_failpoints[name] = at_failpoints.get(name, 0) + 1
        assert nursery.run() == 0, "the last worker ends by itself"
    finally:
        nursery.close()
        sink.close()
    _report_and_check(store, sink, kills, in_flight, at_failpoints, capsys)
    store.close()


def _report_and_check(
    store: Store,
    sink: WebhookSink,
    kills: int,
    in_flight: int,
    at_failpoints: dict[str, int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally = store.catalogue.tally(NOW)
    wire = sum(sink.times.values())
    repeated = wire - len(sink.events)
    told = {event["subject"] for event in sink.events.values()}
    lost = tally.matched_stories - len(told)
    with capsys.disabled():
        print(
            f"\nkill test: {STORIES} stories, {kills} SIGKILLs (failpoints {dict(sorted(at_failpoints.items()))}), "
            f"lost {lost}, sent twice on the wire {repeated}, in flight at the kills {in_flight}, "
            f"repeated by id {len(sink.events) - len(told)}"
        )
    assert tally.matched_stories == STORIES
    assert lost == 0
    assert repeated <= in_flight
    assert len(sink.events) == len(told) == STORIES
    assert tally.deliveries == {"delivered": STORIES}
    assert store.check() == []
    assert kills >= min(KILLS, 100) * 0.9

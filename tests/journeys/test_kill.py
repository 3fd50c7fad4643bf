"""SIGKILL at any moment: nothing lost, nothing invented, nothing repeated but what was in flight, and
that under the same id. Short here; `make soak` runs it at full length."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alerts.signing import new_secret
from news.alert import AlertKind
from news.delivery import DeliveryState
from storage import open_store
from storage.engine import connect, writing
from storage.migrating import migrate
from storage.schema import revisions
from tests.alerts.slack_emulator import CHANNEL, TOKEN
from tests.journeys.kill_nursery import CORRECTED, ENDPOINTS, commit_only
from tests.journeys.post_office import PostOffice
from tests.samples import NOW

SOAK = bool(os.environ.get("MARSAD_SOAK"))
STORIES = int(os.environ.get("MARSAD_STORIES", "10000" if SOAK else "300"))
KILLS = int(os.environ.get("MARSAD_KILLS", "200" if SOAK else "4"))
"""At random moments."""
EACH = int(os.environ.get("MARSAD_EACH", "20" if SOAK else "1"))
"""At each failpoint, besides."""
LONGEST = 3600.0
"""Seconds of a life that is not cut short."""
FAILPOINTS = ("K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K12", "K14", "K15")
RANDOM = "random"


class Nursery:
    """Starts workers and waits for their end."""

    def __init__(self, order: dict[str, object]) -> None:
        self._order = order
        top = Path(__file__).parents[2]
        command = [sys.executable, "-m", "tests.journeys.kill_nursery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=top)

    def run(self, *, kill_after: float = 0.0, **more: object) -> int:
        """One worker's life; its wait status (9: killed)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**self._order, "failpoint": "", **more}) + "\n")
        self.process.stdin.flush()
        timer = None
        for words in map(str.split, iter(self.process.stdout.readline, "")):
            if words[0] == "pid":
                pid = int(words[1])
            elif words[0] == "up":
                timer = threading.Timer(kill_after or LONGEST, _kill, [pid])
                timer.start()
            else:
                break
        if timer is not None:
            timer.cancel()
        status = int(words[1])
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


@dataclass
class Count:
    """What one kind of kill did; `flights` are the ids that were being sent at each."""

    flights: list[set[str]] = field(default_factory=list)
    sent_twice: int = 0

    @property
    def in_doubt(self) -> int:
        return sum(len(ids) for ids in self.flights)


class Journey:
    """A database, three receivers, and lives cut short."""

    def __init__(self, url: str, stories: int) -> None:
        self.stories, self.counts = stories, {}  # type: int, dict[str, Count]
        self.secrets = [new_secret()]
        self.post = PostOffice(self.secrets[0])
        self.store = open_store(url, upgrade=True)
        order = {
            "db": url, "total": stories, "hook": self.post.hook.url(), "slack": self.post.desk.url("/api"),
            "token": TOKEN, "channel": CHANNEL, "smtp": self.post.mailbox.port,
        }  # fmt: skip
        self.nursery = Nursery(order)

    def life(self, point: str, **more: object) -> bool:
        """One worker, killed at a failpoint (`K9:3`) or after a time; was it?"""
        if point == "K12":
            more["rotate"] = new_secret()
        status = self.nursery.run(secret=self.secrets, **more)
        if not os.WIFSIGNALED(status):
            assert status == 0, "a worker ends by itself or by SIGKILL"
            return False
        flying = self.store.catalogue.alerts(state="sending", limit=0)
        entries = (entry.delivery for record in flying for entry in record.deliveries)
        ids = {delivery.id for delivery in entries if delivery.state is DeliveryState.SENDING}
        self.counts.setdefault(point, Count()).flights.append(ids)
        if point == "K12":
            # The receiver changes over at once; the worker has both keys from its next start on.
            self.secrets = [str(more["rotate"]), self.secrets[0]]
            self.post.hook.secret = self.secrets[0]
        return True

    def close(self) -> None:
        self.nursery.close()
        self.post.close()
        self.store.close()

    def check(self) -> str:
        """Nothing lost, invented or repeated by id; the counts in words."""
        tally, times = self.store.catalogue.tally(NOW), self.post.times()
        made: dict[str, set[str]] = {name: set() for name in times}
        for record in self.store.catalogue.alerts(limit=0):
            for entry in record.deliveries:
                made[entry.delivery.endpoint.partition("/")[0]].add(entry.delivery.id)
        lost = sum(len(made[name] - set(times[name])) for name in made)
        invented = sum(len(set(times[name]) - made[name]) for name in made)
        unexplained = self._attribute({name: n for counter in times.values() for name, n in counter.items() if n > 1})
        in_doubt = sum(count.in_doubt for count in self.counts.values())
        kills = sum(len(count.flights) for count in self.counts.values())
        wanted = self.stories + len(range(0, self.stories, CORRECTED))
        twice = ", ".join(f"{name} {sum(c.values()) - len(c)}" for name, c in times.items())
        text = (
            f"{self.stories} stories and {wanted - self.stories} corrections to {len(ENDPOINTS)} endpoints, {kills} SIGKILLs: "
            f"lost {lost}, invented {invented}, in doubt {in_doubt}, sent twice {self.post.repeats()} ({twice}), "
            f"of which not in flight at a kill {unexplained}"
        )
        for name in sorted(self.counts, key=lambda name: (len(name), name)):
            count = self.counts[name]
            gone = sum(len(ids - set().union(*times.values())) for ids in count.flights)
            text += f"\n  {name}: {len(count.flights)} kills, lost {gone}, in doubt {count.in_doubt}, sent twice {count.sent_twice}"
        assert tally.matched_stories == self.stories
        assert (lost, invented, unexplained) == (0, 0, 0), text
        assert {name: len(ids) for name, ids in times.items()} == dict.fromkeys(times, wanted), text
        assert set(tally.deliveries) == {"delivered"}, text
        assert self.post.hook.bad == 0
        assert self.store.check() == []
        return text

    def _attribute(self, repeated: dict[str, int]) -> int:
        """Each repeat to a kill at which the message was in flight; how many there are without one."""
        unexplained = 0
        for name, times in repeated.items():
            left = times - 1
            for count in self.counts.values():
                flown = min(left, sum(name in ids for ids in count.flights))
                count.sent_twice += flown
                left -= flown
            unexplained += left
        return unexplained


def plan(kills: int, each: int, chance: random.Random) -> list[tuple[str, dict[str, object]]]:
    """Lives to come, shuffled; K10 needs threads, so what needs something comes later."""
    lives: list[tuple[str, dict[str, object]]] = []
    for _ in range(kills):
        lives.append((RANDOM, {"kill_after": chance.uniform(0.0, 1.5)}))
    for name in FAILPOINTS:
        for _ in range(each):
            turn = 1 if name in ("K10", "K12") else chance.randrange(1, 4)
            lives.append((name, {"failpoint": f"{name}:{turn}", **({"compact": True} if name == "K14" else {})}))
    chance.shuffle(lives)
    # Threads to update, and old keys, there are only once something has been told.
    return sorted(lives, key=lambda life: life[0] in ("K10", "K12") and chance.random() < 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_story_is_lost_and_only_what_was_in_flight_is_sent_again(
    engine: str, database: Callable[[str], str], figure: Callable[[str], None]
) -> None:
    if SOAK and engine != "sqlite" and not os.environ.get("MARSAD_SOAK_ALL"):
        pytest.skip("the soak runs on SQLite; set MARSAD_SOAK_ALL for both")
    journey = Journey(database(engine), STORIES)
    try:
        lives = plan(KILLS, EACH, random.Random(20261124))
        share = max(15, STORIES // (len(lives) + 1))
        for point, how in lives:
            # What was not there to be killed at is looked for again with more to do.
            if not journey.life(point, share=share, **how) and point != RANDOM:
                journey.life(point, share=share, **how)
        assert not journey.life("none"), "the last worker ends by itself"
        figure(f"kill test, {engine}: {journey.check()}")
        reached = {name: len(journey.counts[name].flights) for name in FAILPOINTS if name in journey.counts}
        assert reached == dict.fromkeys(FAILPOINTS, EACH), "each failpoint was reached as often as planned"
    finally:
        journey.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_digest_closed_and_not_yet_sent_tells_every_story_once(
    engine: str, database: Callable[[str], str], figure: Callable[[str], None]
) -> None:
    """Five an hour may go alone; the rest is one digest for each receiver, two hours later."""
    kills = twice = 0
    for _ in range(EACH if engine == "sqlite" else 1):
        journey = Journey(database(engine), 0)
        try:
            commit_only(journey.store, 20, per_hour=5)
            kills += journey.life("K11", failpoint="K11:1", ahead=7200)
            assert not journey.life("none", ahead=7200)
            times = journey.post.times()
            records = [e.delivery for r in journey.store.catalogue.alerts(limit=0) for e in r.deliveries]
            for name, counter in times.items():
                mine = [d for d in records if d.endpoint.partition("/")[0] == name]
                digests = {d.id for d in mine if d.kind is AlertKind.DIGEST}
                alone = {d.id for d in mine if d.state is DeliveryState.DELIVERED} - digests
                assert len(digests) == 1
                assert set(counter) == digests | alone
                folded = {d.story_id for d in mine if d.state is DeliveryState.FOLDED}
                assert len(folded) + len(alone) == 20, "each story alone or in the digest, none in both or neither"
            twice += journey.post.repeats()
            assert journey.store.check() == []
        finally:
            journey.close()
            for leftover in Path(str(journey.store._engine.url.database)).parent.glob("marsad.db*"):
                leftover.unlink()
    figure(f"K11, {engine}: {kills} kills between a digest's closing and its sending, lost 0, sent twice {twice}")
    assert kills == (EACH if engine == "sqlite" else 1)


@pytest.mark.slow
def test_a_migration_cut_short_is_undone_whole_and_then_everything_is_sent(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    old = tmp_path / "old.db"
    _old_database(old, stories=20)
    steps = len(revisions()) - 1
    kills = 0
    for number in range(1, max(EACH, 3) + 1):
        file = tmp_path / f"{number}.db"
        shutil.copy(old, file)
        url = f"sqlite:///{file}"
        journey = None
        try:
            killed = _upgrade(url, f"K13:{1 + number % steps}")
            kills += killed == -signal.SIGKILL
            with closing(sqlite3.connect(file)) as db:
                assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
            if number == 1:
                journey = Journey(url, 20)
                journey.life("none", upgrade=True)
                journey.check()
        finally:
            if journey is not None:
                journey.close()
    figure(f"K13: {kills} kills within a migration of {steps} steps, 0 half done, 0 lost")
    assert kills == max(EACH, 3)


def _upgrade(url: str, failpoint: str) -> int:
    code = f"from storage import open_store; open_store({url!r}, upgrade=True).close()"
    environment = {**os.environ, "MARSAD_FAILPOINT": failpoint}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[2], check=False
    ).returncode


def _old_database(old: Path, stories: int) -> None:
    """A database as the first version left it, with stories that nobody has been told of."""
    new = old.with_name("new.db")
    made = open_store(f"sqlite:///{new}", upgrade=True)
    commit_only(made, stories)
    made.close()
    engine = connect(f"sqlite:///{old}")
    with writing(engine) as connection:
        migrate(connection, "0001")
    engine.dispose()
    with closing(sqlite3.connect(old)) as db:
        db.execute("ATTACH ? AS fresh", (str(new),))
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if table == "alembic_version":
                continue
            names = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM fresh.{table}")
        db.commit()

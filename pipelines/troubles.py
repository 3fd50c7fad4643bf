"""What is wrong with ourselves -> who is told, in what words: once, and once when it is over. Pure.

A receiver that fails is told of by another; if there is no other, by those of its recipients that
still get mail; if there are none, nobody can be told, and that is kept and said again later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from news.counting import counted
from news.delivery import EndpointHealth, EndpointState
from news.endpoint import masked, receiver_of
from news.errors import Unreadable
from news.notice import Notice
from news.trouble import GivenUp, Trouble
from pipelines.normalise import notice_id

FAILING = frozenset({EndpointHealth.OPEN, EndpointHealth.HALF_OPEN, EndpointHealth.DISABLED})

NAMED = 5
"""Rows that one notice names; if there are more, that is told once more."""

RECENT = timedelta(hours=24)
"""A delivery given up is a trouble for so long, or until it is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What has changed: troubles that began, grew or can be told at last, with their notices, and
    those that are over. A notice goes to its trouble's `told_to`."""

    begun: tuple[tuple[Trouble, Notice], ...] = ()
    over: tuple[tuple[Trouble, Notice], ...] = ()

    @property
    def untold(self) -> tuple[Trouble, ...]:
        """Begun, and there is nobody to tell."""
        return tuple(trouble for trouble, _ in self.begun if not trouble.told_to)


def turn(
    known: Mapping[str, Trouble],
    found: Iterable[Trouble],
    operators: Sequence[str],
    unusable: frozenset[str],
    now: datetime,
) -> Turn:
    """Compare what is known with what is found now. `operators` are the endpoints to be told,
    `unusable` those that would not get it."""
    present = {trouble.key: trouble for trouble in found}
    begun = []
    for trouble in present.values():
        former = known.get(trouble.key)
        since = former.since if former else trouble.since
        listeners = listeners_of(trouble, operators, unusable)
        same = former is not None and former.stage == trouble.stage
        if former is not None and same and (former.told_to or not listeners):
            continue
        entry = replace(trouble, since=since, told_to=listeners)
        begun.append((entry, _notice(entry, entry.stage, entry.subject, _began(entry), now)))
    over = [
        (gone, _notice(gone, "over", f"over: {gone.subject}", _ended(gone, now), now))
        for key, gone in known.items()
        if key not in present
    ]
    return Turn(begun=tuple(begun), over=tuple(over))


def listeners_of(trouble: Trouble, operators: Sequence[str], unusable: frozenset[str]) -> tuple[str, ...]:
    """Whom to tell: working endpoints of other receivers, else working ones of the same."""
    working = [endpoint for endpoint in operators if endpoint not in unusable]
    others = [endpoint for endpoint in working if receiver_of(endpoint) != trouble.receiver]
    return tuple(others or working)


def failing_receivers(states: Iterable[EndpointState], configured: frozenset[str], now: datetime) -> list[Trouble]:
    """One trouble for each receiver that has failing endpoints, however many."""
    groups: dict[str, list[EndpointState]] = {}
    for state in states:
        if state.health in FAILING and state.endpoint in configured:
            groups.setdefault(receiver_of(state.endpoint), []).append(state)
    return [_failing(name, group, configured, now) for name, group in sorted(groups.items())]


def _failing(name: str, group: list[EndpointState], configured: frozenset[str], now: datetime) -> Trouble:
    all_count = sum(receiver_of(endpoint) == name for endpoint in configured)
    disabled = any(state.health is EndpointHealth.DISABLED for state in group)
    worst = max(group, key=lambda s: (s.health is EndpointHealth.DISABLED, s.failure_count))
    times = "once" if worst.failure_count == 1 else f"{worst.failure_count} times in a row"
    whom = "" if all_count == 1 else f"{len(group)} of its {all_count} recipients, first {masked(worst.endpoint)}: "
    what = "was switched off" if disabled else "fails"
    repair = f"Once it is mended: marsad channels test {name}"
    if disabled:
        repair += ", then send again what was given up: marsad alerts list --state dead"
    return Trouble(
        key=f"receiver:{name}",
        stage="disabled" if disabled else "failing",
        subject=f"the receiver {name} {what}",
        evidence=f"{whom}{worst.reason} ({times})\n{repair}",
        since=min((state.failing_since for state in group if state.failing_since), default=now),
        receiver=name,
    )


def given_up(counts: Mapping[str, GivenUp], configured: frozenset[str]) -> list[Trouble]:
    """One trouble for each receiver to which deliveries were given up lately."""
    groups: dict[str, list[GivenUp]] = {}
    for endpoint, lost in counts.items():
        if endpoint in configured:
            groups.setdefault(receiver_of(endpoint), []).append(lost)
    found = []
    for name, group in sorted(groups.items()):
        latest = max(group, key=lambda g: g.latest_at)
        count = sum(g.count for g in group)
        alerts = counted(count, "alert was", "alerts were")
        found.append(
            Trouble(
                key=f"deliveries.dead:{name}",
                stage="dead",
                subject=f"alerts for {name} were given up",
                evidence=f"In {RECENT.total_seconds() / 3600:g} hours {alerts} given up; the last because: "
                f"{latest.reason}\nLook and send again: marsad alerts list --state dead, or --state expired",
                since=min(g.latest_at for g in group),
                receiver=name,
            )
        )
    return found


def unreadable(lost: Sequence[Unreadable], now: datetime) -> list[Trouble]:
    """One trouble for all stored rows that were left out."""
    if not lost:
        return []
    rows = counted(len(lost), "stored row")
    first = "\n".join(str(one) for one in lost[:NAMED])
    return [
        Trouble(
            key="rows",
            stage="many" if len(lost) > NAMED else "some",
            subject=f"{rows} cannot be read",
            evidence=f"{first}\nThey are left out, and all else goes on. All of them: marsad db check",
            since=now,
        )
    ]


def _began(trouble: Trouble) -> str:
    return f"{trouble.evidence}\nSince {trouble.since:%d %b %H:%M} UTC. How things stand: marsad status"


def _ended(trouble: Trouble, now: datetime) -> str:
    minutes = max(int((now - trouble.since).total_seconds() // 60), 0)
    lasted = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
    return f"It began at {trouble.since:%d %b %H:%M} UTC and lasted {lasted}."


def _notice(trouble: Trouble, word: str, subject: str, text: str, now: datetime) -> Notice:
    return Notice(
        id=notice_id("trouble", trouble.key, word, trouble.since.isoformat()),
        kind=f"trouble.{trouble.key.partition(':')[0]}",
        subject=subject,
        text=text,
        at=now,
    )

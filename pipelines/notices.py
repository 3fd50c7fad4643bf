"""Which changes of a source's health operators are told of, in what words."""

from __future__ import annotations

from dataclasses import replace

from news.health import WELL, Health, HealthState
from news.notice import Notice
from news.outlet import Source, SourceState
from pipelines.normalise import notice_id

PERSISTENT = 3
"""Failures in a row before anybody is told: two are an accident."""

_PASSING = frozenset({HealthState.UNREACHABLE, HealthState.LIMITED, HealthState.EMPTY, HealthState.NOT_A_FEED})
"""States that an outlet may fall into for a moment."""

_ADVICE = {
    HealthState.BLOCKED: "Read the outlet's robots.txt and terms; ask them, or switch the source off.",
    HealthState.GONE: "Look for its new address: marsad sources discover URL.",
    HealthState.NOT_A_FEED: "Look at the address in a browser: marsad sources discover URL finds others.",
    HealthState.SELECTOR_BROKEN: "The layout may have changed: marsad sources check shows what is found now.",
    HealthState.FROZEN: "The outlet may have left this feed: marsad sources discover URL finds others.",
    HealthState.SILENT: "Look whether the outlet itself is silent.",
    HealthState.LIMITED: "Poll it less often, with a longer delay.",
}


def told(source: Source, before: SourceState, after: SourceState) -> tuple[Health, Notice | None]:
    """The health after telling, and what to tell: a bad state once it is certain, and its end."""
    health, former = after.health, before.health
    if health.since is None:
        return health, None
    if health.state in WELL:
        if not former.told or former.state in WELL:
            return health, None
        since = f"{former.since:%d %b %H:%M} UTC" if former.since else "some time ago"
        return health, _notice(source, health, "well again", f"It was {former.state.value} since {since}.")
    passing = health.state in _PASSING
    if health.told or (passing and after.failure_count < PERSISTENT):
        return health, None
    lines = [health.evidence, _ADVICE.get(health.state, ""), f"Its visits: marsad runs list --source {source.id}"]
    text = "\n".join(line for line in lines if line)
    return replace(health, told=True), _notice(source, health, health.state.value, text)


def _notice(source: Source, health: Health, words: str, text: str) -> Notice:
    assert health.since is not None
    return Notice(
        id=notice_id("source.health", source.id, words, health.since.isoformat()),
        kind="source.health",
        subject=f"{source.id} ({source.outlet.name}): {words}",
        text=text,
        at=health.since,
    )

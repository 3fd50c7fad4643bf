"""Canaries that did not arrive -> troubles. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from news.canary import CanaryStanding
from news.endpoint import masked, receiver_of
from news.trouble import Trouble

PATIENCE = timedelta(minutes=30)
"""At most; with a canary every hour one that is missing is told within an hour and a half."""


def missing(standings: Mapping[str, CanaryStanding], every: timedelta, now: datetime) -> list[Trouble]:
    """One trouble for each receiver with an endpoint whose canary is overdue."""
    found: dict[str, Trouble] = {}
    for endpoint, standing in sorted(standings.items()):
        since = standing.waiting_since
        name = receiver_of(endpoint)
        if since is None or now - since < min(PATIENCE, every / 2) or name in found:
            continue
        arrived = f"{standing.arrived_at:%d %b %H:%M} UTC" if standing.arrived_at else "never"
        reason = f": {standing.reason}" if standing.reason else ""
        found[name] = Trouble(
            key=f"canary:{name}",
            stage="missing",
            subject=f"no canary reaches {name}",
            evidence=f"To {masked(endpoint)} the last one that arrived is of: {arrived}; the one after it is "
            f"{standing.state}{reason}\nAlerts go the same way: marsad channels test {name}",
            since=since,
            receiver=name,
        )
    return list(found.values())

"""The stories of a digest read in one piece for rendering."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from news.alert import AMENDING, AlertKind
from news.briefing import Roundup
from news.story import Story
from storage import tables as t
from storage.batches import batches
from storage.briefing import briefing_of, root_of, standing_id
from storage.codec import loads

MOST = 25
"""Stories listed in a digest; the rest is a number (delivery contract, 3)."""


def roundup_of(connection: Connection, digest: Row[Any]) -> Roundup:
    """A digest's stories as they now stand: most independent owners first, then by score."""
    members = _members(connection, digest.id)
    owners = _owners(connection, list(members))
    scores = _scores(connection, list(owners))
    ranked = sorted(owners, key=lambda s: (-owners[s], -scores.get(s, 0.0), s))
    items = [briefing_of(connection, members[story], root_of(connection, members[story])) for story in ranked[:MOST]]
    d = t.deliveries.c
    for story, count in owners.items():
        shown = update(t.deliveries).where(d.folded_into == digest.id, d.story_id == story)
        connection.execute(shown.values(owners=count))
    return Roundup(fold=digest.fold, items=tuple(items), story_count=len(members), created_at=digest.created_at)


def _members(connection: Connection, digest: str) -> dict[str, Row[Any]]:
    """One delivery for each story: its first news, or the last that takes something back."""
    d = t.deliveries.c
    rows = connection.execute(select(t.deliveries).where(d.folded_into == digest).order_by(d.created_at, d.id))
    chosen: dict[str, Row[Any]] = {}
    for row in rows:
        amends = AlertKind(row.kind) in AMENDING
        story = standing_id(connection, row.story_id) if amends else row.story_id
        if story not in chosen or amends:
            chosen[story] = row
    return chosen


def _owners(connection: Connection, stories: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in batches(stories):
        part = t.stories.c.story_id.in_(some)
        for doc in connection.scalars(select(t.stories.c.doc).where(part)):
            story = loads(Story, doc)
            found[story.id] = len(story.owners)
    return found


def _scores(connection: Connection, stories: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    m = t.matches.c
    for some in batches(stories):
        part = m.story_id.in_(some)
        best = select(m.story_id, func.max(m.score)).where(part).group_by(m.story_id)
        found.update({story: float(score) for story, score in connection.execute(best)})
    return found

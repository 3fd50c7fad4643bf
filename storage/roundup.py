"""The stories of a digest read in one piece for rendering."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from news.alert import AMENDING
from news.briefing import Briefing, Roundup
from news.delivery import Delivery
from news.errors import Unreadable
from storage import tables as t
from storage.batches import batches
from storage.briefing import briefing_of, root_of
from storage.deliveries import delivery_of, put_aside
from storage.documents import STORY

MOST = 25
"""Stories listed in a digest; the rest is a number (delivery contract, 3)."""

_STANDING = (
    select(t.deliveries, func.coalesce(t.story_aliases.c.story_id, t.deliveries.c.story_id).label("standing"))
    .outerjoin(t.story_aliases, t.story_aliases.c.alias == t.deliveries.c.story_id)
    .order_by(t.deliveries.c.created_at, t.deliveries.c.id)
)
"""Deliveries, each with the story as which its own stands now: it may have been merged while its thread stayed."""


class _Members:
    """A digest's deliveries by story, and those that cannot be told."""

    def __init__(self, connection: Connection, digest: Row[Any]) -> None:
        self.chosen: dict[str, Delivery] = {}
        """One for each story: its first news, or the last that takes something back."""
        self.lost: list[tuple[list[str], Unreadable]] = []
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        for row in connection.execute(_STANDING.where(t.deliveries.c.folded_into == digest.id)).all():
            try:
                member = delivery_of(row)
            except Unreadable as error:
                self.lost.append(([row.id], error))
                continue
            self._ids[row.standing].append(row.id)
            if row.standing not in self.chosen or member.kind in AMENDING:
                self.chosen[row.standing] = member

    def lose(self, story: str, error: Unreadable) -> None:
        """That story cannot be told."""
        del self.chosen[story]
        self.lost.append((self._ids[story], error))


def roundup_of(connection: Connection, digest: Row[Any], now: datetime) -> Roundup:
    """A digest's stories as they now stand: most independent owners first, then by score. Those that cannot be
    read are put aside; if none can, Unreadable is raised and the digest stays as it is."""
    members = _Members(connection, digest)
    owners = _owners(connection, members)
    scores = _scores(connection, list(owners))
    items: list[Briefing] = []
    for story in sorted(members.chosen, key=lambda s: (-owners.get(s, 0), -scores.get(s, 0.0), s)):
        if len(items) == MOST:
            break
        member = members.chosen[story]
        try:
            items.append(briefing_of(connection, member, root_of(connection, member)))
        except Unreadable as error:
            members.lose(story, error)
    if members.lost and not items:
        raise members.lost[0][1]
    for ids, fault in members.lost:
        put_aside(connection, ids, fault, now)
    d = t.deliveries.c
    for story, count in owners.items():
        shown = update(t.deliveries).where(d.folded_into == digest.id, d.story_id == story)
        connection.execute(shown.values(owners=count))
    return Roundup(fold=digest.fold, items=tuple(items), story_count=len(members.chosen), created_at=digest.created_at)


def _owners(connection: Connection, members: _Members) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in batches([*members.chosen]):
        part = t.stories.c.story_id.in_(some)
        for story, doc in connection.execute(select(t.stories.c.story_id, t.stories.c.doc).where(part)).all():
            try:
                found[story] = len(STORY.read(doc, story).owners)
            except Unreadable as error:
                members.lose(story, error)
    return found


def _scores(connection: Connection, stories: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    m = t.matches.c
    for some in batches(stories):
        part = m.story_id.in_(some)
        best = select(m.story_id, func.max(m.score)).where(part).group_by(m.story_id)
        found.update({story: float(score) for story, score in connection.execute(best)})
    return found

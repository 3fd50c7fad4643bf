"""The Silences port over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, or_, select, update

from news.alert import AlertKind
from news.criteria import Criteria
from news.delivery import DeliveryState
from news.errors import NewsError, UnknownName
from news.silence import Silence
from storage import tables as t
from storage.codec import dumps
from storage.documents import SILENCE
from storage.engine import add, reading, writing

_HIDEABLE = [kind.value for kind in (AlertKind.MATCHED, AlertKind.UPDATED)]
_ALIASES = select(t.story_aliases.c.alias, t.story_aliases.c.story_id).order_by(t.story_aliases.c.alias)
_WAITING = [DeliveryState.HELD.value, DeliveryState.READY.value]


class SqlSilences:
    """Kept after their end: they are the answer to "why did nobody tell me"."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, silence: Silence) -> None:
        with writing(self._engine) as connection:
            row = {"id": silence.id, "ends_at": silence.ends_at, "doc": dumps(silence)}
            if add(connection, t.silences, row):
                aliases = [(row.alias, row.story_id) for row in connection.execute(_ALIASES)]
                _cancel(connection, _following(silence, aliases))

    def list(self, *, active_at: datetime | None = None, limit: int = 0) -> Sequence[Silence]:
        query = select(t.silences.c.id, t.silences.c.doc).order_by(t.silences.c.ends_at.desc(), t.silences.c.id)
        if active_at is not None:
            query = query.where(t.silences.c.ends_at > active_at)
        with reading(self._engine) as connection:
            found = [*SILENCE.readable(connection, connection.execute(query).all())]
        kept = [silence for silence in found if active_at is None or silence.is_active(active_at)]
        return kept[:limit] if limit else kept

    def active(self, now: datetime) -> Sequence[Silence]:
        with reading(self._engine) as connection:
            aliases = [(row.alias, row.story_id) for row in connection.execute(_ALIASES)]
        return [_following(silence, aliases) for silence in self.list(active_at=now)]

    def expire(self, silence_id: str, now: datetime) -> Silence:
        s = t.silences.c
        with writing(self._engine) as connection:
            meant = select(s.id, s.doc).where(s.id.startswith(silence_id, autoescape=True))
            rows = connection.execute(meant.limit(2)).all()
            if len(rows) != 1:
                raise UnknownName("silence", silence_id, connection.scalars(select(s.id)).all())
            silence = SILENCE.read(rows[0].doc, rows[0].id)
            if not silence.is_active(now):
                raise NewsError(f"the silence {silence.id} has ended already.", hint="See: marsad silences list --all")
            ended = replace(silence, expired_at=now, ends_at=now)
            connection.execute(update(t.silences).where(s.id == silence.id).values(ends_at=now, doc=dumps(ended)))
        return ended


def _following(silence: Silence, aliases: Sequence[tuple[str, str]]) -> Silence:
    """With the stories that its own were merged into: an old id, or its beginning, goes on working."""
    wanted = silence.criteria.stories
    merged = {story: None for alias, story in aliases if any(alias.startswith(name) for name in wanted)}
    if not merged:
        return silence
    stories = tuple(dict.fromkeys((*wanted, *merged)))
    return replace(silence, criteria=replace(silence.criteria, stories=stories))


def _cancel(connection: Connection, silence: Silence) -> None:
    """Messages about a muted story that still wait: they were decided before it was muted."""
    others = [f.name for f in fields(Criteria) if f.name != "stories" and getattr(silence.criteria, f.name)]
    if others or not silence.criteria.stories:
        return
    d = t.deliveries.c
    below = d.endpoint.startswith(f"{silence.receiver}/", autoescape=True)
    meant = or_(d.endpoint == silence.receiver, below) if silence.receiver else d.endpoint != ""
    waiting = (
        update(t.deliveries)
        .where(d.story_id.in_(silence.criteria.stories), d.state.in_(_WAITING), d.kind.in_(_HIDEABLE))
        .where(d.attempt_count == 0, meant)
        .values(
            state=DeliveryState.CANCELLED.value,
            settled_at=silence.starts_at,
            reason=f"hidden by silence {silence.id} ({silence.author}: {silence.reason})",
        )
    )
    connection.execute(waiting)

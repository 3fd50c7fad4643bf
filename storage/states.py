"""What is remembered of sources: read with a host's lease, written with a visit's last commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, select

from news.filing import Chunk
from news.outlet import SourceState
from storage import tables as t
from storage.batches import batches
from storage.codec import dumps
from storage.documents import PAGE, REREAD, SOURCE
from storage.engine import Row, put

_REREADS = 10
"""Pages read again in one visit at most: new ones come first."""

# Statements are made once: making one costs more than running it.
_SOURCE = select(t.sources.c.doc, t.sources.c.due_at).where(t.sources.c.source_id == bindparam("source"))
_PENDING = select(t.pages.c.url, t.pages.c.doc).where(
    t.pages.c.source_id == bindparam("source"), t.pages.c.status == "pending"
)
_REREADS_DUE = (
    select(t.rereads.c.url, t.rereads.c.doc)
    .where(t.rereads.c.source_id == bindparam("source"), t.rereads.c.due_at <= bindparam("now"))
    .order_by(t.rereads.c.due_at)
    .limit(_REREADS)
)
_OWES_NOTHING = select(t.sources.c.source_id, t.sources.c.doc, t.sources.c.due_at).where(
    t.sources.c.source_id.in_(bindparam("sources", expanding=True)),
    ~exists().where(t.pages.c.source_id == t.sources.c.source_id, t.pages.c.status == "pending"),
    ~exists().where(and_(t.rereads.c.source_id == t.sources.c.source_id, t.rereads.c.due_at <= bindparam("now"))),
)
_NO_PENDING = delete(t.pages).where(t.pages.c.source_id == bindparam("source"), t.pages.c.status == "pending")


def state_of(connection: Connection, source_id: str, now: datetime) -> SourceState:
    """A source's state with the pages that it owes by `now`."""
    own = {"source": source_id}
    row = connection.execute(_SOURCE, own).one_or_none()
    if row is None:
        return SourceState()
    owed = tuple(PAGE.readable(connection, connection.execute(_PENDING, own).all()))
    due = tuple(REREAD.readable(connection, connection.execute(_REREADS_DUE, {**own, "now": now}).all()))
    return replace(known_state(connection, source_id, row.doc), due_at=row.due_at, pending=owed, rereads=due)


def known_state(connection: Connection, source_id: str, doc: str) -> SourceState:
    """A source's state. One that cannot be read is begun anew: what it lists is read again, and what is known of
    that is recognised. It is no first visit: what is new is told."""
    return SOURCE.one(connection, doc, source_id) or SourceState(first_visit=False)


def states_without_debt(connection: Connection, sources: Sequence[str], now: datetime) -> dict[str, SourceState]:
    """The states of those that owe no page. While their host is leased only their own visit changes them; a page
    that is owed another source's visit may read first."""
    found: dict[str, SourceState] = {}
    for some in batches(sources):
        rows = connection.execute(_OWES_NOTHING, {"sources": some, "now": now})
        for name, doc, due in rows:
            found[name] = replace(known_state(connection, name, doc), due_at=due)
    return found


def write(connection: Connection, chunks: Sequence[Chunk]) -> None:
    """The states that chunks bring, with the pages that their sources owe."""
    ended = [(chunk, chunk.state) for chunk in chunks if chunk.state is not None]
    if not ended:
        return
    # Which host a source is of may have been configured anew since its own was leased.
    put(connection, t.sources, *(_row(chunk, state) for chunk, state in ended), keep=("enlisted", "host"))
    connection.execute(_NO_PENDING, [{"source": chunk.source_id} for chunk, _ in ended])
    put(connection, t.pages, *(row for chunk, state in ended for row in _owed(chunk, state)))


def _row(chunk: Chunk, state: SourceState) -> Row:
    """Pages owed have rows of their own."""
    kept = replace(state, pending=(), rereads=()) if state.pending or state.rereads else state
    row = {"source_id": chunk.source_id, "host": chunk.host, "enlisted": False}
    return {**row, "due_at": state.due_at, "doc": dumps(kept)}


def _owed(chunk: Chunk, state: SourceState) -> Iterator[Row]:
    for page in state.pending:
        yield {
            "url": page.url,
            "source_id": chunk.source_id,
            "status": "pending",
            "reason": page.reason,
            "detail": f"tried {page.attempt_count} times so far; read again at the next visit",
            "entry_hash": page.entry_hash,
            "run_id": chunk.run_id,
            "at": state.cursor.polled_at,
            "doc": dumps(page),
        }

"""The RunLog port over SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from news.run import LogLine, Run, RunOutcome, RunRecord
from storage import tables as t
from storage.batches import batches
from storage.codec import dumps
from storage.documents import RUN, RUN_LINE
from storage.engine import add, put, reading, writing

_LINES = insert(t.run_lines)

REVIEWED = "runs_reviewed"
"""The counter that says up to which beginning, in microseconds, runs were looked at to be forgotten."""

_PART = 500
"""Runs looked at in one transaction."""


def write(connection: Connection, *records: RunRecord) -> None:
    """Runs as they stand, and their lines, within a transaction of the caller's."""
    put(connection, t.runs, *(_values(r.run, r.owner if r.run.finished_at is None else "") for r in records))
    lines = [{"run_id": record.run.id, "doc": dumps(line)} for record in records for line in record.lines]
    if lines:
        connection.execute(_LINES, lines)


def _values(run: Run, owner: str) -> dict[str, Any]:
    values = {"run_id": run.id, "source_id": run.source, "started_at": run.started_at}
    return {**values, "outcome": run.outcome.value, "owner": owner, "doc": dumps(run)}


def _kept(run: Run) -> bool:
    """Did it bring anything that names it as where it comes from?"""
    c = run.counts
    return any((c.new, c.revision, c.copy, c.rejected, c.quarantined, c.withdrawn))


class SqlRunLog:
    """Runs and their log lines; survives any end of the process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, run: Run, owner: str) -> None:
        with writing(self._engine) as connection:
            add(connection, t.runs, _values(run, owner))

    def write(self, record: RunRecord) -> None:
        with writing(self._engine) as connection:
            write(connection, record)

    def interrupt(self, now: datetime, *, owner: str = "") -> int:
        query = select(t.runs.c.run_id, t.runs.c.doc).where(t.runs.c.outcome == RunOutcome.RUNNING.value)
        if owner:
            query = query.where(t.runs.c.owner == owner)
        with writing(self._engine) as connection:
            rows = connection.execute(query).all()
            # Of one that cannot be read this is all that can be said.
            over = update(t.runs).where(t.runs.c.run_id == bindparam("run"))
            over = over.values(outcome=RunOutcome.INTERRUPTED.value, owner="")
            if rows:
                connection.execute(over, [{"run": row.run_id} for row in rows])
            for run in RUN.readable(connection, rows):
                ended = replace(
                    run,
                    outcome=RunOutcome.INTERRUPTED,
                    finished_at=now,
                    error="the process ended before the visit did; what was stored is kept, "
                    "the rest is read at the next visit",
                )
                values: dict[str, Any] = {"run_id": run.id, "source_id": run.source, "owner": ""}
                values |= {"started_at": run.started_at, "outcome": ended.outcome.value}
                put(connection, t.runs, {**values, "doc": dumps(ended)})
        return len(rows)

    def forget(self, before: datetime) -> int:
        gone = 0
        while (part := self._forget_part(before)) is not None:
            gone += part
        return gone

    def _forget_part(self, before: datetime) -> int | None:
        """How many of the next ones were forgotten; None if there are no next ones."""
        r = t.runs.c
        reached = select(t.counters.c.value).where(t.counters.c.name == REVIEWED).scalar_subquery()
        later = type_coerce(r.started_at, BigInteger) > func.coalesce(reached, literal(t.EARLIEST, BigInteger))
        query = select(r.run_id, r.started_at, r.doc).where(later, r.started_at < before)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(r.started_at).limit(_PART)).all()
            if not rows:
                return None
            found = {run.id for run in RUN.readable(connection, ((row.run_id, row.doc) for row in rows)) if _kept(run)}
        idle = [row.run_id for row in rows if row.run_id not in found]
        upto = (rows[-1].started_at - t.EPOCH) // timedelta(microseconds=1)
        with writing(self._engine) as connection:
            for some in batches(idle):
                connection.execute(delete(t.run_lines).where(t.run_lines.c.run_id.in_(some)))
                connection.execute(delete(t.runs).where(r.run_id.in_(some)))
            put(connection, t.counters, {"name": REVIEWED, "value": upto})
        return len(idle)

    def runs(self, *, source: str = "", limit: int = 20) -> Sequence[Run]:
        query = select(t.runs.c.run_id, t.runs.c.doc).order_by(t.runs.c.started_at.desc()).limit(limit)
        if source:
            query = query.where(t.runs.c.source_id == source)
        with reading(self._engine) as connection:
            return [*RUN.readable(connection, connection.execute(query).all())]

    def run(self, run_id: str) -> Run | None:
        with reading(self._engine) as connection:
            doc = connection.scalar(select(t.runs.c.doc).where(t.runs.c.run_id == run_id))
        return None if doc is None else RUN.read(doc, run_id)

    def lines(self, run_id: str) -> Sequence[LogLine]:
        query = select(t.run_lines.c.id, t.run_lines.c.doc).where(t.run_lines.c.run_id == run_id)
        with reading(self._engine) as connection:
            ordered = query.order_by(t.run_lines.c.id)
            return [*RUN_LINE.readable(connection, connection.execute(ordered).all())]

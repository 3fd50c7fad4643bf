"""The Notices port over SQL: what operators are to be told, one row per endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, select, update

from news.errors import Unreadable
from news.notice import Notice, Posting
from storage import tables as t
from storage.codec import dumps
from storage.documents import NOTICE
from storage.engine import add, reading, writing
from storage.recipients import cancel_unwanted, unwanted

_OPEN, _TOLD, _GIVEN_UP = "open", "told", "given_up"


class SqlNotices:
    """At least once: a notice is open until a receiver took it or it is given up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def post(self, notice: Notice, endpoints: Iterable[str]) -> None:
        with writing(self._engine) as connection:
            write(connection, [notice], endpoints)

    def claim(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Posting]:
        n = t.notices.c
        due = and_(n.state == _OPEN, n.due_at <= now)
        with reading(self._engine) as connection:
            if connection.execute(select(n.id).where(due).limit(1)).first() is None:
                return []
        with writing(self._engine) as connection:
            cancel_unwanted(connection, unwanted(connection), now)
            postings = []
            for row in connection.execute(select(t.notices).where(due).order_by(n.at).limit(limit)).all():
                own = update(t.notices).where(n.id == row.id, n.endpoint == row.endpoint)
                try:
                    notice = NOTICE.read(row.doc, row.id, row.endpoint)
                except Unreadable as error:
                    connection.execute(own.values(state=_GIVEN_UP, detail=error.message))
                    NOTICE.leave_out(connection, error, row.id, row.endpoint)
                    continue
                count = row.attempt_count + 1
                connection.execute(own.values(due_at=now + lease, attempt_count=count))
                postings.append(Posting(notice=notice, endpoint=row.endpoint, attempt_count=count))
            return postings

    def settle(self, posting: Posting, *, told: bool, again_at: datetime | None, detail: str) -> None:
        n = t.notices.c
        own = and_(n.id == posting.notice.id, n.endpoint == posting.endpoint)
        state = _TOLD if told else _OPEN if again_at else _GIVEN_UP
        values = {"state": state, "detail": detail} | ({"due_at": again_at} if again_at else {})
        with writing(self._engine) as connection:
            connection.execute(update(t.notices).where(own).values(values))

    def latest(self, limit: int) -> Sequence[tuple[Posting, str, str]]:
        """Newest first: (posting, state, detail of the last attempt)."""
        query = select(t.notices).order_by(t.notices.c.at.desc(), t.notices.c.id).limit(limit)
        found = []
        with reading(self._engine) as connection:
            for row in connection.execute(query).all():
                notice = NOTICE.one(connection, row.doc, row.id, row.endpoint)
                if notice is not None:
                    posting = Posting(notice=notice, endpoint=row.endpoint, attempt_count=row.attempt_count)
                    found.append((posting, row.state, row.detail))
        return found


def write(connection: Connection, notices: Iterable[Notice], endpoints: Iterable[str]) -> None:
    """Inside a transaction: one row per notice and endpoint, unless it is there."""
    listed = list(endpoints)
    for notice in notices:
        for endpoint in listed:
            row = {"id": notice.id, "endpoint": endpoint, "at": notice.at, "due_at": notice.at, "state": _OPEN}
            add(connection, t.notices, {**row, "attempt_count": 0, "detail": "", "doc": dumps(notice)})

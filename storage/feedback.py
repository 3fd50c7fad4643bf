"""The Opinions port over SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, select

from news.feedback import Feedback
from storage import tables as t
from storage.codec import dumps
from storage.documents import FEEDBACK
from storage.engine import add, reading, writing


class SqlOpinions:
    """Every opinion is kept, changed minds too: who said what, and when."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, feedback: Feedback) -> None:
        with writing(self._engine) as connection:
            add(connection, t.feedback, {"id": feedback.id, "at": feedback.at, "doc": dumps(feedback)})

    def list(self, *, rule: str = "", limit: int = 0) -> Sequence[Feedback]:
        query = select(t.feedback.c.id, t.feedback.c.doc).order_by(t.feedback.c.at.desc(), t.feedback.c.id)
        with reading(self._engine) as connection:
            found = [*FEEDBACK.readable(connection, connection.execute(query).all())]
        kept = [feedback for feedback in found if not rule or rule in feedback.rules]
        return kept[:limit] if limit else kept

"""Every row that cannot be read, found by reading all of them strictly."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Select, Table, cast, not_, select, type_coerce

from news.alert import AlertKind
from news.delivery import DeliveryState, EndpointHealth
from news.errors import Unreadable
from news.run import RunOutcome
from news.tag import Verdict
from storage import tables as t
from storage.documents import DOCUMENTS, Document

_WORDS: dict[Column[Any], type[StrEnum]] = {
    t.deliveries.c.kind: AlertKind,
    t.deliveries.c.state: DeliveryState,
    t.endpoints.c.health: EndpointHealth,
    t.tags.c.verdict: Verdict,
    t.runs.c.outcome: RunOutcome,
}
"""Columns that hold one of a few words."""

_RESTORE = "Restore it from a backup."


def unreadable(connection: Connection) -> Iterator[Unreadable]:
    """Documents that are no nouns, words that there are not, times that are none."""
    for document in DOCUMENTS:
        yield from _documents(connection, document)
    for column, words in _WORDS.items():
        strange = column.not_in([word.value for word in words])
        for row in _rows(connection, _keyed(column.table).add_columns(column).where(strange)):
            yield _fault(column, row, f"{column.name} is {str(row[-1])[:40]!r}")
    for table in t.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, t.Moment):
                no_time = not_(type_coerce(column, BigInteger).between(t.EARLIEST, t.LATEST))
                for row in _rows(connection, _keyed(table).where(no_time)):
                    yield _fault(column, [*row, None], f"{column.name} is no time")


def _documents(connection: Connection, document: Document[Any]) -> Iterator[Unreadable]:
    # As bytes: text with a damaged byte is mended when it is read.
    strictly = connection.dialect.name == "sqlite"
    text = cast(document.column, LargeBinary) if strictly else document.column
    for *key, stored in _rows(connection, _keyed(document.column.table).add_columns(text)):
        if stored in (b"", "") and document.column.table is t.pages:
            continue  # of a page from before there was one
        try:
            document.read(stored, *key)
        except Unreadable as error:
            yield error


def _keyed(table: Table) -> Select[Any]:
    return select(*table.primary_key)


def _rows(connection: Connection, query: Select[Any]) -> Any:
    return connection.execution_options(yield_per=1000).execute(query)


def _fault(column: Column[Any], row: Any, why: str) -> Unreadable:
    *key, _ = row
    return Unreadable(f"the row of {column.table.name} {' '.join(map(str, key))}", why, hint=_RESTORE)

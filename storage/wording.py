"""Text as the databases take it. Strangers' text comes by many ways, each cleaned where it matters; this is the
net below all of them: one character must not fail a commit, with all that is in it, for ever."""

from __future__ import annotations

import re

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy import String as PlainString
from sqlalchemy import Text as PlainText

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL takes no NUL, UTF-8 has no half characters."""


def storable(text: str) -> str:
    """The same, but for what no database takes."""
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    try:
        text.encode()  # a tenth of what looking for them takes
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd")


class _Storable(TypeDecorator[str]):
    impl = PlainString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class String(_Storable):
    """As SQLAlchemy's, storable whatever comes."""

    cache_ok = True


class Text(_Storable):
    """As SQLAlchemy's, storable whatever comes."""

    impl = PlainText
    cache_ok = True

"""Text as the databases take it. Strangers' text comes by many ways, each cleaned where it matters; this is the
net below all of them: one character must not fail a commit, with all that is in it, for ever."""

from __future__ import annotations

import re
from collections.abc import Callable

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


def _stored(text: str | None) -> str | None:
    return None if text is None else storable(text)


class _Storable(TypeDecorator[str]):
    impl = PlainString
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        return _stored  # itself, not through `process_bind_param`: a commit asks some thousand times


class String(_Storable):
    """As SQLAlchemy's, storable whatever comes."""

    cache_ok = True


class Text(_Storable):
    """As SQLAlchemy's, storable whatever comes."""

    impl = PlainText
    cache_ok = True

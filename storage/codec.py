"""Nouns <-> JSON documents, exactly: what was stored is read back equal (but for half characters, see `wording`)."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from news.errors import Unreadable
from storage.wording import storable

T = TypeVar("T")

WORDS = 200
"""Characters at most of why something cannot be read."""

_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def dumps(value: object) -> str:
    """A noun as compact JSON text."""
    adapter = _adapter(type(value))
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:  # half a character in it
        plain = json.dumps(adapter.dump_python(value, mode="json"), ensure_ascii=False, separators=(",", ":"))
        return storable(plain)


def loads(kind: type[T], text: str | bytes) -> T:
    """The noun of that kind that `dumps` wrote. Raises Unreadable."""
    try:
        value: T = _adapter(kind).validate_json(text)
    except ValidationError as error:
        raise Unreadable(f"a stored {_spaced(kind)}", _why(error)) from error
    return value


def noun_of(kind: type[T], row: Any) -> T:
    """The noun whose fields are columns of a row, checked like a document. Raises Unreadable."""
    try:
        value: T = _adapter(kind).validate_python(dict(row._mapping))
    except ValidationError as error:
        raise Unreadable(f"a stored {_spaced(kind)}", _why(error)) from error
    return value


def _spaced(kind: type[Any]) -> str:
    """`EndpointState` -> `endpoint state`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()


def _why(error: ValidationError) -> str:
    """The first fault and its place. Not what stands there: it may be anything, a receiver's address too."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return " ".join(f"{place}: {first['msg']}".removeprefix(": ").split())[:WORDS]

"""Nouns <-> JSON documents, exactly: what was stored is read back equal (but for half characters, see `wording`)."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from storage.wording import storable

T = TypeVar("T")


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


def loads(kind: type[T], text: str) -> T:
    """The noun of that kind that `dumps` wrote."""
    value: T = _adapter(kind).validate_json(text)
    return value

"""Nouns <-> JSON documents, exactly: what was stored is read back equal."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def dumps(value: object) -> str:
    """A noun as compact JSON text."""
    return _adapter(type(value)).dump_json(value).decode()


def loads(kind: type[T], text: str) -> T:
    """The noun of that kind that `dumps` wrote."""
    value: T = _adapter(kind).validate_json(text)
    return value

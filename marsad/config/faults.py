"""pydantic's errors -> sentences with place and closest valid key."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from marsad.config.yaml_places import Document, KeyPath, dotted
from news.errors import suggestion
from pipelines.tagging.faults import PLAIN


def faults_of(
    error: ValidationError, model: type[BaseModel], document: Document, prefix: KeyPath = ()
) -> Iterator[str]:
    """One `file:line:column: path: text` for each error; no value of a secret is repeated, and what is wrong only
    because a value could not be had is left out."""
    for item in error.errors(include_url=False, include_input=False):
        location = tuple(item["loc"])
        unknown = item["type"] == "extra_forbidden"
        path = (*prefix, *location)
        if not unknown and document.is_unknown(path):
            continue
        text = PLAIN.get(item["type"], item["msg"].removeprefix("Value error, "))
        if unknown:
            known = fields_at(model, location[:-1])
            text = f"unknown key {suggestion(str(location[-1]), known)}"
        yield f"{document.place(path, key=unknown)}: {dotted(path)}: {text}"


def fields_at(model: type[BaseModel], location: KeyPath) -> list[str]:
    """Names of the keys allowed at a location inside a model."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        fields: Mapping[str, Any] = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = _model_in(fields[part].annotation)
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None

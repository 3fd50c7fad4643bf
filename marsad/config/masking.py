"""Which strings of a configuration are secrets, and the configuration with them masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from marsad.config.load import Config

MASK = "********"


def secrets_of(config: Config) -> list[str]:
    """Every secret string in force, for the log's masking."""
    found = [s for r in config.receivers.values() for s in _secrets(r.settings)]
    found += _secrets(config.settings)
    password = urlsplit(config.store).password
    return [*found, *([config.store, password] if password else [])]


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        if not text.startswith("sqlite:"):
            yield text
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _secrets(item)


def masked(config: Config) -> dict[str, Any]:
    """The configuration in force as plain values, defaults filled in, secrets masked."""
    shown = config.settings.model_dump(mode="json", exclude={"receivers", "store"})
    store = urlsplit(config.store)
    shown["store"] = config.store if store.scheme == "sqlite" else f"{store.scheme}://{MASK}"
    shown["receivers"] = {
        name: {
            "channel": receiver.kind,
            **receiver.settings.model_dump(mode="json"),
            **receiver.manner.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }
        for name, receiver in config.receivers.items()
    }
    return shown

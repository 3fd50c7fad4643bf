"""Faults in a rule, each with the key it stands at."""

from __future__ import annotations

from collections.abc import Iterable

from news.errors import ConfigError

KeyPath = tuple[str | int, ...]


class RuleFault(ConfigError):
    """A rule cannot be used; `faults` are (key path in the rule's mapping, sentence)."""

    def __init__(self, subject: str, faults: Iterable[tuple[KeyPath, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__([_sentence(subject, path, message) for path, message in self.faults])


def _sentence(subject: str, path: KeyPath, message: str) -> str:
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    return f"{subject}: {where}: {message}" if where else f"{subject}: {message}"

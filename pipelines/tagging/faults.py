"""Faults in a rule, each with the key it stands at."""

from __future__ import annotations

from collections.abc import Iterable

from news.errors import ConfigError

PLAIN = {
    "missing": "this key is required",
    "string_type": "must be a text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list: '- item' lines or [item, item]",
    "dict_type": "must be a mapping of key: value lines",
    "model_type": "must be a mapping of key: value lines",
}
"""pydantic's kinds of fault for people."""

KeyPath = tuple[str | int, ...]


class RuleFault(ConfigError):
    """A rule cannot be used; `faults` are (key path in the rule's mapping, sentence)."""

    def __init__(self, subject: str, faults: Iterable[tuple[KeyPath, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__([_sentence(subject, path, message) for path, message in self.faults])


def refusal(rule: str, path: KeyPath, message: str) -> RuleFault:
    """One fault of a rule, to be raised."""
    return RuleFault(f"rule {rule}", [(path, message)])


def _sentence(subject: str, path: KeyPath, message: str) -> str:
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    return f"{subject}: {where}: {message}" if where else f"{subject}: {message}"

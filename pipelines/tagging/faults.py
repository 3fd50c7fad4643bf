"""A fault in a rule, with the key it stands at."""

from __future__ import annotations

from news.errors import ConfigError

KeyPath = tuple[str | int, ...]


class RuleFault(ConfigError):
    """A rule cannot be used; `path` is the key of the rule's mapping where the fault is."""

    def __init__(self, rule: str, path: KeyPath, message: str) -> None:
        self.rule, self.path, self.fault = rule, path, message
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
        super().__init__([f"rule {rule}: {where}: {message}" if where else f"rule {rule}: {message}"])

"""Counts as a person reads them."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 report`, `2 reports`, `0 copies`; a plural that is not made with an s is given."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


__all__ = ["counted"]

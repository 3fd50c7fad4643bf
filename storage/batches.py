"""Long lists of values, a part at a time: databases bound what one statement may name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST = 400
"""Values in one IN list; SQLite allows 32,766 variables, older builds 999."""


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """At most MOST of them each; nothing of none."""
    for start in range(0, len(values), MOST):
        yield values[start : start + MOST]


__all__ = ["batches"]

"""Which silences hide what: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from news.silence import Silence
from pipelines.facts import Facts, fitting


@dataclass(frozen=True, slots=True)
class Heard:
    """`rules` that nothing hides; `hidden_by` the id of the silence that hid the first of the rest."""

    rules: tuple[str, ...]
    hidden_by: str = ""


def unsilenced(rules: Iterable[str], report: Facts, silences: Iterable[Silence], endpoint: str) -> Heard:
    """What is left to tell an endpoint of a report once silences have been asked. A silence hides the
    rules that it fits: with a rule left the story is told by that one."""
    left = set(rules)
    hidden_by = ""
    for silence in silences:
        if not silence.holds_for(endpoint):
            continue
        hidden = left & set(fitting(silence.criteria, report))
        if hidden:
            left -= hidden
            hidden_by = hidden_by or silence.id
    return Heard(tuple(sorted(left)), hidden_by)

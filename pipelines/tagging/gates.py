"""What must be among an article's kept words before a tree can hold: checked on numbers, before any hit
is unpacked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from pipelines.tagging.candidates import lists_of
from pipelines.tagging.compiled import CompiledRule
from pipelines.tagging.needs import at_least_one, required
from pipelines.tagging.packing import ZONES, Packing
from pipelines.tagging.tree import Both, Either, Has, Near, Node

MOST_WAYS = 24
"""More ways are not told apart."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Of the codes (list and zone) one at least must be there; with `least` above one, codes of so many
    different ids."""

    codes: frozenset[int]
    least: int = 1
    ids: Mapping[int, str] | None = None

    def opens(self, present: frozenset[int] | set[int]) -> bool:
        """Whether the words that are there are enough."""
        if self.least == 1 or self.ids is None:
            return not self.codes.isdisjoint(present)
        return len({self.ids[code] for code in self.codes & present}) >= self.least


def ways_of(node: Node, compiled: CompiledRule, packing: Packing) -> list[list[Gate]]:
    """The ways in which a tree may hold, each as gates that must all open. Necessary, never sufficient."""
    if isinstance(node, Either):
        ways = [way for part in node.parts for way in ways_of(part, compiled, packing)]
    elif isinstance(node, Both):
        parts = [ways_of(part, compiled, packing) for part in node.parts]
        if prod(len(ways) for ways in parts) > MOST_WAYS:
            parts = [[_gates(part, compiled, packing)] for part in node.parts]
        ways = [[gate for way in chosen for gate in way] for chosen in product(*parts)]
    else:
        ways = [_gates(node, compiled, packing)]
    return [sorted(way, key=lambda gate: len(gate.codes)) for way in ways]


def _gates(node: Node, compiled: CompiledRule, packing: Packing) -> list[Gate]:
    """A group with words of the rule's own makes no gate."""
    if isinstance(node, Near):
        made = [_gate(group, node.zones, 1, compiled, packing) for group in node.groups]
    elif isinstance(node, Has):
        least = node.number if node.compare == ">=" and node.distinct else 1
        made = [_gate(node.slots, node.zones, least, compiled, packing)] if at_least_one(node) else []
    else:
        made = [_gate(group, (), 1, compiled, packing) for group in required(node)]
    return [gate for gate in made if gate is not None]


def _gate(
    slots: Iterable[str], zones: tuple[str, ...], least: int, compiled: CompiledRule, packing: Packing
) -> Gate | None:
    lists = lists_of(compiled, slots)
    if not lists or any(name not in packing.numbers for name in lists):
        return None
    allowed = set(zones) | ({"lead", "body"} if "text" in zones else set())
    places = [number for number, zone in enumerate(ZONES) if not zones or zone in allowed]
    ids = {
        code_of(packing.numbers[name], place): packing.ids[packing.numbers[name]] for name in lists for place in places
    }
    # Where a list stands for nothing, hits are counted, and one list may have many.
    return Gate(frozenset(ids), least if all(ids.values()) else 1, ids)


def code_of(number: int, place: int) -> int:
    """A list in a zone, as one number."""
    return number * len(ZONES) + place

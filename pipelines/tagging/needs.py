"""Which words must be there before a tree can hold: the ground for choosing candidates."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.tagging.tree import AtLeast, Both, Either, Has, Is, Near, Node, Not


def required(node: Node) -> list[frozenset[str]]:
    """Groups of slots of each of which one at least must be filled; [] if nothing need be there.

    Necessary, never sufficient: zones, nearness and counts above one are left out.
    """
    if isinstance(node, Has):
        return [frozenset(node.slots)] if at_least_one(node) else []
    if isinstance(node, Near):
        return [frozenset(group) for group in node.groups]
    if isinstance(node, (Not, Is)):
        return []
    if isinstance(node, Both):
        return _unique([group for part in node.parts for group in required(part)])
    each = [required(part) for part in node.parts]
    spare = node.number - 1 if isinstance(node, AtLeast) else 0
    # Any `number` of the parts: leaving out `number - 1`, one of the others must still hold.
    each = each[spare:] if isinstance(node, Either) or spare < len(each) else []
    if not each or not all(each):
        return []
    return [frozenset().union(*(min(groups, key=len) for groups in each))]


def at_least_one(node: Has) -> bool:
    """Whether no hit at all is too few."""
    return {
        ">=": node.number >= 1,
        ">": True,
        "==": node.number >= 1,
        "<=": False,
        "<": False,
    }[node.compare]


def _unique(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    return list(dict.fromkeys(groups))

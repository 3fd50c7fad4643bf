"""The one tree that both a rule's conditions and a one-line query become.

A leaf names slots. In a query a slot is called as it is written there: `football`, `memorand*`,
`"security cooperation"`, `=UN`, `/resolution [0-9]+/`, `@states`; in a condition it is a slot of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ZONES = ("title", "lead", "body", "text")
MOST_NEAR = 10
"""Groups that may be asked to stand together: nobody means more, and each costs something wherever another stands."""

FACTS = ("lang", "outlet", "actor", "theme", "subtype")
"""What an article may be asked for besides its words."""


@dataclass(frozen=True, slots=True)
class Has:
    """Any of the slots, compared with a number, within zones. `distinct`: ids, not hits."""

    slots: tuple[str, ...]
    compare: str = ">="
    number: int = 1
    zones: tuple[str, ...] = ()
    distinct: bool = True


@dataclass(frozen=True, slots=True)
class Near:
    """One of each group (two at least) within `words` words of one sentence, or anywhere in one
    sentence (`words` 0)."""

    groups: tuple[tuple[str, ...], ...]
    words: int
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Is:
    """A fact about the article (FACTS) has one of the values."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`number` of the parts or more."""

    number: int
    parts: tuple[Node, ...]


Node = Has | Near | Is | Not | Both | Either | AtLeast


def leaves(node: Node) -> Iterator[Has | Near | Is]:
    """Every leaf, in the order in which they are written."""
    if isinstance(node, (Has, Near, Is)):
        yield node
    elif isinstance(node, Not):
        yield from leaves(node.inner)
    else:
        for part in node.parts:
            yield from leaves(part)


def slots_of(node: Node) -> tuple[str, ...]:
    """The slots a tree names, each once."""
    found: dict[str, None] = {}
    for leaf in leaves(node):
        if isinstance(leaf, Has):
            found |= dict.fromkeys(leaf.slots)
        elif isinstance(leaf, Near):
            found |= dict.fromkeys(slot for group in leaf.groups for slot in group)
    return tuple(found)


def written(node: Node) -> str:
    """A tree in the language of conditions, for people."""
    if isinstance(node, Not):
        return f"not {written(node.inner)}"
    if isinstance(node, (Both, Either)):
        word = " and " if isinstance(node, Both) else " or "
        return "(" + word.join(written(part) for part in node.parts) + ")"
    if isinstance(node, AtLeast):
        return f"atleast({node.number}, {', '.join(written(part) for part in node.parts)})"
    if isinstance(node, Is):
        return f"{node.fact} is {'|'.join(node.values)}"
    zones = f" in {'|'.join(node.zones)}" if node.zones else ""
    if isinstance(node, Near):
        groups = ", ".join("|".join(group) for group in node.groups)
        return f"near({groups}, {node.words or 'sentence'}){zones}"
    compare = "" if (node.compare, node.number) == (">=", 1) else f" {node.compare} {node.number}"
    names = "|".join(node.slots)
    return f"{names if node.distinct else f'count({names})'}{compare}{zones}"

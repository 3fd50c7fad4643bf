"""A rule's trees made ready to be asked of many articles: most have none of a tree's words, and what it says of
those is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipelines.tagging.evaluate import Finding, Scene, evaluate
from pipelines.tagging.tree import Both, Is, Node, leaves, slots_of


class Condition:
    """One tree."""

    __slots__ = ("_idle", "_node", "_slots")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._slots = frozenset(slots_of(node))
        asks_more = any(isinstance(leaf, Is) for leaf in leaves(node))
        self._idle = None if asks_more else evaluate(node, Scene(hits={}))

    def over(self, scene: Scene) -> Finding:
        """As `evaluate`."""
        if self._idle is not None and self._slots.isdisjoint(scene.hits):
            return self._idle
        return evaluate(self._node, scene)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of a rule's. `parts` are those that must all hold for `match`, as they are written."""

    match: Condition
    score: tuple[Condition, ...]
    rupture: Condition | None
    parts: tuple[tuple[Condition, str], ...]

    @classmethod
    def of(cls, match: Node, score: Iterable[Node], rupture: Node | None, written: Callable[[Node], str]) -> Conditions:
        """The conditions of a rule's trees."""
        return cls(
            match=Condition(match),
            score=tuple(map(Condition, score)),
            rupture=Condition(rupture) if rupture else None,
            parts=tuple((Condition(part), written(part)) for part in _parts(match)),
        )

    def missing(self, scene: Scene) -> list[str]:
        """The parts of `match` that do not hold."""
        return [written for part, written in self.parts if not part.over(scene).holds]


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Both):
        for part in node.parts:
            yield from _parts(part)
    else:
        yield node

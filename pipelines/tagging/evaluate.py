"""A condition over a page's placed hits -> does it hold, and which hits made it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.tagging.language import Both, Has, Near, Node, Not
from pipelines.tagging.zones import Placed

Hits = Mapping[str, Sequence[Placed]]
"""Slot -> its hits, ascending."""

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition holds, the (slot, hit) pairs behind it, and in how many sentences."""

    holds: bool
    evidence: tuple[tuple[str, Placed], ...] = ()
    sentences: int = 1


def evaluate(node: Node, hits: Hits) -> Finding:
    """Evaluate a tree. Evidence of a failed condition is empty."""
    if isinstance(node, Has):
        return _has(node, hits)
    if isinstance(node, Near):
        return _near(node, hits)
    if isinstance(node, Not):
        return Finding(not evaluate(node.inner, hits).holds)
    findings = [evaluate(part, hits) for part in node.parts]
    if isinstance(node, Both):
        if not all(f.holds for f in findings):
            return Finding(False)
        return _joined(findings)
    good = [f for f in findings if f.holds]
    return _joined(good) if good else Finding(False)


def failing(node: Node, hits: Hits) -> list[Node]:
    """The parts of a conjunction that do not hold; the node itself if it is no conjunction."""
    if isinstance(node, Both):
        return [bad for part in node.parts for bad in failing(part, hits)]
    return [] if evaluate(node, hits).holds else [node]


def _joined(findings: Sequence[Finding]) -> Finding:
    evidence = dict.fromkeys(pair for f in findings for pair in f.evidence)
    return Finding(True, tuple(evidence), max(f.sentences for f in findings))


def _zoned(slot: str, zones: tuple[str, ...], hits: Hits) -> list[Placed]:
    found = hits.get(slot, ())
    if not zones:
        return list(found)
    wanted = set(zones) | ({"lead", "body"} if "text" in zones else set())
    return [placed for placed in found if placed.zone in wanted]


def _has(node: Has, hits: Hits) -> Finding:
    evidence = [(slot, p) for slot in node.slots for p in _zoned(slot, node.zones, hits)]
    ids = {placed.hit.pattern.id for _, placed in evidence}
    count = len(ids) if node.distinct and ids and "" not in ids else len(evidence)
    holds = _COMPARE[node.compare](count, node.number)
    sentences = len({(p.field, p.sentence) for _, p in evidence}) or 1
    return Finding(holds, tuple(evidence) if holds else (), sentences)


def _near(node: Near, hits: Hits) -> Finding:
    left = [(slot, p) for slot in node.left for p in _zoned(slot, node.zones, hits)]
    right = [(slot, p) for slot in node.right for p in _zoned(slot, node.zones, hits)]
    evidence: dict[tuple[str, Placed], None] = {}
    sentences: set[tuple[str, int]] = set()
    for one in left:
        for other in right:
            if _close(one[1], other[1], node.words):
                evidence[one] = evidence[other] = None
                sentences.add((one[1].field, one[1].sentence))
    return Finding(bool(evidence), tuple(evidence), len(sentences) or 1)


def _close(one: Placed, other: Placed, words: int) -> bool:
    """Two different places (neither inside the other) close together."""
    if one.field != other.field or one.hit is other.hit:
        return False
    a, b = one.hit, other.hit
    if (a.start, a.end) == (b.start, b.end):
        return False
    if words:
        return abs(a.word - b.word) <= words and one.sentence == other.sentence
    return one.sentence == other.sentence

"""A tree over a page's placed hits -> does it hold, and which words made it so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from news.tag import Span
from pipelines.tagging.tree import AtLeast, Both, Has, Is, Near, Node, Not
from pipelines.tagging.zones import Placed

Hits = Mapping[str, Sequence[Placed]]
"""Slot -> its hits, ascending."""

Evidence = tuple[str, Placed]
"""A slot and the hit that fills it."""

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """An article as conditions see it: hits by slot, and the facts that have no words of their own."""

    hits: Hits
    language: str = "und"
    outlet: str = ""
    actors: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    themes: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    subtypes: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition holds, the (slot, hit) pairs behind it, and in how many sentences.
    `spans` are words behind a fact."""

    holds: bool
    evidence: tuple[Evidence, ...] = ()
    sentences: int = 1
    spans: tuple[Span, ...] = ()


NO = Finding(False)
_YES = Finding(True)
"""Of most conditions there is nothing to say; most articles are about something else."""


def evaluate(node: Node, scene: Scene) -> Finding:
    """Evaluate a tree. Evidence of a failed condition is empty."""
    if isinstance(node, Has):
        return _has(node, scene.hits)
    if isinstance(node, Near):
        return _near(node, scene.hits)
    if isinstance(node, Is):
        return _is(node, scene)
    if isinstance(node, Not):
        return NO if evaluate(node.inner, scene).holds else _YES
    if isinstance(node, Both):
        findings = []
        for part in node.parts:
            finding = evaluate(part, scene)
            if not finding.holds:
                return NO
            findings.append(finding)
        return _joined(findings)
    good = [f for f in (evaluate(part, scene) for part in node.parts) if f.holds]
    wanted = node.number if isinstance(node, AtLeast) else 1
    return _joined(good) if len(good) >= wanted else NO


def zoned(slots: Sequence[str], zones: tuple[str, ...], hits: Hits) -> list[Evidence]:
    """The hits of any of the slots within zones."""
    if not zones:
        return [(slot, placed) for slot in slots for placed in hits.get(slot, ())]
    wanted = set(zones) | ({"lead", "body"} if "text" in zones else set())
    return [(slot, placed) for slot in slots for placed in hits.get(slot, ()) if placed.zone in wanted]


def counted(evidence: Sequence[Evidence], *, distinct: bool) -> int:
    """How many: different ids where all have one, hits otherwise."""
    if not distinct or not evidence or not evidence[0][1].pattern.id:
        return len(evidence)
    ids = {placed.pattern.id for _, placed in evidence}
    return len(ids) if "" not in ids else len(evidence)


def _joined(findings: Sequence[Finding]) -> Finding:
    evidence = dict.fromkeys(pair for f in findings for pair in f.evidence)
    spans = dict.fromkeys(span for f in findings for span in f.spans)
    return Finding(True, tuple(evidence), max(f.sentences for f in findings), tuple(spans))


def _has(node: Has, hits: Hits) -> Finding:
    evidence = zoned(node.slots, node.zones, hits) if any(map(hits.get, node.slots)) else []
    holds = _COMPARE[node.compare](counted(evidence, distinct=node.distinct), node.number)
    if not holds or not evidence:
        return _YES if holds else NO
    return Finding(True, tuple(evidence), len({(p.field, p.sentence) for _, p in evidence}))


def _is(node: Is, scene: Scene) -> Finding:
    if node.fact in ("lang", "outlet"):
        value = scene.language if node.fact == "lang" else scene.outlet
        return Finding(value in node.values)
    known = {"actor": scene.actors, "theme": scene.themes, "subtype": scene.subtypes}[node.fact]
    found = [value for value in node.values if value in known]
    spans = tuple(span for value in found for span in known[value]) if isinstance(known, Mapping) else ()
    return Finding(bool(found), spans=spans)


def _near(node: Near, hits: Hits) -> Finding:
    if not all(any(map(hits.get, group)) for group in node.groups):
        return NO
    groups = [zoned(group, node.zones, hits) for group in node.groups]
    if not all(groups):
        return NO
    evidence: dict[Evidence, None] = {}
    sentences: set[tuple[str, int]] = set()
    for place, sides in _by_sentence(groups):
        found = _pairs(sides, node.words) if len(sides) == 2 else _together(sides, node.words)
        if found:
            evidence |= found
            sentences.add(place)
    return Finding(bool(evidence), tuple(evidence), len(sentences) or 1)


def _by_sentence(groups: Sequence[Sequence[Evidence]]) -> Iterator[tuple[tuple[str, int], list[list[Evidence]]]]:
    """Sentences in which every group has a hit, with those hits."""
    parted: list[dict[tuple[str, int], list[Evidence]]] = []
    for group in groups:
        places: dict[tuple[str, int], list[Evidence]] = {}
        for pair in group:
            places.setdefault((pair[1].field, pair[1].sentence), []).append(pair)
        parted.append(places)
    for place in parted[0]:
        if all(place in places for places in parted):
            yield place, [places[place] for places in parted]


def _pairs(sides: Sequence[Sequence[Evidence]], words: int) -> dict[Evidence, None]:
    """Every pair close enough."""
    found: dict[Evidence, None] = {}
    for one in sides[0]:
        for other in sides[1]:
            if _close(one[1], other[1], words):
                found[one] = found[other] = None
    return found


def _close(one: Placed, other: Placed, words: int) -> bool:
    """Two different places of one sentence, close together."""
    if one.start == other.start and one.end == other.end:
        return False
    return not words or abs(one.word - other.word) <= words


def _together(sides: Sequence[Sequence[Evidence]], words: int) -> dict[Evidence, None]:
    """Hits in a stretch of `words` in which every side has a place of its own."""
    marked = sorted(((pair[1].word, side, pair) for side, group in enumerate(sides) for pair in group),
                    key=lambda item: item[:2])  # fmt: skip
    found: dict[Evidence, None] = {}
    for index, (word, _, _) in enumerate(marked):
        stretch = [item for item in marked[index:] if not words or item[0] - word <= words]
        places = {side: {(p[1].start, p[1].end) for _, _, p in items}
                  for side, items in groupby(sorted(stretch, key=lambda i: i[1]), key=lambda i: i[1])}  # fmt: skip
        if len(places) == len(sides) and _own_places(list(places.values())):
            found |= dict.fromkeys(pair for _, _, pair in stretch)
        if not words:
            break
    return found


def _own_places(sides: Sequence[set[tuple[int, int]]]) -> bool:
    """Whether each side can be given a place that no other side is given (a matching exists)."""
    owner: dict[tuple[int, int], int] = {}

    def give(side: int, tried: set[tuple[int, int]]) -> bool:
        for place in sides[side] - tried:
            tried.add(place)
            if place not in owner or give(owner[place], tried):
                owner[place] = side
                return True
        return False

    return all(give(side, set()) for side in range(len(sides)))

"""A tree over a page's placed hits -> does it hold, and which words made it so."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt

from news.tag import Span
from pipelines.tagging.tree import AtLeast, Both, Has, Is, Near, Node, Not
from pipelines.tagging.zones import Placed

Hits = Mapping[str, Sequence[Placed]]
"""Slot -> its hits, ascending."""

Evidence = tuple[str, Placed]
"""A slot and the hit that fills it."""

Place = tuple[int, int]
"""Where a hit begins and ends."""

_TEXT = frozenset({"lead", "body"})
_WANTED: Mapping[tuple[str, ...], frozenset[str]] = {
    ("title",): frozenset({"title"}),
    ("lead",): frozenset({"lead"}),
    ("title", "lead"): frozenset({"title", "lead"}),
    ("text",): _TEXT,
}
"""The zones of hits that are asked for, for what nearly all conditions ask: a set is made once, not for each."""

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
    wanted = _WANTED.get(zones) or frozenset(zones) | (_TEXT if "text" in zones else frozenset())
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
    """Every hit with one of the other side close to it, at a place of its own."""
    found: dict[Evidence, None] = {}
    for own, others in (sides, (sides[1], sides[0])):
        numbers = sorted(pair[1].word for pair in others)
        here = Counter(_place(pair) for pair in others)
        for pair in own:
            word = pair[1].word
            first, last = bisect_left(numbers, word - words), bisect_right(numbers, word + words)
            near = last - first if words else len(numbers)
            if near > here[_place(pair)]:
                found[pair] = None
    return found


def _place(pair: Evidence) -> Place:
    return pair[1].start, pair[1].end


def _together(sides: Sequence[Sequence[Evidence]], words: int) -> dict[Evidence, None]:
    """Hits in a stretch of `words` in which every side has a place of its own."""
    ordered = [sorted(group, key=lambda pair: pair[1].word) for group in sides]
    numbers = [[pair[1].word for pair in group] for group in ordered]
    told = [0] * len(sides)  # of each side, how many were in a stretch that was found: hits are gathered once
    found: dict[Evidence, None] = {}
    for begin in sorted({number for side in numbers for number in side}):
        firsts = [bisect_left(side, begin) for side in numbers]
        ends = [bisect_right(side, begin + words) if words else len(side) for side in numbers]
        if all(map(lt, firsts, ends)) and _own_places(
            [_places(group, first, end, len(sides)) for group, first, end in zip(ordered, firsts, ends, strict=True)]
        ):
            for side, group in enumerate(ordered):
                found |= dict.fromkeys(group[max(firsts[side], told[side]) : ends[side]])
                told[side] = ends[side]
        if not words:
            break
    return found


def _places(group: Sequence[Evidence], first: int, end: int, enough: int) -> set[Place]:
    """The places of a side in a stretch; no more than there are sides, for the rest cannot all be taken."""
    places: set[Place] = set()
    for number in range(first, end):
        places.add(_place(group[number]))
        if len(places) == enough:
            break
    return places


def _own_places(sides: Sequence[set[Place]]) -> bool:
    """Whether each side can be given a place that no other side is given (a matching exists)."""
    owner: dict[Place, int] = {}

    def give(side: int, tried: set[Place]) -> bool:
        for place in sides[side] - tried:
            tried.add(place)
            if place not in owner or give(owner[place], tried):
                owner[place] = side
                return True
        return False

    return all(give(side, set()) for side in range(len(sides)))

"""Why a condition does not hold: what failed first, and how near the article came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from news.tag import Span, Tag, Verdict
from pipelines.fold import fold_text
from pipelines.tagging.compiled import CompiledRule
from pipelines.tagging.evaluate import Evidence, Scene, counted, evaluate, zoned
from pipelines.tagging.tree import AtLeast, Both, Either, Has, Is, Near, Node, Not
from pipelines.tagging.zones import Page

_ALIKE = 0.75
"""How alike two words must be to be called close (difflib's ratio)."""

_ELSEWHERE = 100_000.0
"""Farther than any two words of one sentence."""

WORDS_SHOWN = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Step:
    """One condition: whether it holds, the words behind it, and if it fails how near it came.

    `depth` is how deep it stands in the rule; `spans` point into the original text.
    """

    condition: str
    holds: bool
    depth: int
    detail: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule over an article, condition by condition. `first_failing` is None if nothing fails.

    `short_by` is how many points are missing to the threshold (0: none), and `points` what would
    close the gap: (points, score line, how near it came).
    """

    tag: Tag
    steps: tuple[Step, ...]
    first_failing: Step | None
    short_by: float
    points: tuple[tuple[float, str, str], ...]


def explain(compiled: CompiledRule, tag: Tag, page: Page, scene: Scene) -> Explanation:
    """Walk a rule's main condition and its score over an article."""
    walk = _Walk(compiled, page, scene)
    steps = tuple(walk.steps(compiled.match, 0))
    failed = [step for step in steps if not step.holds]
    short = max(0.0, round(tag.threshold - tag.score, 2)) if tag.verdict is not Verdict.MATCH else 0.0
    return Explanation(
        tag=tag,
        steps=steps,
        first_failing=_innermost(failed),
        short_by=short,
        points=tuple(walk.points()) if short else (),
    )


def _innermost(failed: Sequence[Step]) -> Step | None:
    """The first condition that fails by itself, not for a part of it."""
    if not failed:
        return None
    first = failed[0]
    inner = [step for step in failed[1:] if step.depth > first.depth]
    return next((step for step in inner if step.detail), first) if not first.detail else first


class _Walk:
    def __init__(self, compiled: CompiledRule, page: Page, scene: Scene) -> None:
        self._compiled, self._page, self._scene = compiled, page, scene

    def steps(self, node: Node, depth: int) -> Iterator[Step]:
        """The node, then its parts; parts of a failed `or` are all shown, those of a good one only
        where they hold."""
        finding = evaluate(node, self._scene)
        spans = self._spans(finding.evidence) + finding.spans
        detail = "" if finding.holds else self.miss(node)
        yield Step(self._compiled.written(node), finding.holds, depth, detail, spans)
        if isinstance(node, (Has, Near, Is, Not)):
            return
        for part in node.parts:
            if isinstance(node, Both) or not finding.holds or evaluate(part, self._scene).holds:
                yield from self.steps(part, depth + 1)

    def points(self) -> Iterator[tuple[float, str, str]]:
        """Score lines that would bring the score nearer to the threshold."""
        for line, node in self._compiled.score:
            holds = evaluate(node, self._scene).holds
            written = line.when or line.query
            if line.add > 0 and not holds:
                yield line.add, written, self.miss(node) or "; ".join(self._misses(node))
            elif line.add < 0 and holds:
                words = self._words(evaluate(node, self._scene).evidence)
                yield -line.add, f"without: {written}", f"it holds {words}".strip()

    def miss(self, node: Node) -> str:
        """How near a failed condition came, in a sentence; empty where its parts say it."""
        if isinstance(node, Has):
            return self._has_miss(node)
        if isinstance(node, Near):
            return self._near_miss(node)
        if isinstance(node, Is):
            return self._is_miss(node)
        if isinstance(node, Not):
            finding = evaluate(node.inner, self._scene)
            return f"it is there {self._words(finding.evidence)}".strip()
        if isinstance(node, AtLeast):
            good = [part for part in node.parts if evaluate(part, self._scene).holds]
            return f"{len(good)} of {node.number} hold"
        return ""

    def _misses(self, node: Node) -> Iterator[str]:
        """The same of a condition's failing parts, each with its words."""
        if not isinstance(node, (Both, Either)):
            yield f"{self._compiled.written(node)}: {self.miss(node)}"
            return
        for part in node.parts:
            if not evaluate(part, self._scene).holds:
                yield from self._misses(part)

    def _has_miss(self, node: Node) -> str:
        assert isinstance(node, Has)
        inside = zoned(node.slots, node.zones, self._scene.hits)
        outside = zoned(node.slots, (), self._scene.hits)
        if inside:
            count = counted(inside, distinct=node.distinct)
            return f"{count}, but {node.compare} {node.number} is wanted {self._words(inside)}"
        if outside:
            zones = sorted({placed.zone for _, placed in outside}, key=("title", "lead", "body").index)
            return f"not in {'|'.join(node.zones)}, only in {'|'.join(zones)} {self._words(outside)}"
        close = self._close_words(node.slots)
        return f"nowhere in the article; closest: {close}" if close else "nowhere in the article"

    def _near_miss(self, node: Near) -> str:
        groups = [zoned(group, node.zones, self._scene.hits) for group in node.groups]
        empty = ["|".join(group) for group, found in zip(node.groups, groups, strict=True) if not found]
        where = f" in {'|'.join(node.zones)}" if node.zones else ""
        if empty:
            return f"no {' and no '.join(empty)}{where}"
        apart, pair = min(
            (self._apart(one, other) for one in groups[0] for other in groups[-1]), key=lambda found: found[0]
        )
        words = " … ".join(f"“{self._surface(item)}”" for item in pair)
        if apart == 0:
            return f"the same word fills both sides: {words}"
        if apart >= _ELSEWHERE:
            return f"never in one sentence: {words}"
        if len(groups) > 2:
            return f"not all within {node.words} words" if node.words else "not all in one sentence"
        return f"{int(apart)} words apart when {node.words} are allowed: {words}"

    def _apart(self, one: Evidence, other: Evidence) -> tuple[float, tuple[Evidence, Evidence]]:
        a, b = one[1], other[1]
        pair = (one, other) if a.start <= b.start else (other, one)
        if a.field != b.field:
            return 2.0 * _ELSEWHERE, pair
        if (a.start, a.end) == (b.start, b.end):
            return 0.0 if one[0] != other[0] else 3.0 * _ELSEWHERE, pair
        apart = abs(a.word - b.word)
        return (apart if a.sentence == b.sentence else _ELSEWHERE + apart), pair

    def _is_miss(self, node: Is) -> str:
        scene = self._scene
        if node.fact in ("lang", "outlet"):
            return f"it is {(scene.language if node.fact == 'lang' else scene.outlet) or 'unknown'}"
        known = {"actor": scene.actors, "theme": scene.themes, "subtype": scene.subtypes}[node.fact]
        return f"the article has {', '.join(known) or 'none'}"

    def _close_words(self, slots: Sequence[str]) -> str:
        """Words of the article that are spelt nearly as a word of a query."""
        wanted = [word.strip("=*") for slot in slots for way in self._compiled.phrases.get(slot, ()) for word in way]
        if not wanted:
            wanted = [p.text for name, entry in self._compiled.entries.items()
                      if set(slots) & set(self._compiled.slots.get(name, ()))
                      for p in entry.patterns if " " not in p.text][:400]  # fmt: skip
        pieces = (piece for text in self._page.original.values() for piece in _WORD.findall(text))
        written = {fold_text(piece): piece for piece in pieces}
        found = {close for word in wanted for close in get_close_matches(word, written, n=1, cutoff=_ALIKE)}
        return ", ".join(f"“{written[word]}”" for word in sorted(found)[:WORDS_SHOWN])

    def _spans(self, evidence: Sequence[Evidence]) -> tuple[Span, ...]:
        return tuple(dict.fromkeys(self._page.span(placed, slot) for slot, placed in evidence))

    def _surface(self, item: Evidence) -> str:
        return self._page.span(item[1], item[0]).surface

    def _words(self, evidence: Sequence[Evidence]) -> str:
        words = list(dict.fromkeys(f"“{self._surface(item)}”" for item in evidence))
        more = f" and {len(words) - WORDS_SHOWN} more" if len(words) > WORDS_SHOWN else ""
        return f"({', '.join(words[:WORDS_SHOWN])}{more})" if words else ""

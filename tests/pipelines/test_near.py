"""Nearness: what it finds is what its definition says, and a text that is nothing but its words does not stall it."""

from __future__ import annotations

import time
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as some

from pipelines.tagging.evaluate import Scene, evaluate
from pipelines.tagging.lexicon import Pattern
from pipelines.tagging.tree import Near
from pipelines.tagging.zones import Placed
from tests.pipelines.desk import TAGGER

SLOTS = ("a", "b", "c", "d")
PLACES = some.lists(some.tuples(some.integers(0, 12), some.integers(1, 2), some.integers(0, 1)), max_size=5)
"""Of one slot: the word a hit begins at, how many words it has, and its sentence."""


def placed(number: int, word: int, length: int, sentence: int) -> Placed:
    pattern = Pattern("x", "x", "any", "list")
    start = 1000 * sentence + 10 * word
    return Placed(start, start + 10 * length, word + 100 * sentence, pattern, "text", "lead", sentence, number)


def apart(hits: list[Placed]) -> bool:
    """Can every slot be given a hit at a place of its own?"""
    return len({(hit.start, hit.end) for hit in hits}) == len(hits)


def by_definition(sides: list[list[Placed]], words: int) -> set[int]:
    """Numbers of the hits that stand in some stretch of the words in which every slot has a place of its own."""
    found: set[int] = set()
    for sentence in (0, 1):
        here = [[hit for hit in side if hit.sentence == sentence] for side in sides]
        for begin in {hit.word for side in here for hit in side}:
            near = [[hit for hit in side if not words or begin <= hit.word <= begin + words] for side in here]
            if any(apart(list(chosen)) for chosen in product(*near)):
                found |= {hit.number for side in near for hit in side}
    return found


@settings(deadline=None)
@given(some.lists(PLACES, min_size=2, max_size=4), some.integers(0, 6))
def test_nearness_is_what_its_definition_says(given_sides: list[list[tuple[int, int, int]]], words: int) -> None:
    numbers = iter(range(100))
    sides = [[placed(next(numbers), *facts) for facts in sorted(side)] for side in given_sides]
    names = SLOTS[: len(sides)]
    hits = {name: side for name, side in zip(names, sides, strict=True) if side}
    finding = evaluate(Near(tuple((name,) for name in names), words), Scene(hits=hits))
    expected = by_definition(sides, words)
    if len(sides) == 2:  # each with a partner of its own, which is less than a whole stretch
        expected = {
            hit.number
            for own, others in (sides, sides[::-1])
            for hit in own
            for other in others
            if hit.sentence == other.sentence
            and apart([hit, other])
            and (not words or abs(hit.word - other.word) <= words)
        }
    assert {hit.number for _, hit in finding.evidence} == expected
    assert finding.holds == bool(expected)


def test_a_text_of_nothing_but_a_rules_words_costs_what_its_length_costs() -> None:
    """A page of 230 kB without a full stop took sixteen seconds, one of a megabyte five minutes."""

    def seconds(times: int) -> float:
        page = TAGGER.page("Iraq, Syria sign security pact", "Iraq and Syria security cooperation " * times, "en")
        begun = time.process_time()
        TAGGER.tags(page, "en")
        return time.process_time() - begun

    assert seconds(6000) < 8 * seconds(1000) + 3  # fifteen seconds, when the cost was the square of the length

"""The index of hashes answers as a dictionary of sets would, whatever came and went."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pipelines.grouping.hashes import HashIndex


@pytest.mark.parametrize("seed", range(12))
def test_it_says_who_shares_hashes_and_how_many_through_every_merge(seed: int) -> None:
    chance, index = random.Random(seed), HashIndex(most_young=150)
    held: dict[str, list[int]] = {}
    for number in range(300):
        name, own = f"a{number}", sorted({chance.randrange(250) for _ in range(chance.randrange(25))})
        index.add(name, own)
        held[name] = own
        while len(held) > 80 or (held and chance.random() < 0.1):
            gone = next(iter(held)) if chance.random() < 0.8 else chance.choice(list(held))
            index.remove(gone)
            del held[gone]
        asked = sorted({chance.randrange(280) for _ in range(20)})
        at_most = chance.choice((2, 8, 50))
        often = Counter(value for values in held.values() for value in values)
        expected = Counter(
            name for name, values in held.items() for value in values if value in asked and often[value] <= at_most
        )
        assert index.shared(asked, at_most) == dict(expected)

"""Many invented events of one shape: each is one story and one alert, whichever two states it is about, and none
is another's."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest

from storage import open_store
from tests.pipelines.desk import Desk
from tests.pipelines.events import KINDS, NEAR_MISSES, reports

PAIRS = (("IQ", "SY"), ("JO", "SA"), ("TR", "IR"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(open_store(f"sqlite:///{tmp_path / 'a.db'}", upgrade=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_an_event_told_by_six_outlets_in_four_languages_is_one_story_and_one_alert(
    desk: Desk, kind: str, pair: tuple[str, str]
) -> None:
    told = reports(kind, *pair, number=KINDS.index(kind))
    random.Random(f"{kind} {pair}").shuffle(told)
    rows = [desk.take(one, outlet=one.outlet).rows[0] for one in told]
    assert len({row.story_id for row in rows}) == 1
    assert [row.disposition for row in rows].count("copy") == 1
    assert desk.deliveries() == [("matched", "held")]


@pytest.mark.parametrize("seed", range(3))
def test_what_two_states_do_is_not_what_two_others_do_however_alike_it_is_told(desk: Desk, seed: int) -> None:
    told = [
        (pair, one)
        for number, (kind, pair) in enumerate((kind, pair) for kind in (*KINDS, *NEAR_MISSES) for pair in PAIRS)
        for one in reports(kind, *pair, number=number)
    ]
    random.Random(seed).shuffle(told)
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pair, one in told:
        pairs[desk.take(one, outlet=one.outlet).rows[0].story_id].add(pair)
    mixed = {story: names for story, names in pairs.items() if len(names) > 1}
    assert not mixed


@pytest.mark.parametrize("kind", NEAR_MISSES)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_football_trade_and_elections_of_two_states_are_told_to_nobody(
    desk: Desk, kind: str, pair: tuple[str, str]
) -> None:
    for one in reports(kind, *pair, number=1):
        assert desk.take(one, outlet=one.outlet).rows[0].verdict in ("none", ""), one.title
    assert desk.deliveries() == []


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("committee", "football"),
        ("committee", "trade"),
        ("patrol", "football"),
        ("patrol", "election"),
        ("memo", "election"),
    ],
)
@pytest.mark.parametrize("pair", [("IQ", "SY"), ("TR", "IR")], ids="-".join)
def test_what_the_same_two_states_do_besides_needs_more_in_common_than_their_names(
    desk: Desk, kind: str, other: str, pair: tuple[str, str]
) -> None:
    first = desk.take(reports(kind, *pair, number=1)[0]).rows[0]
    second = desk.take(reports(other, *pair, number=2)[0], outlet="observer").rows[0]
    assert first.story_id != second.story_id

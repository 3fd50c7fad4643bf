"""240 invented items as news tell them, forty a language: totals with a floor.

They were written before the word lists were read, by the conventions of the labelled items (docs/design/tagging.md), and parted
by a fixed seed. Half `a` may be learnt from. Of half `b` nothing but totals is shown, here too: who looks at its
items has no held-out set any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from news.tag import Tag
from pipelines.tagging.lexicon import LANGUAGES
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger

FOLDER = Path(__file__).parent / "invented"


@cache
def tagged(half: str) -> list[tuple[dict[str, Any], Tag]]:
    tagger = Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])
    return [
        (item, tagger.tag(item["title"], item["text"], language)[0])
        for language in LANGUAGES
        for item in yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
        if item["half"] == half
    ]


def about(found: Tag, field: str) -> Iterable[str]:
    return {"actors": found.actors, "kinds": found.subtypes, "themes": found.themes}[field]


def f1(pairs: list[tuple[set[str], set[str]]]) -> float:
    """Of (wanted, found): over all items together."""
    hits, told, due = (sum(map(len, part)) for part in zip(*((w & f, f, w) for w, f in pairs), strict=True))
    return 2 * hits / (told + due)


@pytest.mark.parametrize(("half", "floor"), [("a", 0.96), ("b", 0.93)])
def test_co_operation_is_told_apart_from_the_rest(half: str, floor: float) -> None:
    pairs = [
        ({"match"} & {item["expect"]}, {"match"} & {found.verdict.value})
        for item, found in tagged(half)
        if item["expect"] != "rupture"
    ]
    assert len(pairs) == 102
    assert f1(pairs) >= floor


@pytest.mark.parametrize(("half", "least"), [("a", 17), ("b", 15)])
def test_ruptures_are_called_so_and_nothing_else_is(half: str, least: int) -> None:
    called = Counter(item["expect"] for item, found in tagged(half) if found.verdict.value == "rupture")
    assert called["rupture"] >= least  # of 18
    assert set(called) == {"rupture"}


@pytest.mark.parametrize(
    ("half", "field", "floor"),
    [("a", "actors", 0.96), ("b", "actors", 0.97), ("a", "kinds", 0.82), ("b", "kinds", 0.82), ("a", "themes", 0.72), ("b", "themes", 0.78)],
)  # fmt: skip
def test_who_and_what_it_is_about(half: str, field: str, floor: float) -> None:
    pairs = [(set(item[field]), set(about(found, field))) for item, found in tagged(half) if item["expect"] == "match"]
    assert f1(pairs) >= floor

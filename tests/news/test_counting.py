"""Counts read as a person would say them."""

from __future__ import annotations

import pytest

from news.counting import counted


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("report",), "0 reports"),
        (1, ("report",), "1 report"),
        (2, ("independent owner",), "2 independent owners"),
        (1, ("copy", "copies"), "1 copy"),
        (3, ("copy", "copies"), "3 copies"),
    ],
)
def test_one_is_no_plural(count: int, words: tuple[str, ...], said: str) -> None:
    assert counted(count, *words) == said

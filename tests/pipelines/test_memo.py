"""What is remembered, and for how long."""

from __future__ import annotations

from pipelines.memo import LONG, Memo


def test_what_is_asked_for_again_and_again_is_made_once_however_much_else_comes_by() -> None:
    made: list[str] = []
    memo = Memo[str, str](lambda key: made.append(key) or key.upper(), 100)
    for number in range(1000):
        assert memo["common"] == "COMMON"
        assert memo[f"rare {number}"] == f"RARE {number}"
        assert len(memo) <= 50
    assert made.count("common") == 1
    assert len(made) == 1001


def test_what_was_not_asked_for_since_the_halves_changed_is_made_anew() -> None:
    made: list[int] = []
    memo = Memo[int, int](lambda key: made.append(key) or key, 4)
    for key in (1, 2, 3, 4, 5, 1):
        assert memo[key] == key
    assert made == [1, 2, 3, 4, 5, 1]


def test_a_page_that_is_one_word_is_not_remembered() -> None:
    memo = Memo[str, int](len)
    assert memo["x" * (LONG + 1)] == LONG + 1
    assert not memo

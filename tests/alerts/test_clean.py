"""Strangers' text comes out harmless, whole and in order."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.clean import clean, clean_marked, cut, cut_marked, isolate, size
from tests.alerts.samples import HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_steers_is_left(text):
    kept = clean(text)
    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert kept == " ".join(kept.split(" ")).strip()


def test_every_control_and_format_character_goes_but_the_joiners():
    kinds = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
    odd = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in kinds]
    for character in odd[:3000]:
        left = clean(f"a{character}b")
        expected = {"ab", "a b", "a\ufffdb"} | ({f"a{character}b"} if character in "\u200c\u200d" else set())
        assert left in expected, hex(ord(character))


def test_joiners_stay_because_persian_is_written_with_them():
    assert clean("می\u200cرود") == "می\u200cرود"


@settings(deadline=None)
@given(st.text(), st.randoms(use_true_random=False))
def test_marks_still_cover_their_words(text, chance: random.Random):
    if len(text) < 2:
        return
    start = chance.randrange(len(text) - 1)
    end = chance.randrange(start + 1, len(text) + 1)
    cleaned, marks = clean_marked(text, [(start, end)])
    inside = clean(text[start:end])
    for a, b in marks:
        assert 0 <= a < b <= len(cleaned)
        assert cleaned[a:b].strip() == inside
    if not marks:
        assert not inside


def test_marks_that_overlap_or_lie_outside_do_not_come_back():
    _, marks = clean_marked("one two three", [(4, 9), (0, 6), (90, 95), (-3, 2)])
    assert marks == ((0, 6), (6, 9))


@settings(deadline=None)
@given(st.text(min_size=1), st.integers(min_value=1, max_value=60))
def test_a_cut_text_fits_and_is_a_beginning(text, limit):
    shorter = cut(text, limit)
    assert size(shorter) <= max(limit, 1)
    if shorter != text:
        assert shorter.endswith("…")
        assert text.startswith(shorter[:-1])


@pytest.mark.parametrize(
    ("text", "limit"),
    [("👩\u200d👩\u200d👧" * 9, 20), ("🇮🇶🇯🇴🇱🇧" * 6, 15), ("e\u0301" * 30, 10), ("👍🏽" * 9, 10)],
)
def test_a_cut_splits_no_sequence(text, limit):
    unit = {"👩": 5, "🇮": 2, "e": 2, "👍": 2}[text[0]]
    assert (len(cut(text, limit)) - 1) % unit == 0


def test_a_cut_prefers_the_end_of_a_word():
    assert cut("security agreement between two states", 30) == "security agreement between…"


def test_marks_beyond_the_cut_are_shortened_or_dropped():
    text, marks = cut_marked("alpha beta gamma delta", [(0, 5), (6, 22), (17, 22)], 12)
    assert text == "alpha beta…"
    assert marks == ((0, 5), (6, 10))


def test_size_counts_as_the_strictest_vendor():
    assert size("a😀") == 3


def test_an_isolated_text_is_balanced_and_empty_stays_empty():
    assert isolate("نص") == "\u2068نص\u2069"
    assert isolate("") == ""

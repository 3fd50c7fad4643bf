"""The fold: all spellings of a word are one, and every highlight finds its way back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.fold import fold, fold_text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أمن", "امن"), ("إتفاق", "اتفاق"), ("آمن", "امن"), ("مذكرة", "مذكره"), ("مستشفى", "مستشفي"),
        ("تعـــاون", "تعاون"), ("تَعاوُن", "تعاون"), ("کورد", "كورد"), ("یاداشت", "ياداشت"),
        ("هێز", "هيز"), ("ڕێککەوتن", "ريككهوتن"), ("کۆبوونەوە", "كوبوونهوه"), ("می‌شود", "ميشود"),
        ("İstanbul", "istanbul"), ("ISPARTA", "ısparta"), ("Sûriyê", "suriye"), ("güvenlik", "GUVENLIK"),
        ("١٢٣", "123"), ("۱۲۳", "123"), ("ﻻ", "لا"), ("ت*ی*ر*ۆ*ر", "تيرور"), ("a\n  b", "a b"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@given(st.text(alphabet="abcİıأإآىیکةەۆێڕڵ ـ\u200c\u064e ﷺûêÎ١۲-.،\n", min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_every_folded_letter_comes_from_the_original_letter_it_names(text: str) -> None:
    folded = fold(text)
    origins = [folded.origin(index) for index in range(len(folded.text))]
    assert origins == sorted(origins)
    for index, char in enumerate(folded.text):
        start, end = folded.original_span(index, index + 1)
        assert char in fold_text(text[start:end])

"""Pieces: what stands between two spaces says the same alone as in its text."""

from __future__ import annotations

import re
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.fold import fold, fold_text
from pipelines.pieces import HASH, numbers_in, pieces_of, said

SIGNS = st.text(st.sampled_from("aIİßΣ۱٣5.,'’-*·_ \n\t\u00a0\u00a8\u1680\u200c\u200d\u0640\u064bابةهى١ی"), max_size=60)


@given(SIGNS | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_text_has_the_words_and_numbers_of_its_pieces(text: str) -> None:
    known = pieces_of("ar")
    found = [known[piece] for piece in said(text, fold(text))]
    whole = fold_text(text)
    assert np.frombuffer(b"".join(piece[0] for piece in found), HASH).tolist() == [
        zlib.crc32(word.encode()) for word in re.findall(r"\w+", whole)
    ]
    assert tuple(dict.fromkeys(number for piece in found for number in piece[2])) == numbers_in(whole)


@pytest.mark.parametrize("broken", ["قال ت*ی*ر*ۆ*ر في", "عملـ ـيتي", "د.ا.ع.ش هنا"])
def test_words_broken_up_on_purpose_are_mended_before_they_are_read(broken: str) -> None:
    assert said(broken, fold(broken)) != broken.split()
    assert said(broken, fold(broken)) == fold_text(broken).split()

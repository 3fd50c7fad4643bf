"""Cleaning: what nothing is wrong with is passed on at once, and the same as if it had been cleaned."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.normalise import clean

SIGNS = st.text(
    st.sampled_from("ab. \n\r\t\u00a0\u1680\u2003\u202f\u205f\u3000\u0301\u00e9\u200c\u202e\x00\x85\ud800اب"),
    max_size=40,
)


@given(SIGNS | st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_a_clean_text_is_passed_on_as_cleaning_would_leave_it(text: str) -> None:
    done = clean(text)
    assert clean("\x00" + text) == done  # a control character: cleaned at full length
    assert clean(done) == done
    assert unicodedata.is_normalized("NFC", done)
    assert not set(done) & set("\r\t\u00a0\u2003\u3000\u202e\x00\x85\ud800")
    assert all(line == line.strip() and "  " not in line for line in done.split("\n"))

"""What was changed between two versions, so that a reader sees it at a glance."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.difference import Piece, changed_paragraphs, changed_words


def written(pieces: list[Piece]) -> str:
    marks = {"out": "[-{}-]", "in": "{{+{}+}}", "same": "{}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)


def test_an_edited_word_stands_among_its_neighbours() -> None:
    assert (
        written(changed_words("Three men were arrested", "Five men were arrested"))
        == "[-Three-]{+Five+} men were arrested"
    )
    assert written(changed_words("وقع الوزيران مذكرة", "وقع الوزيران اتفاقية")) == "وقع الوزيران [-مذكرة-]{+اتفاقية+}"


def test_changed_words_in_a_row_are_one_change() -> None:
    assert written(changed_words("a big red car", "a small blue car")) == "a [-big red-]{+small blue+} car"


def test_only_changed_paragraphs_are_shown_and_new_ones_are_new() -> None:
    before = "The minister spoke on Monday.\n\nNothing changed here.\n\nThis was taken out later."
    after = "The minister spoke on Tuesday.\n\nNothing changed here.\n\nA wholly different addition, with more."
    shown = [written(pieces) for pieces in changed_paragraphs(before, after)]
    assert shown == [
        "The minister spoke on [-Monday-]{+Tuesday+}.",
        "[-This was taken out later.-]",
        "{+A wholly different addition, with more.+}",
    ]
    assert changed_paragraphs(before, before) == []


@given(st.text("ab \n.", max_size=40), st.text("ab \n.", max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_word_is_lost_and_none_invented(before: str, after: str) -> None:
    pieces = changed_words(before, after)
    assert "".join(p.text for p in pieces if p.kind != "in") == before
    assert "".join(p.text for p in pieces if p.kind != "out") == after

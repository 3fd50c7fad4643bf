"""What an outlet changed between two versions of a text, paragraph by paragraph, then by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
LIKE = 0.5
"""Paragraphs that share half their words are one paragraph, edited; others were replaced."""
LONGEST = 4000
"""Characters of a paragraph that are compared by words: beyond, it is shown as replaced."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that was kept (`same`), taken out (`out`) or put in (`in`)."""

    kind: str
    text: str


def changed_paragraphs(before: str, after: str) -> list[list[Piece]]:
    """The paragraphs that differ, each as pieces in order; kept paragraphs are left out."""
    old, new = before.split("\n\n"), after.split("\n\n")
    found: list[list[Piece]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        found += _paired(old[i1:i2], new[j1:j2])
    return found


def changed_words(before: str, after: str) -> list[Piece]:
    """One line of text against another."""
    one, other = _PIECES.findall(before), _PIECES.findall(after)
    return list(_merged(_pieces(one, other)))


def _paired(old: list[str], new: list[str]) -> Iterator[list[Piece]]:
    rest = list(new)
    for paragraph in old:
        best = max(rest, key=lambda other: _likeness(paragraph, other), default="")
        if best and _likeness(paragraph, best) >= LIKE:
            for skipped in rest[: rest.index(best)]:
                yield [Piece("in", skipped)]
            rest = rest[rest.index(best) + 1 :]
            yield changed_words(paragraph, best)
        else:
            yield [Piece("out", paragraph)]
    for paragraph in rest:
        yield [Piece("in", paragraph)]


def _likeness(one: str, other: str) -> float:
    if max(len(one), len(other)) > LONGEST:
        return 0.0
    a, b = set(one.split()), set(other.split())
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def _pieces(one: list[str], other: list[str]) -> Iterator[Piece]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(one[i1:i2]))
            continue
        if i2 > i1:
            yield Piece("out", "".join(one[i1:i2]))
        if j2 > j1:
            yield Piece("in", "".join(other[j1:j2]))


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A blank that happens to be equal between two changes is no reason to cut them in two."""
    out: list[Piece] = []
    for piece in pieces:
        if piece.kind == "same" and not piece.text.strip() and len(out) >= 2 and out[-1].kind == "in":
            taken, put = out[-2:]
            if taken.kind == "out":
                out[-2:] = [Piece("out", taken.text + piece.text), Piece("in", put.text + piece.text)]
                continue
        if len(out) >= 2 and out[-1].kind == "in" and out[-2].kind == "out" and piece.kind in ("out", "in"):
            at = -2 if piece.kind == "out" else -1
            out[at] = Piece(piece.kind, out[at].text + piece.text)
            continue
        out.append(piece)
    yield from out

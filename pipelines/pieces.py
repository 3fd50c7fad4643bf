"""What stands between two spaces, read once and remembered: nearly all that an article says was said before.

No word, number or name spans white space, so a text is its pieces; only words that were broken up on
purpose do, and those are mended first.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cache

from pipelines.fold import Folded, fold_word
from pipelines.grouping.names import Named, named_by, names_in
from pipelines.grouping.words import word_key
from pipelines.memo import Memo

MOST = 100_000
"""Pieces remembered in a language, some 500 bytes each. An article of 250 words brings 15 that are not among
them; with half as many remembered, and all forgotten at once, it brought 26 (invented words by Zipf's law)."""

Piece = tuple[bytes, tuple[str, ...], tuple[str, ...], tuple[Named, ...]]
"""Hashes of its folded words (HASH), what the words count as, its numbers, and its features with their words.
A plain tuple of plain tuples: the garbage collector leaves those alone, and there are very many."""

HASH = "<u4"
"""Little-endian, one behind another."""

_NUMBER = re.compile("[0-9]+(?:[.,][0-9]+)*")
"""In folded text, whose digits are ASCII."""
_WORD = re.compile(r"\w+")


@cache
def pieces_of(language: str) -> Memo[str, Piece]:
    """The pieces of texts in a language."""
    return Memo(lambda piece: _read(piece, language), MOST)


def _read(piece: str, language: str) -> Piece:
    folded = fold_word(piece)
    if piece.isalpha() and folded.isalpha():  # one word and nothing else, as most are
        term = word_key(folded, language)
        named = named_by(piece, folded, language)
        return _hash(folded), (term,) if term else (), (), named
    words = _WORD.findall(folded)
    return (
        b"".join(map(_hash, words)),
        tuple(filter(None, (word_key(word, language) for word in words))),
        tuple(_NUMBER.findall(folded)),
        names_in(piece, language),
    )


def _hash(word: str) -> bytes:
    return zlib.crc32(word.encode()).to_bytes(4, "little")


def said(text: str, folded: Folded) -> Sequence[str]:
    """The pieces of a text as they are to be read for words: mended where it breaks its words up."""
    return folded.text.split() if folded.mended else text.split()


def numbers_in(text: str) -> tuple[str, ...]:
    """Distinct numbers of a folded text, in order, digits as ASCII."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))

"""Text -> the form in which all spellings of a word are one, with the way back.

Rules, duplicate hashes, names and search all compare this form and no other. Every folded
character remembers which original character it came from, so a highlight survives folding.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ئ": "ي", "ے": "ي",
    "ک": "ك", "ڪ": "ك", "ة": "ه", "ە": "ه", "ۀ": "ه", "ھ": "ه", "ہ": "ه", "ۃ": "ه",
    "ؤ": "و", "ۆ": "و", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ڕ": "ر", "ڵ": "ل",
    "İ": "i", "ı": "i", "I": "i", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-",
}  # fmt: skip
"""Letters that differ between keyboards, ages and languages and not in meaning (design, tagging)."""

_DROPPED = frozenset(
    "\u0640\u200b\u200c\u200d\u200e\u200f\u061c\ufeff\u00ad"
    + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
)
"""Tatweel, joiners, zero-width and direction marks."""

_BROKEN = re.compile(r"(?<=\w)[*ـ]+(?=\w)")
"""Some outlets break words on purpose: ت*ی*ر*ۆ*ر."""


@dataclass(frozen=True, slots=True)
class Folded:
    """`origin[i]` is the index in the original of the character that `text[i]` came from."""

    text: str
    origin: tuple[int, ...]
    length: int

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original. `end` must be greater than `start`.

        Marks and joiners inside the range belong to it; those after its last letter do not.
        """
        return self.origin[start], self.origin[end - 1] + 1


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    if char in _DROPPED:
        return ""
    if char in _LETTERS:
        return _LETTERS[char]
    if char.isspace():
        return " "
    out = []
    for part in unicodedata.normalize("NFKC", char):
        for piece in unicodedata.normalize("NFD", _LETTERS.get(part, part)):
            if unicodedata.combining(piece) or piece in _DROPPED:
                continue
            lower = _LETTERS.get(piece, piece.casefold())
            digit = unicodedata.digit(lower, None) if len(lower) == 1 else None
            out.append(str(digit) if digit is not None else _LETTERS.get(lower, lower))
    return "".join(out)


def fold(text: str) -> Folded:
    """Fold with the way back. Runs of white space become one space."""
    skipped = {i for match in _BROKEN.finditer(text) for i in range(*match.span())}
    chars: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        if index in skipped:
            continue
        for piece in _fold_char(char):
            if piece == " " and chars and chars[-1] == " ":
                continue
            chars.append(piece)
            origin.append(index)
    return Folded("".join(chars), tuple(origin), len(text))


def fold_text(text: str) -> str:
    """The folded form alone."""
    return fold(text).text

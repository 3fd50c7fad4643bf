"""Text -> the form in which all spellings of a word are one, with the way back.

Rules, duplicate hashes, names and search all compare this form and no other. Every folded
character remembers which original character it came from, so a highlight survives folding.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
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
    """A folded text. From `starts[k]` up to `starts[k + 1]` its characters come one by one from the
    original's, beginning at `origins[k]`: nearly all letters fold to exactly one, so these are few."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    length: int

    def origin(self, index: int) -> int:
        """The index in the original of the character that `text[index]` came from."""
        at = bisect_right(self.starts, index) - 1
        return self.origins[at] + index - self.starts[at]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original. `end` must be greater than `start`.

        Marks and joiners inside the range belong to it; those after its last letter do not.
        """
        return self.origin(start), self.origin(end - 1) + 1


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


class _Table(dict[int, str]):
    """Code point -> folded form, filled as characters are met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_TABLE = _Table()
_SPACES = re.compile(" {2,}")
LONG = 300
"""Texts from this length on are folded once and remembered; shorter ones are folded faster than found."""


@lru_cache(maxsize=16)
def fold(text: str) -> Folded:
    """Fold with the way back. Runs of white space become one space. The last few are remembered:
    tagging, hashes and names all want the same text."""
    letters = set(text)
    uneven = "".join(sorted(char for char in letters if len(_TABLE[ord(char)]) != 1))
    spaces = "".join(sorted(char for char in letters if _TABLE[ord(char)] == " "))
    parts: list[str] = []
    starts, origins = [0], [0]
    last = length = 0
    for match in _runs(spaces, uneven).finditer(text):
        start, end = match.span()
        parts.append(text[last:start].translate(_TABLE))
        length += start - last
        for piece, origin in _letters(text, start, end):
            parts.append(piece)
            starts.append(length)
            origins.append(origin)
            length += 1
        starts.append(length)
        origins.append(end)
        last = end
    parts.append(text[last:].translate(_TABLE))
    return Folded("".join(parts), tuple(starts), tuple(origins), len(text))


@lru_cache(maxsize=256)
def _runs(spaces: str, uneven: str) -> re.Pattern[str]:
    """Finds what does not fold one to one: white space in a row, letters that vanish or grow, words
    broken up on purpose."""
    some = f"[{re.escape(spaces)}]" if spaces else "(?!)"
    broken = r"(?<=\w)[*ـ]+(?=\w)"
    if not uneven:
        return re.compile(f"{broken}|{some}{{2,}}")
    odd, either = f"[{re.escape(uneven)}]", f"[{re.escape(spaces + uneven)}]"
    return re.compile(f"{broken}|{some}*{odd}(?:{either}|{broken})*|{some}{{2,}}")


def _letters(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Folded characters of a run with their origins; the character before a run is never a space."""
    broken: set[int] = set()
    if "*" in text[start:end] or "ـ" in text[start:end]:
        broken = {i for match in _BROKEN.finditer(text, max(0, start - 1), end + 1) for i in range(*match.span())}
    before = ""
    for index in range(start, end):
        if index in broken:
            continue
        for piece in _TABLE[ord(text[index])]:
            if piece == " " and before == " ":
                continue
            before = piece
            yield piece, index


def fold_text(text: str) -> str:
    """The folded form alone."""
    if len(text) >= LONG:
        return fold(text).text
    return _SPACES.sub(" ", _BROKEN.sub("", text).translate(_TABLE))

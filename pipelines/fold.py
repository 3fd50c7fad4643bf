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

_SAME = (
    ("ا", "أإآٱٲٳٵ"),  # hamza and madda on alef, alef wasla
    ("و", "ؤۆۊۇۈۋۅۄ"),  # hamza on waw; Sorani o, Feyli and old spellings
    ("ي", "ىیېێئےۍۑ"),  # alef maqsura, Persian ya, Sorani e, hamza on ya
    ("ك", "کڪڭݣ"),
    ("ه", "ةەۀھہۃۂۿ"),  # ta marbuta; Sorani's vowel, which old spellings write as heh and a joiner
    ("ر", "ڕڒ"),
    ("ل", "ڵڶ"),
    ("ف", "ڤڥ"),
    ("ن", "ں"),
    ("", "ء"),  # written or not at a word's end: وزراء, امضاء
    ("i", "İıI"),
    ("'", "’‘ʼ`´ʻ"),
    ('"', "“”„«»"),
    ("-", "–—‐‑‒−"),
    ("ss", "ß"), ("ae", "æ"), ("oe", "œ"), ("o", "ø"), ("l", "ł"), ("d", "đð"), ("th", "þ"),
)  # fmt: skip
"""Letters that differ between keyboards, ages and languages and not in meaning (design, tagging)."""

_LETTERS = {letter: one for one, letters in _SAME for letter in letters}

TATWEEL = "\u0640"
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u061c\ufeff\u00ad\u2060" + "".join(
    map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
)
"""Joiners, zero-width and direction marks."""
_DROPPED = frozenset(_INVISIBLE + TATWEEL)

_AL = "[\u0621-\u063f\u0641-\u064a\u066e-\u06d3\u06d5]"
_STARRED = re.compile(rf"\w[{_INVISIBLE}\u064b-\u0652]*\*")
_PARTED = re.compile(rf"{TATWEEL}[{_INVISIBLE}]*\s[\s{_INVISIBLE}]*{TATWEEL}")
_DOTTED = re.compile(rf"[._·-][{_INVISIBLE}]*{_AL}[{_INVISIBLE}{TATWEEL}]*[._·-]")
_STARS = re.compile(rf"(?<=\w)[*{TATWEEL}]+(?=\w)|{TATWEEL}+ +{TATWEEL}+|{TATWEEL}")
_SPELT = re.compile(rf"(?<![\w._·-]){_AL}(?:[._·-]{_AL}){{2,}}(?!\w)")
"""Some outlets break words on purpose: ت*ی*ر*ۆ*ر, عملـ ـيتي, د.ا.ع.ش."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. From `starts[k]` up to `starts[k + 1]` its characters come one by one from the
    original's, beginning at `origins[k]`: nearly all letters fold to exactly one, so these are few.
    Where words were broken up the text is `mended`."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    length: int
    mended: bool = False

    def origin(self, index: int) -> int:
        """The index in the original of the character that `text[index]` came from."""
        at = bisect_right(self.starts, index) - 1
        return self.origins[at] + index - self.starts[at]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original. `end` must be greater than `start`.

        Marks and joiners inside the range belong to it; those after its last letter do not.
        """
        return self.origin(start), self.origin(end - 1) + 1

    def index(self, origin: int) -> int:
        """The first index of `text` whose character comes from `origin` or after it."""
        at = bisect_right(self.origins, origin - 1) - 1
        if at < 0:
            return 0
        index = self.starts[at] + origin - self.origins[at]
        return min(index, self.starts[at + 1]) if at + 1 < len(self.starts) else min(index, len(self.text))


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
            out += [_lowered(lower) for lower in _LETTERS.get(piece, piece.casefold())]
    return "".join(out)


def _lowered(piece: str) -> str:
    if unicodedata.combining(piece) or piece in _DROPPED:
        return ""
    digit = unicodedata.digit(piece, None)
    return str(digit) if digit is not None else _LETTERS.get(piece, " " if piece.isspace() else piece)


class _Table(dict[int, str]):
    """Code point -> folded form, filled as characters are met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_TABLE = _Table()
_SPACES = re.compile(" {2,}")
_ASCII_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
LONG = 300
"""Texts from this length on are folded once and remembered; shorter ones are folded faster than found."""


@lru_cache(maxsize=16)
def fold(text: str) -> Folded:
    """Fold with the way back. Runs of white space become one space. The last few are remembered:
    tagging, hashes and names all want the same text."""
    if text.isascii() and "*" not in text:
        even = _lowered_ascii(text)
        if "  " not in even:
            return Folded(even, (0,), (0,), len(text))
    letters = _letters_in(text)
    if _broken(text, letters):
        return _mended(text)
    even = _even(text, letters)
    uneven = "".join(sorted(char for char in letters if len(_TABLE[ord(char)]) != 1))
    if not uneven and "  " not in even:
        return Folded(even, (0,), (0,), len(text))
    parts: list[str] = []
    starts, origins = [0], [0]
    last = length = 0
    for match in _runs(uneven).finditer(even):
        start, end = match.span()
        parts.append(even[last:start])
        length += start - last
        for piece, origin in _letters(even, start, end):
            parts.append(piece)
            starts.append(length)
            origins.append(origin)
            length += 1
        starts.append(length)
        origins.append(end)
        last = end
    parts.append(even[last:])
    return Folded("".join(parts), tuple(starts), tuple(origins), len(text))


def _lowered_ascii(text: str) -> str:
    """Folded but for white space in a row: whose letters are all of ASCII, it has no need of the table."""
    even = text.lower().replace("`", "'")
    for space in _ASCII_SPACES:
        if space in even:
            even = even.replace(space, " ")
    return even


def _letters_in(text: str) -> set[str]:
    """Of a long text told by counting, in a fifth of the time that a set of its letters takes."""
    if len(text) < LONG:
        return set(text)
    import numpy as np  # of all who fold words, only who reads articles needs it

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return set(map(chr, np.bincount(codes).nonzero()[0].tolist()))


def _even(text: str, letters: set[str]) -> str:
    """Every letter that folds to one letter folded; the others left, so that places stay the same.

    Small letters and a few replacements take a third of the time of `str.translate`, whose table is
    asked letter by letter.
    """
    others: list[str] = []
    for char in letters:
        folded = _TABLE[ord(char)]
        if len(folded) != 1:
            if len(char.lower()) != 1 or char.lower() != char:
                return "".join(f if len(f := _TABLE[ord(c)]) == 1 else c for c in text)
        elif folded.lower() != folded:  # Cherokee folds to its capitals
            return "".join(f if len(f := _TABLE[ord(c)]) == 1 else c for c in text)
        elif folded != char.lower() or char == FINAL:
            others.append(char)
    for char in others:
        text = text.replace(char, _TABLE[ord(char)])
    return text.lower()


FINAL = "Σ"
"""The one letter whose small form depends on what follows."""


def _broken(text: str, letters: set[str]) -> bool:
    """Whether words may be broken up on purpose: cheap to ask of a text that breaks none."""
    return (
        ("*" in letters and _STARRED.search(text) is not None)
        or (TATWEEL in letters and _PARTED.search(text) is not None)
        or (max(letters, default="") > "\u0620" and _DOTTED.search(text) is not None)
    )


@lru_cache(maxsize=256)
def _runs(uneven: str) -> re.Pattern[str]:
    """Finds what does not fold one to one: white space in a row, letters that vanish or grow."""
    if not uneven:
        return re.compile("  +")
    odd = re.escape(uneven)
    return re.compile(f"(?:  |[{odd}])[ {odd}]*")


def _letters(even: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Folded characters of a run with their origins."""
    before = even[start - 1 : start]
    for index in range(start, end):
        for piece in _TABLE[ord(even[index])]:
            if piece == " " and before == " ":
                continue
            before = piece
            yield piece, index


def _mended(text: str) -> Folded:
    """The same for texts with words broken up: letter by letter, then the breaks taken out."""
    pieces = [(p, i) for i, c in enumerate(text) for p in (TATWEEL if c == TATWEEL else _TABLE[ord(c)])]
    for breaks, marks in ((_STARS, f"*{TATWEEL} "), (_SPELT, "._·-"), (_SPACES, " ")):
        pieces = _without(pieces, breaks, marks)
    return Folded(
        "".join(piece for piece, _ in pieces),
        tuple(range(len(pieces))) or (0,),
        tuple(origin for _, origin in pieces) or (0,),
        len(text),
        mended=True,
    )


def _without(pieces: list[tuple[str, int]], breaks: re.Pattern[str], marks: str) -> list[tuple[str, int]]:
    text = "".join(piece for piece, _ in pieces)
    gone: set[int] = set()
    for match in breaks.finditer(text):
        first = match.start() + (breaks is _SPACES)
        gone |= {i for i in range(first, match.end()) if text[i] in marks}
    return [pair for i, pair in enumerate(pieces) if i not in gone]


def fold_word(word: str) -> str:
    """The folded form of a single word, which holds neither white space nor a break."""
    return word.lower().replace("`", "'") if word.isascii() else word.translate(_TABLE)


def fold_text(text: str) -> str:
    """The folded form alone."""
    if len(text) >= LONG:
        return fold(text).text
    if _broken(text, set(text)):
        return _mended(text).text
    return _SPACES.sub(" ", text.translate(_TABLE))

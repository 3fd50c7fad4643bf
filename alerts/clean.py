"""Strangers' text made fit to be shown: headline in, harmless text of the same words out.

Knows Unicode, not channels. Joiners (U+200C, U+200D) stay: Persian and Kurdish are written with
them. Direction controls of the source go: they could reorder our own words around theirs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

FSI, PDI = "\u2068", "\u2069"
_MOST = 20_000
"""No text is looked at beyond so many code points: a headline is not a book."""

_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_JOINERS = frozenset("\u200c\u200d")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cn"})
_ELLIPSIS = "…"
_ATTACHED = frozenset({"Mn", "Me", "Mc"})

Marks = Sequence[tuple[int, int]]


def clean(text: str, limit: int = 0) -> str:
    """One line without controls, direction overrides, lone surrogates or runs of blanks.

    With a `limit` also cut to so many units, see `cut`.
    """
    cleaned, _ = clean_marked(text, ())
    return cut(cleaned, limit) if limit else cleaned


def clean_marked(text: str, marks: Marks) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Clean, and move marks (start, end; code points) to where their words are now.

    Marks that lost all their text are left out.
    """
    kept: list[str] = []
    places: list[int] = []
    for character in text[:_MOST]:
        places.append(len(kept))
        shown = _shown(character)
        if shown == " " and (not kept or kept[-1] == " "):
            continue
        if shown:
            kept.append(shown)
    places.append(len(kept))
    cleaned = "".join(kept).rstrip(" ")
    return cleaned, tuple(_moved(marks, places, len(cleaned)))


def _shown(character: str) -> str:
    if character in _BREAKS:
        return " "
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in _DROPPED:
        return ""
    return " " if category.startswith("Z") else character


def _moved(marks: Marks, places: Sequence[int], length: int) -> list[tuple[int, int]]:
    moved = []
    end_before = 0
    for start, end in sorted(marks):
        if not 0 <= start < end:
            continue
        first = max(places[min(start, len(places) - 1)], end_before)
        last = min(places[min(end, len(places) - 1)], length)
        if first < last:
            moved.append((first, last))
            end_before = last
    return moved


def size(text: str) -> int:
    """Length as the strictest receiver counts it: UTF-16 units, never less than code points."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def cut(text: str, limit: int) -> str:
    """At most `limit` units, ending in an ellipsis where something was cut.

    Never between a letter and its marks, inside an emoji sequence or a pair of flag letters;
    between words where that costs less than a fifth. `limit` must be at least 1.
    """
    if size(text) <= limit:
        return text
    end = len(text)
    total = 0
    for index, character in enumerate(text):
        total += 2 if ord(character) > 0xFFFF else 1
        if total > limit - 1:
            end = index
            break
    while end > 0 and not _boundary(text, end):
        end -= 1
    blank = text.rfind(" ", 0, end)
    if blank > end * 0.8:
        end = blank
    return text[:end].rstrip() + _ELLIPSIS


def cut_marked(text: str, marks: Marks, limit: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """`cut`, with marks beyond the end shortened or left out."""
    shorter = cut(text, limit)
    if shorter == text:
        return text, tuple(marks)
    length = len(shorter) - len(_ELLIPSIS)
    return shorter, tuple((start, min(end, length)) for start, end in marks if start < length)


def _boundary(text: str, index: int) -> bool:
    after, before = text[index], text[index - 1]
    if unicodedata.category(after) in _ATTACHED or after in _JOINERS or before == "\u200d":
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    if not _flag(after):
        return True
    run = 0
    while index - run > 0 and _flag(text[index - run - 1]):
        run += 1
    return run % 2 == 0


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def isolate(text: str) -> str:
    """Wrapped so that its direction cannot spill into what stands around it (UAX #9, FSI…PDI)."""
    return f"{FSI}{text}{PDI}" if text else ""

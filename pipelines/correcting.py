"""Does an article say of itself that it corrects another? Outlets do so in the first words, set apart by a sign."""

from __future__ import annotations

import re

from pipelines.fold import fold_text

_MARKS = (
    "correction", "corrections", "corrected", "corrects", "clarification",
    "تصحيح", "تصحيح خبر", "تصويب", "استدراك",
    "اصلاحیه", "تصحیح", "اصلاح خبر",
    "ڕاستکردنەوە", "ڕاستکردنەوەی هەواڵ",
    "rastkirin", "serrastkirin", "sererastkirin",
    "düzeltme", "tashih",
)  # fmt: skip
"""In English, Arabic, Persian, Sorani, Kurmanji and Turkish. In a sentence the same words mean other things:
markets and the course of a party are corrected too."""
_ALL = "|".join(sorted(map(re.escape, {fold_text(mark) for mark in _MARKS}), key=len, reverse=True))
_FIRST = re.compile(rf"\W*(?:{_ALL})(?:\s*[:|\])]|\s*[-\u2010-\u2015](?=\s|\w)|\s*\u2026)")
_LAST = re.compile(rf"[(\[]\s*(?:{_ALL})\s*[)\]]\W*$")


def is_correction(title: str, text: str) -> bool:
    """The title begins with the word or ends with it in brackets, or the text begins with it."""
    folded = fold_text(title)
    return bool(_FIRST.match(folded) or _LAST.search(folded) or _FIRST.match(fold_text(text[:200])))

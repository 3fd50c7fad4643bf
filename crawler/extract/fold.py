"""The little folding that dates and datelines need: digits to ASCII, letter variants to one."""

from __future__ import annotations

import unicodedata

_SAME = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ھ": "ه",
        "İ": "i", "ı": "i", "\u0640": None, "\u200c": None, "\u200f": None, "\u200e": None, "\u061c": None, "،": ",",
        **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    }
)  # fmt: skip


def plain(text: str) -> str:
    """Lower case, ASCII digits, no marks."""
    folded = unicodedata.normalize("NFD", text.translate(_SAME)).casefold()
    kept = (c for c in folded if not unicodedata.combining(c))
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in kept)

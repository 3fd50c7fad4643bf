"""Languages as BCP 47 codes, their names and their writing direction."""

from __future__ import annotations

UNDETERMINED = "und"
"""Used whenever the language is not known: never a silent guess (RFC 5646, 4.1)."""

NAMES = {
    "en": "English",
    "ar": "Arabic",
    "ckb": "Sorani Kurdish",
    "kmr": "Kurmanji Kurdish",
    "sdh": "Southern Kurdish (Feyli)",
    "fa": "Persian",
    "tr": "Turkish",
    "az": "Azerbaijani",
    "he": "Hebrew",
    "hy": "Armenian",
    "ka": "Georgian",
    "ru": "Russian",
    "fr": "French",
    UNDETERMINED: "undetermined",
}

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "sdh", "fa", "he"})


def direction(language: str) -> str:
    """`rtl` or `ltr` for a language code, `auto` where it is not known (values of HTML `dir`)."""
    if language in RIGHT_TO_LEFT:
        return "rtl"
    return "auto" if language == UNDETERMINED else "ltr"

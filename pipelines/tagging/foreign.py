"""Signs of other query languages: read as plain words they would find nothing, or the very opposite."""

from __future__ import annotations

import re

_MEANT = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR"}
_NEARNESS = re.compile(r"(?:near|w|within|pre|adj)/.*|~\d+", re.IGNORECASE)
_OPEN_LETTER = re.compile(r"\w\?\w")
_NEAR = "Nearness is written NEAR/5: sign NEAR/5 memorandum"


def advice(word: str) -> str:
    """What to write instead of a word that is none; empty for any other."""
    if word in _MEANT:
        return f"Write {_MEANT[word]}: iraq {_MEANT[word]} syria"
    if word == "-":
        return "A '-' right before a word means without it: -football"
    if word.startswith("!"):
        return "'Without' is written NOT football, or -football"
    if word.strip("*") == "":
        return f"The beginning of a word belongs before the '*': memorand{word[:1]}"
    if word == "NEAR":
        return f'{_NEAR}; "NEAR" is the word.'
    if _NEARNESS.fullmatch(word):
        return _NEAR
    if _OPEN_LETTER.search(word):
        return "No sign stands for one letter; '*' at the end stands for any ending."
    return ""

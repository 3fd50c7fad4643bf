"""The ways a pattern may be written, each with the word to look for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipelines.tagging.affixes import PREFIX, SUFFIX
from pipelines.tagging.lexicon import Pattern

_WORD = re.compile(r"\w+(?:'\w+)?")
KEY_LENGTH = 4
"""Letters of a word that is worth looking for: shorter ones stand within too many others."""
SLACK = 12
"""Letters that the affixes of a word may take, at most."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way a pattern may be written: its key word; for a phrase the whole with affixes, how many
    words stand before the key, another of its words, and how far off that may be."""

    pattern: Pattern
    phrase: str = ""
    ahead: int = 0
    other: str = ""
    reach: int = 0


def forms_of(patterns: Iterable[Pattern]) -> dict[str, list[Form]]:
    """Forms by the key word, in the order of the patterns. No key holds a space but at its end."""
    spellings = [(text, item) for item in patterns for text in _spellings(item.text)]
    often = Counter(word for text, _ in spellings if " " in text for word in text.split())
    forms: dict[str, list[Form]] = {}
    for text, item in spellings:
        key, form = _form(text, item, _key(text, often))
        forms.setdefault(key, []).append(form)
    return forms


def _spellings(text: str) -> Collection[str]:
    """A hyphen within a word stands for itself, a space or nothing. None begins with a space."""
    if "-" not in text:
        return (text,)
    return dict.fromkeys((text, text.replace("-", " ").lstrip(), text.replace("-", "")))


def _key(text: str, often: Mapping[str, int]) -> int:
    """Which word of a phrase is looked for: of those long enough the one that fewest phrases have."""
    words = [word.removesuffix("*") for word in text.split()]
    return min(range(len(words)), key=lambda i: (len(words[i]) < KEY_LENGTH, often[text.split()[i]], -len(words[i])))


@lru_cache(maxsize=1 << 15)
def _form(text: str, item: Pattern, key: int) -> tuple[str, Form]:
    """The key word with the form; remembered, since every tagger has the shipped lists."""
    words = text.split()
    if len(words) == 1:
        return text, Form(item)
    bare = [word.removesuffix("*") for word in words]
    other = max((word for i, word in enumerate(bare) if i != key), key=len)
    ahead = sum(len(_WORD.findall(word)) for word in words[:key])
    parts = [_inflected(word, item) for word in words]
    if item.open_end:
        parts[-1] = f"{_before(item)}{re.escape(words[-1])}\\w*(?:'\\w+)?"
    whole = " [\"'(]?".join(parts) + r"(?!\w)"
    return bare[key], Form(item, whole, ahead, other, len(text) + SLACK * len(words))


def _before(item: Pattern) -> str:
    return "" if item.exact else PREFIX.get(item.language, "")


def _inflected(word: str, item: Pattern) -> str:
    if word.endswith("*"):
        return f"{_before(item)}{re.escape(word[:-1])}\\w*"
    after = "" if item.exact else SUFFIX[item.language]
    return f"{_before(item)}{re.escape(word)}{after}"


@cache
def _compiled(phrase: str) -> re.Pattern[str]:
    """Compiled when first met: most phrases of most languages never are."""
    return re.compile(phrase)


def phrase_at(text: str, start: int, starts: Sequence[int], first: int, form: Form) -> tuple[int, int, int] | None:
    """Where the phrase stands whose key was met at `start`, in the word `first`: (start, end, word)."""
    opening = first - form.ahead
    if opening < 0:
        return None
    match = _compiled(form.phrase).match(text, starts[opening])
    if match is None or match.end() <= start:
        return None
    return match.start(), match.end(), opening

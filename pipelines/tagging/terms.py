"""A word of a query as patterns: in every language its script is written in, phrases word by word."""

from __future__ import annotations

import re

from pipelines.fold import fold_text
from pipelines.tagging.lexicon import Entry, Pattern

_WORD = re.compile(r"\w+(?:'\w+)?")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
JOINER = "\u200c"
"""Persian and Kurdish compounds are written with it, with a space, or as one word."""

_LANGUAGES = {True: ("ar", "ckb", "fa"), False: ("en", "kmr", "tr")}
"""Whose clitics and endings a word may take. A query does not say its language; its script does."""


def words_of(term: str) -> tuple[tuple[str, ...], ...]:
    """The ways to write a term, each as its words, folded, `=` before an exact one and `*` behind an open
    one: `"Iran-Iraq talk*"` -> (`iran`, `iraq`, `talk*`) and (`iraniraq`, `talk*`)."""
    apart: list[str] = []
    joined: list[str] = []
    for part in term.strip('"').split():
        exact, open_end = part.startswith("="), part.endswith("*")
        bare = part.removeprefix("=").removesuffix("*")
        pieces = _WORD.findall(fold_text(bare.replace(JOINER, "-")))
        apart += [_marked(piece, exact, open_end and n == len(pieces)) for n, piece in enumerate(pieces, 1)]
        if pieces:
            joined.append(_marked("".join(pieces), exact, open_end))
    return tuple(dict.fromkeys((tuple(apart), tuple(joined))))


def _marked(piece: str, exact: bool, open_end: bool) -> str:
    return ("=" if exact else "") + piece + ("*" if open_end else "")


def word_entry(word: str) -> Entry:
    """One folded word, as `words_of` gives it, as an entry of its own."""
    name = f"query {word}"
    text = word.removeprefix("=").removesuffix("*")
    languages = _LANGUAGES[bool(_ARABIC.search(text))]
    return Entry(
        name,
        tuple(
            Pattern(text, word, language, name, open_end=word.endswith("*"), exact=word.startswith("="))
            for language in (("any",) if word.startswith("=") else ("any", *languages))
        ),
    )

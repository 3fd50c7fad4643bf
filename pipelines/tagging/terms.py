"""A word of a query as patterns: in every language its script is written in, phrases word by word."""

from __future__ import annotations

import re

from pipelines.fold import fold_text
from pipelines.tagging.lexicon import Entry, Pattern

_WORD = re.compile(r"\w+(?:'\w+)?")
_COMPOUND = re.compile(r"[\w']+(?:-[\w']+)+")
_LETTERS = re.compile(r"[^\W\d](?:\.[^\W\d])+\.?")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
JOINER = "\u200c"
"""Persian and Kurdish compounds are written with it, with a space, or as one word."""

_LANGUAGES = {True: ("ar", "ckb", "fa"), False: ("en", "kmr", "tr")}
"""Whose clitics and endings a word may take. A query does not say its language; its script does."""


def words_of(term: str) -> tuple[tuple[str, ...], ...]:
    """The ways to write a term, each as its words, folded, `=` before an exact one and `*` behind an open
    one: `"Iran-Iraq talk*"` -> (`iran`, `iraq`, `talk*`) and (`iraniraq`, `talk*`). An exact word that is
    written in capitals keeps them."""
    apart: list[str] = []
    joined: list[str] = []
    for part in term.strip('"').split():
        exact, open_end = part.startswith("="), part.endswith("*")
        bare = part.removeprefix("=").removesuffix("*")
        capitals = exact and bare.isupper()
        folded = fold_text(bare.replace(JOINER, "-"))
        pieces = _WORD.findall(folded)
        own = [_marked(piece, exact, open_end and n == len(pieces), capitals) for n, piece in enumerate(pieces, 1)]
        apart += own
        if _LETTERS.fullmatch(folded):  # U.S. is US, and never us
            joined.append(_marked("".join(pieces), True, open_end, bare.isupper()))
        elif _COMPOUND.fullmatch(folded):
            joined.append(_marked("".join(pieces), exact, open_end, capitals))
        else:
            joined += own
    return tuple(dict.fromkeys((tuple(apart), tuple(joined))))


def _marked(piece: str, exact: bool, open_end: bool, capitals: bool) -> str:
    return ("=" if exact else "") + (piece.upper() if capitals else piece) + ("*" if open_end else "")


def word_entry(word: str) -> Entry:
    """One folded word, as `words_of` gives it, as an entry of its own. A single letter is found alone:
    with clitics and endings it would be any short word."""
    name = f"query {word}"
    text = word.removeprefix("=").removesuffix("*")
    open_end, exact = word.endswith("*"), word.startswith("=") or len(text) == 1
    capitals = exact and text.isupper()
    languages = () if exact else _LANGUAGES[bool(_ARABIC.search(text))]
    made = (
        Pattern(text.lower(), word, language, name, open_end=open_end, exact=exact, capitals=capitals)
        for language in ("any", *languages)
    )
    return Entry(name, tuple(made))

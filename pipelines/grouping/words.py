"""Words worth comparing, per language: folded, cut where endings begin, without stop words and clitics."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pipelines.fold import fold_text

_CLITIC = re.compile(r"^(?:[وفبكل]{0,2}ال|لل|[وب](?=\w{5}))")
_LETTERS = {"ar": 5, "ckb": 5, "sdh": 5, "kmr": 5, "fa": 6, "tr": 6, "he": 5}
"""Where words take many endings, their first letters stand for them: a stemmer that needs no lists."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """Folded; of a language we have no list for, the others' together."""
    lists: dict[str, set[str]] = {}
    for line in files("pipelines.grouping").joinpath("data/stopwords.txt").read_text("utf-8").splitlines():
        name, _, words = line.partition(":")
        if not line.startswith("#"):
            lists.setdefault(name, set()).update(fold_text(words).split())
    name = {"sdh": "ckb"}.get(language, language)
    return frozenset(lists[name]) if name in lists else frozenset().union(*lists.values())


def word_key(word: str, language: str) -> str:
    """What a folded word counts as in a language; '' if it says nothing."""
    stops = stop_words(language)
    if word in stops:
        return ""
    word = bare(word, language)
    if len(word) < 2 or word in stops:
        return ""
    return word[: _LETTERS.get(language, 32)]


def bare(word: str, language: str) -> str:
    """An Arabic word without article and joined particles."""
    return _CLITIC.sub("", word) if language == "ar" else word

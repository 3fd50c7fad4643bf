"""What a report is about, in any language: a word -> `@flood`, `@court`. From data/concepts.txt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.fold import fold_text
from pipelines.grouping.words import bare

_COLUMNS = ("en", "ar", "ckb", "kmr", "fa", "tr")
_LONGEST = 14
_HEAD = 3
"""Letters of a beginning that are looked at first: most words are done with then. The shortest beginning has two."""


def _lines() -> Iterator[tuple[str, list[str]]]:
    for line in files("pipelines.grouping").joinpath("data/concepts.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, *cells = (cell.strip() for cell in line.split("|"))
            yield f"@{name}", cells


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Whole words and beginnings of words -> concepts; `heads` are what the beginnings begin with."""

    whole: dict[str, list[str]]
    begins: dict[str, list[str]]
    heads: frozenset[str]


@cache
def _lexicon(language: str) -> _Lexicon:
    whole: dict[str, list[str]] = {}
    begins: dict[str, list[str]] = {}
    name = {"sdh": "ckb"}.get(language, language)
    for concept, cells in _lines() if name in _COLUMNS else ():
        for word in cells[_COLUMNS.index(name)].split():
            table = begins if word.endswith("*") else whole
            table.setdefault(fold_text(word.rstrip("*")), []).append(concept)
    return _Lexicon(whole, begins, frozenset(start[:_HEAD] for start in begins))


def concepts_of(word: str, language: str) -> tuple[str, ...]:
    """Concepts of a folded word, each once; mostly none."""
    lexicon = _lexicon(language)
    stem = bare(word, language)
    found = [*lexicon.whole.get(word, ()), *(lexicon.whole.get(stem, ()) if stem != word else ())]
    if stem[:_HEAD] in lexicon.heads or stem[:2] in lexicon.heads:
        for length in range(min(len(stem), _LONGEST), 1, -1):
            if stem[:length] in lexicon.begins:
                found += lexicon.begins[stem[:length]]
                break
    return tuple(dict.fromkeys(found))

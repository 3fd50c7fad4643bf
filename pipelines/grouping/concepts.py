"""What a report is about, in any language: a word -> `@flood`, `@court`. From data/concepts.txt."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from pipelines.fold import fold_text
from pipelines.grouping.words import bare

_COLUMNS = ("en", "ar", "ckb", "kmr", "fa", "tr")
_LONGEST = 14


def _lines() -> Iterator[tuple[str, list[str]]]:
    for line in files("pipelines.grouping").joinpath("data/concepts.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, *cells = (cell.strip() for cell in line.split("|"))
            yield f"@{name}", cells


@cache
def _lexicon(language: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Whole words and beginnings of words -> concepts."""
    whole: dict[str, list[str]] = {}
    begins: dict[str, list[str]] = {}
    name = {"sdh": "ckb"}.get(language, language)
    if name not in _COLUMNS:
        return whole, begins
    for concept, cells in _lines():
        for word in cells[_COLUMNS.index(name)].split():
            table = begins if word.endswith("*") else whole
            table.setdefault(fold_text(word.rstrip("*")), []).append(concept)
    return whole, begins


@lru_cache(maxsize=100_000)
def concepts_of(word: str, language: str) -> tuple[str, ...]:
    """Concepts of a folded word, each once; mostly none."""
    whole, begins = _lexicon(language)
    stem = bare(word, language)
    found = [*whole.get(word, ()), *(whole.get(stem, ()) if stem != word else ())]
    for length in range(min(len(stem), _LONGEST), 1, -1):
        if stem[:length] in begins:
            found += begins[stem[:length]]
            break
    return tuple(dict.fromkeys(found))

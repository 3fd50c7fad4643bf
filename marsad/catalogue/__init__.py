"""The shipped catalogue of regional outlets: what is publicly known of their addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from news.errors import UnknownName

ROBOTS = "robots.txt is read before the first visit, and obeyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One source of an entry; `seen` says who saw it answer and when, `confidence` is high, medium or low."""

    id: str
    url: str
    languages: tuple[str, ...]
    confidence: str
    seen: str
    kind: str = "feed"
    links: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One outlet. `sources` stand best first."""

    id: str
    name: str
    homepage: str
    country: str
    zone: str
    confidence: str
    sources: tuple[Address, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(language for source in self.sources for language in source.languages))


@cache
def entries() -> tuple[Entry, ...]:
    """All entries, in the file's order."""
    text = files(__name__).joinpath("outlets.yaml").read_text(encoding="utf-8")
    return tuple(_entry(given) for given in yaml.safe_load(text)["outlets"])


def _entry(given: dict[str, Any]) -> Entry:
    sources = tuple(Address(**{**source, "languages": tuple(source["languages"])}) for source in given["sources"])
    return Entry(**{**given, "sources": sources, "notes": tuple(given.get("notes", ()))})


def chosen(name: str) -> tuple[Entry, tuple[Address, ...]]:
    """The entry and the sources that `rudaw`, `rudaw/en-list` or `rudaw-en` stand for: of an outlet alone
    the best source in each language, with a language the best in it. Raises UnknownName with the closest names."""
    known = {entry.id: entry for entry in entries()}
    if name in known:
        return known[name], best(known[name].sources)
    for entry in known.values():
        for source in entry.sources:
            if name in (f"{entry.id}/{source.id}", f"{entry.id}-{source.id}"):
                return entry, (source,)
        for source in entry.sources:
            if name == f"{entry.id}-{source.languages[0]}":
                return entry, (source,)
    names = {*known, *(f"{entry.id}/{source.id}" for entry in known.values() for source in entry.sources)}
    raise UnknownName("outlet of the catalogue", name, names, listing="(all of them: marsad sources catalogue)")


def best(sources: Iterable[Address]) -> tuple[Address, ...]:
    """The first (best) source in each language."""
    covered: set[str] = set()
    found = []
    for source in sources:
        if not covered & set(source.languages):
            covered |= set(source.languages)
            found.append(source)
    return tuple(found)


def found(text: str = "", countries: Sequence[str] = (), languages: Sequence[str] = ()) -> list[Entry]:
    """Entries whose id, name, address or country has `text` in it, of these countries, in these languages."""
    wanted = text.casefold()
    return [
        entry
        for entry in entries()
        if any(wanted in part.casefold() for part in (entry.id, entry.name, entry.homepage, entry.country))
        and (not countries or entry.country in countries)
        and (not languages or set(languages) & set(entry.languages))
    ]

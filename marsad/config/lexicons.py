"""The user's word lists: YAML files beside the configuration -> lexicon entries, every fault with its place.

# words/ministries.yaml                 -> the list `ministries.water`
water:
  en: ["ministry of water", "=MoWR"]
  ar: [وزارة الموارد المائية]
  themes: [border]                      # optional; also subtype, id
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marsad.config.yaml_places import Document, KeyPath, dotted, read_document
from news.errors import ConfigError, suggestion
from pipelines.tagging.lexicon import LANGUAGES, NAMED, Entry, builtin_lexicons, pattern

_KEYS = (*LANGUAGES, "any", "themes", "subtype", "id")


def read_lexicons(
    names: list[str], document: Document, base: Path, environment: Mapping[str, str], faults: list[str]
) -> Mapping[str, Entry]:
    """The shipped lists and those of the files; a file's list replaces a shipped one of its name. Without files the
    shipped mapping itself: its words are made ready once, however often a configuration is loaded."""
    if not names:
        return builtin_lexicons()
    found = dict(builtin_lexicons())
    for number, name in enumerate(names):
        place = document.place(("lexicons", number))
        try:
            file = read_document(base / name, environment)
        except ConfigError as error:
            faults += [f"{place}: lexicons[{number}]: {problem}" for problem in error.places]
            continue
        faults += file.faults
        if not isinstance(file.values, dict):
            faults.append(f"{file.place(())}: a mapping is wanted: list names, with words per language")
            continue
        topic = Path(name).stem
        for key, given in file.values.items():
            problems = list(_problems(file, key, given))
            faults += problems
            if not problems:
                entry = _entry(topic, key, given)
                found[entry.name] = entry
    return found


def _problems(file: Document, key: str, given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{file.place((key,))}: {key}: a mapping is wanted: en: [word, word]"
        return
    for name, values in given.items():
        path: KeyPath = (key, name)
        if name not in _KEYS:
            yield f"{file.place(path, key=True)}: {dotted(path)}: unknown key {suggestion(name, _KEYS)}"
        elif name in ("subtype", "id"):
            if not isinstance(values, str):
                yield f"{file.place(path)}: {dotted(path)}: must be a text; put it in quotes"
        elif not isinstance(values, list) or not all(isinstance(value, (str, int)) for value in values):
            yield f"{file.place(path)}: {dotted(path)}: must be a list of words: [word, word]"
        elif name != "themes":
            yield from _bad_words(file, path, values)
    if not any(given.get(language) for language in (*LANGUAGES, "any")):
        yield f"{file.place((key,))}: {key}: no words in any language ({', '.join(LANGUAGES)}, any)"


def _bad_words(file: Document, path: KeyPath, words: list[Any]) -> Iterator[str]:
    for number, word in enumerate(words):
        here = (*path, number)
        try:
            pattern(str(word), str(path[-1]), dotted(here))
        except ConfigError as error:
            yield f"{file.place(here)}: {error}"


def _entry(topic: str, key: str, given: Mapping[str, Any]) -> Entry:
    name = f"{topic}.{key}"
    identity = str(given.get("id", key if topic in NAMED else ""))
    patterns = tuple(
        pattern(str(word), language, name, identity)
        for language in (*LANGUAGES, "any")
        for word in given.get(language, ())
    )
    return Entry(name, patterns, tuple(given.get("themes", ())), str(given.get("subtype", "")))

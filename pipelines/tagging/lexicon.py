"""Word lists from YAML -> patterns. A list is `topic.entry`; an entry has words per language.

An entry may carry `themes`, a `subtype` and an `id` (states: the ISO code or a free id).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from news.errors import ConfigError
from pipelines.fold import fold_text

LANGUAGES = ("en", "ar", "ckb", "kmr", "fa", "tr")
SHORTEST_PREFIX = 3
"""`wo*` would match half a dictionary."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word or phrase, folded. `open_end`: written with `*`, any ending goes.

    `exact` patterns (written with a leading `=`) take no affix: short names and acronyms.
    """

    text: str
    written: str
    language: str
    lexicon: str
    open_end: bool = False
    exact: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One named list with what it stands for."""

    name: str
    patterns: tuple[Pattern, ...]
    themes: tuple[str, ...] = ()
    subtype: str = ""


def pattern(written: str, language: str, lexicon: str, identity: str = "") -> Pattern:
    """A pattern as written in a lexicon or a rule. Raises ConfigError for one that is too short."""
    words = str(written)
    exact = words.startswith("=")
    open_end = words.endswith("*")
    text = fold_text(words.removeprefix("=").removesuffix("*")).strip()
    if not text or (open_end and len(text) < SHORTEST_PREFIX):
        raise ConfigError([f"{lexicon}: {written!r} is too short; a prefix needs {SHORTEST_PREFIX} letters"])
    return Pattern(text, words, language, lexicon, open_end, exact, identity)


def entry_from(topic: str, key: str, given: Mapping[str, Any]) -> Entry:
    """One entry of a lexicon file."""
    name = f"{topic}.{key}"
    identity = key if topic == "states" else ""
    patterns = tuple(
        pattern(word, language, name, identity) for language in (*LANGUAGES, "any") for word in given.get(language, ())
    )
    return Entry(name, patterns, tuple(given.get("themes", ())), str(given.get("subtype", "")))


@cache
def builtin_lexicons() -> Mapping[str, Entry]:
    """Every shipped entry by its name, `topic.entry`."""
    found: dict[str, Entry] = {}
    folder = files("pipelines") / "lexicons"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            topic = file.name.removesuffix(".yaml")
            for key, given in yaml.safe_load(file.read_text(encoding="utf-8")).items():
                entry = entry_from(topic, str(key), given)
                found[entry.name] = entry
    return found


def chosen(names: Iterable[str], lexicons: Mapping[str, Entry]) -> list[Entry]:
    """Entries for names like `security.*`, `states` or `act.agreement`; [] where none fits."""
    out: dict[str, Entry] = {}
    for name in names:
        stem = name.removesuffix(".*").removesuffix("*")
        out |= {k: e for k, e in lexicons.items() if k == name or k.startswith(f"{stem}.")}
    return list(out.values())


def lexicon_hash(patterns: Sequence[Pattern]) -> str:
    """Twelve hex digits that change whenever a pattern does."""
    text = "\n".join(sorted(f"{p.lexicon} {p.language} {p.written}" for p in patterns))
    return hashlib.sha256(text.encode()).hexdigest()[:12]

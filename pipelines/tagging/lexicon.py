"""Word lists from YAML -> patterns. A list is `topic.entry`; an entry has words per language.

A file's topic is its name up to a hyphen: `states-cldr.yaml` adds to the entries of `states.yaml`.
An entry may carry `themes` and a `subtype`; entries of `states` and `groups` stand for their key, an
ISO code or a free id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from news.errors import ConfigError
from pipelines.fold import fold_text

LANGUAGES = ("en", "ar", "ckb", "kmr", "fa", "tr")
SHORTEST_PREFIX = 3
"""`wo*` would match half a dictionary."""
NAMED = frozenset({"states", "groups"})
"""Topics whose entries are names: the key is what a word stands for."""
JOINER = "\u200c"
_STAR_WITHIN = re.compile(r"\*\w")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word or phrase, folded. `open_end`: written with `*`, any ending goes.

    A hyphen or joiner within a word (kept here as a hyphen) stands for itself, a space or nothing.
    `exact` patterns (written with a leading `=`) take no affix: short names and acronyms; written in
    `capitals` they must stand in capitals: `=US` is not `us`.
    """

    text: str
    written: str
    language: str
    lexicon: str
    open_end: bool = False
    exact: bool = False
    id: str = ""
    capitals: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One named list with what it stands for."""

    name: str
    patterns: tuple[Pattern, ...]
    themes: tuple[str, ...] = ()
    subtype: str = ""


def pattern(written: str, language: str, lexicon: str, identity: str = "") -> Pattern:
    """A pattern as written in a lexicon or a rule. Raises ConfigError for one that is too short, or whose
    '*' is not at the end of a word."""
    words = str(written)
    exact = words.startswith("=")
    open_end = words.endswith("*")
    bare = words.removeprefix("=").removesuffix("*")
    text = fold_text(bare.replace(JOINER, "-")).strip()
    if not text or (open_end and len(text) < SHORTEST_PREFIX):
        raise ConfigError([f"{lexicon}: {written!r} is too short; a prefix needs {SHORTEST_PREFIX} letters"])
    if _STAR_WITHIN.search(bare):
        raise ConfigError([f"{lexicon}: {written!r}: '*' may stand only at the end of a word"])
    return Pattern(text, words, language, lexicon, open_end, exact, identity, exact and bare.isupper())


def entry_from(topic: str, key: str, given: Mapping[str, Any]) -> Entry:
    """One entry of a lexicon file."""
    name = f"{topic}.{key}"
    identity = key if topic in NAMED else ""
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
            for key, given in _read(file.read_text(encoding="utf-8")).items():
                entry = entry_from(file.name.removesuffix(".yaml").partition("-")[0], str(key), given)
                found[entry.name] = _joined(found[entry.name], entry) if entry.name in found else entry
    return found


def _read(text: str) -> Mapping[str, Any]:
    """YAML through the C parser where there is one: ten times as fast, and these files are long."""
    given = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe loaders
    return dict(given)


def _joined(one: Entry, other: Entry) -> Entry:
    known = {(p.text, p.language, p.exact) for p in one.patterns}
    more = tuple(p for p in other.patterns if (p.text, p.language, p.exact) not in known)
    return replace(one, patterns=one.patterns + more)


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

"""A rule made ready: its patterns by slot, its conditions as trees. Faults surface here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from news.errors import ConfigError, suggestion
from news.rule import Rule, ScoreLine, Slot
from pipelines.tagging.language import Node, Not, parse
from pipelines.tagging.lexicon import Entry, Pattern, chosen, lexicon_hash, pattern


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with everything resolved. `slots` maps lexicon names to the slots they fill."""

    rule: Rule
    patterns: tuple[Pattern, ...]
    slots: Mapping[str, tuple[str, ...]]
    match: Node
    score: tuple[tuple[ScoreLine, Node], ...]
    rupture: Node | None
    entries: Mapping[str, Entry]
    hash: str


def compile_rule(rule: Rule, lexicons: Mapping[str, Entry]) -> CompiledRule:
    """Resolve a rule. Raises ConfigError naming the part that cannot be."""
    where = f"rule {rule.id}"
    entries: dict[str, Entry] = {}
    slots: dict[str, list[str]] = {}
    for name, slot in rule.slots.items():
        for entry in _entries(slot, f"{where}: slots.{name}", lexicons):
            entries[entry.name] = entry
            slots.setdefault(entry.name, []).append(name)
    match = parse(rule.match, rule.slots, f"{where}: match")
    if isinstance(match, Not):
        raise ConfigError([f"{where}: match: a rule of `not` alone would match nearly everything"])
    _refuse_empty(rule, slots, entries)
    patterns = tuple(p for entry in entries.values() for p in entry.patterns)
    return CompiledRule(
        rule=rule,
        patterns=patterns,
        slots={name: tuple(names) for name, names in slots.items()},
        match=match,
        score=tuple(
            (line, parse(line.when, rule.slots, f"{where}: score[{index}]")) for index, line in enumerate(rule.score)
        ),
        rupture=parse(rule.rupture, rule.slots, f"{where}: rupture") if rule.rupture else None,
        entries=entries,
        hash=lexicon_hash(patterns),
    )


def _entries(slot: Slot, where: str, lexicons: Mapping[str, Entry]) -> list[Entry]:
    found: list[Entry] = []
    for name in slot.use:
        entries = chosen([name], lexicons)
        if not entries:
            hint = suggestion(name, lexicons)
            raise ConfigError([f"{where}: no lexicon is called {name!r} {hint}"])
        found += entries
    if slot.words:
        inline = tuple(pattern(word, language, where) for language, words in slot.words.items() for word in words)
        found.append(Entry(where, inline))
    if not found:
        raise ConfigError([f"{where}: give `use` (lexicons) or `words`"])
    return found


def _refuse_empty(rule: Rule, slots: Mapping[str, list[str]], entries: Mapping[str, Entry]) -> None:
    """A slot without a word in a listed language can never be filled there: say so at load."""
    for name in rule.slots:
        filled = {
            p.language for entry_name, names in slots.items() if name in names for p in entries[entry_name].patterns
        }
        for language in rule.languages:
            if not filled & {language, "any"}:
                where = f"rule {rule.id}: slots.{name}"
                raise ConfigError([f"{where}: no words in {language!r}, which the rule lists"])

"""Rules from the configuration, from files it names and from `rules/*.yaml` beside it, checked with their examples."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from marsad.config.faults import faults_of
from marsad.config.telling import WeightSection, split
from marsad.config.yaml_places import Document, KeyPath, dotted, read_document
from news.errors import ConfigError, suggestion
from news.rule import Rule
from pipelines.tagging.compiled import CompiledRule, compile_rule
from pipelines.tagging.faults import RuleFault
from pipelines.tagging.lexicon import Entry, builtin_lexicons
from pipelines.tagging.rules import builtin_rules, failed_examples, rule_from
from pipelines.tagging.tree import Is, Node, leaves

FOLDER = "rules"
"""Beside the configuration file; every `*.yaml` in it holds a rule, or a list of rules."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A rule's mapping, and where it stands."""

    values: dict[str, Any]
    document: Document
    path: KeyPath


def read_rules(
    given: list[dict[str, Any]],
    document: Document,
    base: Path,
    environment: Mapping[str, str],
    lexicons: Mapping[str, Entry] | None,
    outlets: Collection[str],
    faults: list[str],
    weights: dict[str, WeightSection] | None = None,
    *,
    folder: str = FOLDER,
    examples: bool = True,
) -> tuple[Rule, ...]:
    """Every rule that can be used; a fault for each that cannot, or (with `examples`) whose examples come out
    otherwise. Without `lexicons` conditions, words and examples are not looked at. With `folder`, those of the files
    in it too. `weights` are filled in: what each rule's matches weigh when they are told."""
    found: dict[str, Rule] = {}
    inhibitors: list[tuple[_Given, WeightSection]] = []
    for item in _all(given, document, base, environment, faults, folder):
        try:
            own, rest = split(item.values, WeightSection)
            rule = rule_from(rest, origin=dotted(item.path) if item.path else "rule")
            compiled = None if lexicons is None else compile_rule(rule, lexicons)
        except RuleFault as error:
            faults += [_fault(item, path, problem) for path, problem in error.faults]
            continue
        for path, outlet in _outlets(compiled) if compiled else ():
            if outlet not in outlets:
                faults.append(_fault(item, path, f"unknown outlet {outlet!r} {suggestion(outlet, sorted(outlets))}"))
        try:
            weight = WeightSection.model_validate(own)
        except ValidationError as error:
            faults += faults_of(error, WeightSection, item.document, item.path)
            continue
        inhibitors.append((item, weight))
        if weights is not None:
            weights[rule.id] = weight
        if rule.id in found:
            faults.append(f"{item.document.place((*item.path, 'id'))}: the rule {rule.id!r} is given twice")
            continue
        if examples and lexicons is not None and not _as_shipped(rule, lexicons):
            faults += [
                f"{item.document.place((*item.path, 'tests', number))}: rule {rule.id}: {failure}"
                for number, failure in failed_examples(rule, lexicons)
            ]
        found[rule.id] = rule
    for item, weight in inhibitors:
        for number, name in enumerate(weight.inhibits):
            if name not in found:
                faults.append(_fault(item, ("inhibits", number), f"unknown rule {name!r} {suggestion(name, found)}"))
    return tuple(found.values())


def _as_shipped(rule: Rule, lexicons: Mapping[str, Entry]) -> bool:
    """A built-in rule over the shipped lists alone: its examples come out in our own tests, and trying them again
    makes a start a second longer, for automata of every language."""
    given = builtin_rules().get(rule.id)
    return given is not None and lexicons is builtin_lexicons() and rule == rule_from(given, origin=rule.id)


def _outlets(compiled: CompiledRule) -> Iterator[tuple[KeyPath, str]]:
    """The outlets that a rule asks for, and where."""
    rule = compiled.rule
    asked: list[tuple[KeyPath, Node]] = [(("query" if rule.query else "match",), compiled.match)]
    for number, (line, node) in enumerate(compiled.score):
        if node is not compiled.match:
            asked.append((("score", number, "query" if line.query else "when"), node))
    if compiled.rupture is not None:
        asked.append((("rupture",), compiled.rupture))
    for path, node in asked:
        for leaf in leaves(node):
            if isinstance(leaf, Is) and leaf.fact == "outlet":
                yield from ((path, outlet) for outlet in leaf.values)


def _fault(item: _Given, path: KeyPath, problem: str) -> str:
    here = (*item.path, *path)
    name = item.values.get("id") or item.values.get("use") or ""
    rule = f"rule {name}: " if name else ""
    unknown = problem.startswith("unknown key")
    return f"{item.document.place(here, key=unknown)}: {rule}{dotted(path) if path else 'rule'}: {problem}"


def _all(
    given: list[dict[str, Any]],
    document: Document,
    base: Path,
    environment: Mapping[str, str],
    faults: list[str],
    folder: str,
) -> Iterator[_Given]:
    used: set[Path] = set()
    for index, values in enumerate(given):
        yield from _expanded(_Given(values, document, ("rules", index)), base, environment, faults, used)
    for file in sorted((base / folder).glob("*.yaml")) if folder else ():
        if file.resolve() not in used and not file.name.startswith((".", "_")):
            for item in _of_file(file, environment, faults, str(file)):
                yield from _expanded(item, base, environment, faults, used)


def _expanded(
    item: _Given, base: Path, environment: Mapping[str, str], faults: list[str], used: set[Path]
) -> Iterator[_Given]:
    """A rule with what its `use` names filled in: a built-in rule, or a file."""
    name = item.values.get("use")
    if name is None:
        yield item
        return
    place = item.document.place((*item.path, "use"))
    own = {key: value for key, value in item.values.items() if key != "use"}
    if str(name).endswith((".yaml", ".yml")):
        file = base / str(name)
        used.add(file.resolve())
        for inner in _of_file(file, environment, faults, f"{place}: use"):
            further = str(inner.values.get("use", ""))
            if further.endswith((".yaml", ".yml")):
                where = inner.document.place((*inner.path, "use"))
                faults.append(f"{where}: a rule's file may use a built-in rule, but no further file")
            elif further:
                yield from _expanded(
                    _Given({**inner.values, **own}, inner.document, inner.path), base, environment, faults, used
                )
            else:
                yield _Given({**inner.values, **own}, inner.document, inner.path)
        return
    shelf = builtin_rules()
    key = str(name).removeprefix("builtin/")
    if key not in shelf:
        hint = suggestion(key, shelf) or "A file's name ends in .yaml."
        faults.append(f"{place}: no built-in rule is called {name!r} {hint}")
        return
    yield _Given({**shelf[key], **own}, item.document, item.path)


def _of_file(file: Path, environment: Mapping[str, str], faults: list[str], named: str) -> Iterator[_Given]:
    try:
        document = read_document(file, environment)
    except ConfigError as error:
        missing = not file.exists()
        faults += [f"{named}: {file}: there is no such file" if missing else problem for problem in error.places]
        return
    faults += document.faults
    values = document.values
    items: list[tuple[Any, KeyPath]] = [(values, ())]
    if isinstance(values, list):
        items = [(value, (number,)) for number, value in enumerate(values)]
    for value, path in items:
        if isinstance(value, dict) and value:
            yield _Given(value, document, path)
        else:
            faults.append(f"{document.place(path)}: a rule is a mapping with `id` and `match` or `query`")

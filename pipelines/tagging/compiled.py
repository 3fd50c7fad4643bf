"""A rule made ready: its patterns by slot, its conditions as trees. Faults surface here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from news.errors import ConfigError, QueryError, suggestion
from news.rule import Rule, ScoreLine, Slot
from pipelines.fold import fold_text
from pipelines.tagging.conditions import Conditions
from pipelines.tagging.expressions import Expression, compile_expression
from pipelines.tagging.faults import KeyPath, refusal
from pipelines.tagging.language import parse
from pipelines.tagging.lexicon import LANGUAGES, Entry, Pattern, chosen, lexicon_hash, pattern
from pipelines.tagging.needs import required
from pipelines.tagging.query import parse_query, written_query
from pipelines.tagging.slips import check_language, refuse_languages, refuse_unfilled, refuse_unreachable
from pipelines.tagging.terms import word_entry, words_of
from pipelines.tagging.tree import Either, Is, Node, leaves, slots_of, written
from pipelines.tagging.zones import ByList, Placed, merged

ENGINE = 3
"""Grows when evaluation itself changes, so that stored tags are known to be of an older make."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with everything resolved.

    `slots` maps the names of word lists to the slots they fill; `phrases` a slot to the word
    lists that must stand side by side, in one of several ways; `expressions` are by the list name that stands for each.
    `needs` are slots of which one at least must be filled before the rule can say anything.
    """

    rule: Rule
    patterns: tuple[Pattern, ...]
    slots: Mapping[str, tuple[str, ...]]
    match: Node
    score: tuple[tuple[ScoreLine, Node], ...]
    rupture: Node | None
    conditions: Conditions
    entries: Mapping[str, Entry]
    hash: str
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    expressions: Mapping[str, Expression]
    needs: tuple[frozenset[str], ...]

    def written(self, node: Node) -> str:
        """A condition in the language its rule is written in."""
        return _writer(self.rule)(node)

    def filled(self, by_list: ByList) -> dict[str, list[Placed]]:
        """Slots with their hits, from all hits of a page by list."""
        fewer = by_list if len(by_list) < len(self.slots) else self.slots
        found: dict[str, list[Sequence[Placed]]] = {}
        for name in fewer:
            if name in by_list:
                for slot in self.slots.get(name, ()):
                    found.setdefault(slot, []).append(by_list[name])
        out = {slot: _in_order(slot, lists) for slot, lists in found.items()}
        for slot, ways in self.phrases.items():
            places = [placed for words in ways for placed in _side_by_side(slot, words, out)]
            if places:
                out[slot] = sorted(places, key=lambda placed: (placed.field != "title", placed.start))
        return out


def _in_order(slot: str, lists: Sequence[Sequence[Placed]]) -> list[Placed]:
    hits = merged(lists)
    if not slot.startswith("query "):
        return hits
    # A word of a query is looked for as one of several languages; one place counts once.
    once = {(placed.field, placed.start, placed.end): placed for placed in reversed(hits)}
    return list(reversed(once.values()))


def _side_by_side(slot: str, words: tuple[str, ...], filled: Mapping[str, Sequence[Placed]]) -> list[Placed]:
    """Places where the words follow one another."""
    lists = [filled.get(f"query {word}", ()) for word in words]
    if not all(lists):
        return []
    if len(lists) == 1:
        return list(lists[0])
    after = [{(p.field, p.sentence, p.word): p for p in places} for places in lists[1:]]
    found = []
    for first in lists[0]:
        last = first
        for number, places in enumerate(after, 1):
            following = places.get((first.field, first.sentence, first.word + number))
            if following is None:
                break
            last = following
        else:
            whole = Pattern(slot, slot, "any", f"query {slot}")
            found.append(replace(first, end=last.end, pattern=whole))
    return found


def compile_rule(rule: Rule, lexicons: Mapping[str, Entry], *, strict: bool = True) -> CompiledRule:
    """Resolve a rule. Raises RuleFault with the key that cannot be; `strict` refuses a rule that could
    match without any word."""
    refuse_languages(rule)
    lists = _Lists(rule, lexicons)
    for name, slot in rule.slots.items():
        lists.add_slot(name, slot)
    match = _condition(rule, rule.match, rule.query, ("query",) if rule.query else ("match",), lists)
    refuse_unfilled(rule, lists.slots, lists.entries)
    score = tuple(_line(rule, index, line, match, lists) for index, line in enumerate(rule.score))
    rupture = _condition(rule, rule.rupture, "", ("rupture",), lists) if rule.rupture else None
    refuse_unreachable(rule)
    needs = required(match if rupture is None else Either((match, rupture)))
    if strict and not required(match) and not _narrowed(match):
        path = "query" if rule.query else "match"
        raise refusal(rule.id, (path,), "a rule without a word that must be there would match nearly everything")
    patterns = tuple(p for entry in lists.entries.values() for p in entry.patterns)
    return CompiledRule(
        rule=rule,
        patterns=patterns,
        slots={name: tuple(names) for name, names in lists.slots.items()},
        match=match,
        score=score,
        rupture=rupture,
        conditions=Conditions.of(match, (node for _, node in score), rupture, _writer(rule)),
        entries=lists.entries,
        hash=_hash(rule, patterns),
        phrases=lists.phrases,
        expressions=lists.expressions,
        needs=tuple(needs),
    )


def _writer(rule: Rule) -> Callable[[Node], str]:
    return written_query if rule.query else written


def _narrowed(node: Node) -> bool:
    return any(isinstance(leaf, Is) and leaf.fact in ("actor", "theme", "subtype") for leaf in leaves(node))


def _hash(rule: Rule, patterns: Sequence[Pattern]) -> str:
    """Changes whenever a word or a condition of the rule does."""
    conditions = (ENGINE, rule.match, rule.query, rule.score, rule.threshold, rule.review, rule.rupture, rule.languages)
    text = f"{lexicon_hash(patterns)} {conditions!r} {[slot.regex for slot in rule.slots.values()]!r}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _line(rule: Rule, index: int, line: ScoreLine, match: Node, lists: _Lists) -> tuple[ScoreLine, Node]:
    if line.when == rule.match and line.query == rule.query:
        return line, match
    key = "query" if line.query else "when"
    return line, _condition(rule, line.when, line.query, ("score", index, key), lists)


def _condition(rule: Rule, condition: str, query: str, path: KeyPath, lists: _Lists) -> Node:
    where = ""
    try:
        node = parse_query(query) if query else parse(condition, rule.slots, where)
    except QueryError as error:
        raise refusal(rule.id, path, str(error)) from None
    except ConfigError as error:
        raise refusal(rule.id, path, str(error).removeprefix(": ")) from None
    for name in slots_of(node) if query else ():
        lists.add_term(name, path)
    for leaf in leaves(node):
        if isinstance(leaf, Is) and leaf.fact == "lang":
            for code in leaf.values:
                check_language(rule.id, code, path)
        if isinstance(leaf, Is) and leaf.fact in ("actor", "theme", "subtype"):
            lists.add_topic(leaf, path)
    return node


class _Lists:
    """The word lists of a rule as they are gathered: from its slots, and from the words of queries."""

    def __init__(self, rule: Rule, lexicons: Mapping[str, Entry]) -> None:
        self._rule, self._lexicons = rule, lexicons
        self.entries: dict[str, Entry] = {}
        self.slots: dict[str, list[str]] = {}
        self.phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.expressions: dict[str, Expression] = {}

    def _add(self, slot: str, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.entries[entry.name] = entry
            fills = self.slots.setdefault(entry.name, [])
            if slot not in fills:
                fills.append(slot)

    def add_slot(self, name: str, slot: Slot, as_slot: str = "") -> None:
        """A declared slot's lexicons, words and expressions."""
        path: KeyPath = ("slots", name)
        where = f"rule {self._rule.id}: slots.{name}"
        for used in slot.use:
            self._add(as_slot or name, self._chosen(used, (*path, "use")))
        if slot.words:
            self._add(as_slot or name, [Entry(where, tuple(self._inline(slot.words, where, (*path, "words"))))])
        for number, expression in enumerate(slot.regex):
            self._add_expression(as_slot or name, expression, (*path, "regex", number))
        if not (slot.use or slot.words or slot.regex):
            raise refusal(self._rule.id, path, "give `use` (lexicons), `words` or `regex`")

    def _inline(self, words: Mapping[str, Sequence[str]], where: str, path: KeyPath) -> Iterator[Pattern]:
        for language, listed in words.items():
            check_language(self._rule.id, language, (*path, language), (*LANGUAGES, "any"))
            for number, word in enumerate(listed):
                try:
                    yield pattern(word, language, where)
                except ConfigError as error:
                    reason = str(error).removeprefix(f"{where}: ")
                    raise refusal(self._rule.id, (*path, language, number), reason) from None

    def _chosen(self, used: str, path: KeyPath) -> list[Entry]:
        entries = chosen([used], self._lexicons)
        if not entries:
            known = {*self._lexicons, *(name.partition(".")[0] for name in self._lexicons)}
            what = f"no lexicon is called {used!r} {suggestion(used, sorted(known))}".rstrip()
            raise refusal(self._rule.id, path, what)
        return entries

    def _add_expression(self, slot: str, expression: str, path: KeyPath) -> None:
        name = f"/{expression}/"
        try:
            self.expressions[name] = compile_expression(expression)
        except ValueError as error:
            raise refusal(self._rule.id, path, f"the regular expression {expression!r} is refused: {error}") from None
        fills = self.slots.setdefault(name, [])
        if slot not in fills:
            fills.append(slot)

    def add_term(self, term: str, path: KeyPath) -> None:
        """A word, phrase, expression or @list of a query, which is its own slot."""
        if term.startswith("@"):
            name = term[1:]
            if name in self._rule.slots:
                self.add_slot(name, self._rule.slots[name], as_slot=term)
                return
            entries = chosen([name], self._lexicons)
            if not entries:
                known = {*self._rule.slots, *self._lexicons, *(key.partition(".")[0] for key in self._lexicons)}
                what = f"no slot or lexicon is called {name!r} {suggestion(name, sorted(known))}".rstrip()
                raise refusal(self._rule.id, path, what)
            self._add(term, entries)
        elif term.startswith("/"):
            self._add_expression(term, term[1:-1], path)
        else:
            self.phrases[term] = words_of(term)
            for word in dict.fromkeys(word for way in self.phrases[term] for word in way):
                self._add(f"query {word}", [word_entry(word)])

    def add_topic(self, leaf: Is, path: KeyPath) -> None:
        """The lists whose words make a theme or a subtype; they fill no slot of their own."""
        known = {topic for entry in self._lexicons.values() for topic in _topics(entry, leaf.fact)} - {""}
        for value in leaf.values:
            if value not in known:
                raise refusal(self._rule.id, path, f"no {leaf.fact} is called {value!r} {self._meant(value, known)}")
        if leaf.fact != "actor":
            self._add("", (entry for entry in self._lexicons.values() if any(_topics(entry, leaf.fact))))

    def _meant(self, value: str, known: Collection[str]) -> str:
        """A code that the name stands for, or else the closest name."""
        folded = fold_text(value)
        of_name = sorted({p.id for e in self._lexicons.values() for p in e.patterns if p.text == folded} & {*known})
        return f"(did you mean {of_name[0]!r}?)" if of_name else suggestion(value, sorted(known))


def _topics(entry: Entry, fact: str) -> tuple[str, ...]:
    if fact == "theme":
        return entry.themes
    return (entry.subtype,) if fact == "subtype" else tuple({p.id for p in entry.patterns})

"""Which of many rules may have something to say of a page: those whose rarest needed words are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.tagging.compiled import CompiledRule

FULL = 50
"""Up to so many rules each is evaluated on every article, so that "why not" is stored with it."""


class Candidates:
    """An index from word lists to rules, over the group of each rule that is met least often: the one
    with the fewest words."""

    def __init__(self, compiled: Sequence[CompiledRule], full: int = FULL) -> None:
        self._all = tuple(compiled)
        self._indexed = len(self._all) > full
        self._always: list[int] = []
        self._by_list: dict[str, list[int]] = {}
        for number, rule in enumerate(self._all if self._indexed else ()):
            lists = rarest(rule)
            for name in lists:
                self._by_list.setdefault(name, []).append(number)
            if not lists:
                self._always.append(number)

    def of(self, by_list: Iterable[str]) -> Sequence[CompiledRule]:
        """The rules to evaluate, in their order."""
        if not self._indexed:
            return self._all
        numbers = set(self._always)
        for name in by_list:
            numbers.update(self._by_list.get(name, ()))
        return [self._all[number] for number in sorted(numbers)]


def rarest(rule: CompiledRule) -> frozenset[str]:
    """Word lists of which one at least must have a hit; empty if there is no such group."""
    groups = [lists for group in rule.needs if (lists := lists_of(rule, group))]
    sizes = {name: len(entry.patterns) for name, entry in rule.entries.items()}
    return min(groups, key=lambda lists: sum(sizes.get(name, 1) for name in lists), default=frozenset())


def lists_of(rule: CompiledRule, group: Iterable[str], rank: int = 0) -> frozenset[str]:
    """The word lists that fill any slot of a group; a phrase is filled by its longest word, or the
    next longest by `rank`."""
    found: set[str] = set()
    wanted = set(group)
    for slot in wanted & set(rule.phrases):
        for way in rule.phrases[slot]:
            words = sorted(way, key=len, reverse=True)
            found.add(f"query {words[min(rank, len(words) - 1)]}")
    found |= {name for name, slots in rule.slots.items() if wanted & set(slots)}
    return frozenset(found)

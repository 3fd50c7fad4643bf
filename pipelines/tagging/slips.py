"""Slips of the pen in a rule that could be loaded and would then never say anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from news.language import NAMES
from news.rule import Rule
from pipelines.tagging.faults import KeyPath, refusal
from pipelines.tagging.lexicon import Entry


def check_language(rule: str, code: str, path: KeyPath, known: Collection[str] = NAMES) -> None:
    """Raises RuleFault for what is no code of a language."""
    if code not in known:
        called = next((c for c in known if NAMES.get(c, "").partition(" ")[0].casefold() == code.casefold()), "")
        hint = f"(did you mean {called!r}?)" if called else f"({', '.join(known)})"
        raise refusal(rule, path, f"no language has the code {code!r} {hint}")


def refuse_languages(rule: Rule) -> None:
    """Codes of the rule itself and of its examples."""
    for number, code in enumerate(rule.languages):
        check_language(rule.id, code, ("languages", number))
    for number, test in enumerate(rule.tests):
        if test.language:
            check_language(rule.id, test.language, ("tests", number, "language"))


def refuse_unfilled(rule: Rule, slots: Mapping[str, Iterable[str]], entries: Mapping[str, Entry]) -> None:
    """A slot without a word, or without one in a language that the rule lists, can never be filled there."""
    for name, slot in rule.slots.items():
        if slot.regex:
            continue
        filled = {p.language for key, entry in entries.items() if name in slots[key] for p in entry.patterns}
        if not filled:
            raise refusal(rule.id, ("slots", name), "there is no word in it")
        for language in rule.languages:
            if not filled & {language, "any"}:
                raise refusal(rule.id, ("slots", name), f"no words in {language!r}, which the rule lists")


def refuse_unreachable(rule: Rule) -> None:
    """A score that no article can have. Lines that reach the band alone leave all to the re-ranker."""
    most = round(
        sum(line.add * (line.at_most if line.per == "sentence" else 1) for line in rule.score if line.add > 0), 2
    )
    alone = [(line.when, line.query) for line in rule.score] == [(rule.match, rule.query)]
    wanted = rule.threshold if alone and most == 1 else rule.review
    if rule.review > rule.threshold:
        what = f"the band begins at {rule.review:g}, above the threshold of {rule.threshold:g}"
        raise refusal(rule.id, ("review",), f"{what}; write a lower number, or a higher threshold")
    if most < wanted:
        what = f"all lines together give {most:g} at most, and {wanted:g} is wanted"
        raise refusal(rule.id, ("threshold",), f"{what}; lower it, or let a line add more")

"""What criteria are compared with: a story's findings and where its reports come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from news.criteria import Criteria
from news.tag import Tag

_OF_STORY = ("languages", "outlets", "countries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`tags` are the findings worth telling, one for each rule; the rest is of the reports
    that are looked at: all of a story's, or the one just read. What is said of a story holds for the
    one that it `follows` too: who muted that hears nothing of this."""

    story_id: str
    tags: tuple[Tag, ...]
    follows: str = ""
    languages: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


def fitting(criteria: Criteria, facts: Facts) -> tuple[str, ...]:
    """The rules, sorted, whose findings fit; empty if the story does not."""
    if any(True for _ in _story_faults(criteria, facts)):
        return ()
    return tuple(sorted(tag.rule for tag in facts.tags if not any(True for _ in _tag_faults(criteria, tag))))


def misses(criteria: Criteria, facts: Facts) -> tuple[str, ...]:
    """Why nothing fits, in words; empty if something does. For several findings, the faults of
    the one that comes nearest."""
    faults = list(_story_faults(criteria, facts))
    of_tags = [list(_tag_faults(criteria, tag)) for tag in facts.tags]
    if not of_tags:
        faults.append("no rule matches it")
    elif all(of_tags):
        faults += sorted(of_tags, key=len)[0]
    return tuple(faults)


def _story_faults(criteria: Criteria, facts: Facts) -> Iterator[str]:
    names = (facts.story_id, facts.follows)
    if criteria.stories and not any(name.startswith(story) for name in names for story in criteria.stories):
        yield f"it is story {facts.story_id[:9]}, not {_either(criteria.stories)}"
    for name in _OF_STORY:
        wanted, found = getattr(criteria, name), getattr(facts, name)
        if wanted and not found & set(wanted):
            yield f"{name}: {_either(sorted(filter(None, found))) or 'unknown'}; wanted {_either(wanted)}"


def _tag_faults(criteria: Criteria, tag: Tag) -> Iterator[str]:
    if criteria.rules and tag.rule not in criteria.rules:
        yield f"rule {tag.rule}; wanted {_either(criteria.rules)}"
    if criteria.verdicts and tag.verdict.value not in criteria.verdicts:
        yield f"{tag.rule} says {tag.verdict.value}; wanted {_either(criteria.verdicts)}"
    for name, found in (("subtypes", tag.subtypes), ("actors", tag.actors), ("themes", tag.themes)):
        wanted = getattr(criteria, name)
        if wanted and not set(wanted) & set(found):
            yield f"{tag.rule} found {name} {_either(found) or 'none'}; wanted {_either(wanted)}"
    if tag.score < criteria.min_score:
        yield f"{tag.rule} scores {tag.score:g}; wanted {criteria.min_score:g}"


def _either(values: Iterable[str]) -> str:
    return " or ".join(values)

"""A decision -> what people read as its reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from news.story import Evidence
from pipelines.grouping.held import Content, Held
from pipelines.grouping.placement import Choice
from pipelines.grouping.ranking import SAME, Score
from pipelines.grouping.vocabulary import Ids, Vocabulary

_SHOWN = 8
_COMPARED = 20
"""Latest reports in a language, among which the one that an article is most like is looked for."""


def opened(choice: Choice) -> Evidence:
    """Why an article began a story of its own."""
    best = choice.runner
    return Evidence(
        rule="what is like it is ruled out" if choice.vetoes else "nothing like it in the window",
        runner_up=best.story.id if best else "",
        runner_up_score=round(best.value, 3) if best else 0.0,
        vetoes=choice.vetoes,
        related=choice.related,
    )


def placed(new: Held, choice: Choice, words: Vocabulary, features: Vocabulary) -> Evidence:
    """Why an article joined a story."""
    score, runner = choice.chosen, choice.runner
    assert score is not None
    like = _nearest(new, score)
    text, its = new.content, like.content
    shared = _shared(new, like, features)
    if score.rule == SAME:
        common = _common(text.terms, its.terms)
        weights = words.rarity(new.language, common)
        order = words.foremost(common, np.rint(1000 * weights), _SHOWN)
        shared = {"words": tuple(words.key(int(number)) for number in common[order]), **shared}
    return Evidence(
        rule=score.rule,
        score=round(score.value, 3),
        threshold=round(score.threshold, 3),
        compared_with=like.article_id,
        runner_up=runner.story.id if runner else "",
        runner_up_score=round(runner.value, 3) if runner else 0.0,
        shared={kind: found for kind, found in shared.items() if found},
        vetoes=choice.vetoes,
        hours=round(abs(new.at - like.at).total_seconds() / 3600, 1),
        related=choice.related,
    )


def followed(new: Held, choice: Choice, words: Vocabulary, features: Vocabulary) -> Evidence:
    """Why an article began a story that goes on from another."""
    found = placed(new, choice, words, features)
    assert choice.chosen is not None
    former = choice.chosen.story.id
    return replace(found, rule=f"follows {former[:9]}, long silent; {found.rule}")


def _nearest(new: Held, score: Score) -> Held:
    """Of the story's reports in the language compared with, the one with most in common."""
    story = score.story
    languages = [score.language] if score.language in story.profiles else sorted(story.profiles)
    fitting = [one for language in languages for one in story.latest(language, _COMPARED)]
    if len(fitting) == 1:
        return fitting[0]
    own = set(new.content.features.tolist())
    return max(fitting, key=lambda one: (len(own.intersection(one.content.features.tolist())), one.article_id))


def _common(ids: Ids, others: Ids) -> Ids:
    return np.array(sorted(set(ids.tolist()).intersection(others.tolist())), np.int32)


def _shared(new: Held, like: Held, features: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Names as surface pairs, concepts and states, numbers; rarest first."""
    common = _common(new.content.features, like.content.features)
    weights = features.surprise(new.language, common) + features.surprise(like.language, common)
    kinds: dict[str, list[str]] = {"names": [], "about": [], "numbers": []}
    for at in features.foremost(common, np.rint(1000 * weights), 60).tolist():
        key = features.key(int(common[at]))
        kind = "numbers" if key[0] == "#" else "about" if key[0] in "@=" else "names"
        if len(kinds[kind]) < _SHOWN:
            kinds[kind].append(_pair(key, new.content, like.content) if kind == "names" else key[1:])
    return {kind: tuple(found) for kind, found in kinds.items()}


def _pair(key: str, one: Content, other: Content) -> str:
    first, second = one.surface(key), other.surface(key)
    return first if first == second else f"{first} = {second}"

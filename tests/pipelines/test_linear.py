"""The re-ranker: learns from opinions, speaks inside the review band only, and says why."""

from __future__ import annotations

import random

import pytest

from news.errors import NewsError
from news.tag import Verdict
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.linear import ReRanker, features_of, read_models, right_of, train, written_models
from pipelines.tagging.rules import rule_from
from pipelines.tagging.tagger import Tagger

RULE = rule_from(
    {
        "id": "r", "query": "bread OR cake", "threshold": 2, "review": 1,
        "score": [{"query": "bread", "add": 1.5}, {"query": "cake", "add": 1}, {"query": "wedding", "add": 0.1}],
    },
    origin="x",
)  # fmt: skip
WORDS = builtin_lexicons()
PLAIN = Tagger([RULE], WORDS)


def title(relevant: bool, chance: random.Random) -> str:
    good = ["bakers", "flour", "price", "oven"] if relevant else ["wedding", "singer", "party", "dance"]
    return f"Bread and the {' '.join(chance.sample(good, 2))} of {chance.choice(['Basra', 'Erbil', 'Mosul'])}"


def examples(count: int) -> list[tuple[dict[str, float], bool]]:
    chance = random.Random(2)
    return [
        (dict(features_of(PLAIN.tag(text, "")[0], text)), label)
        for number in range(count)
        if (label := number % 2 == 0) in (True, False) and (text := title(label, chance))
    ]


def test_it_refuses_to_learn_from_few_examples() -> None:
    with pytest.raises(NewsError, match="5 relevant and 5 irrelevant examples are too few"):
        train("r", examples(10))
    with pytest.raises(NewsError, match="24 relevant and 0 irrelevant"):
        train("r", [(features, True) for features, _ in examples(24)])


def test_inside_the_review_band_it_settles_the_verdict_and_names_what_weighed() -> None:
    model = train("r", examples(60))
    assert right_of(examples(60), "r") >= 0.9
    tagger = Tagger([RULE], WORDS, reranker=ReRanker([model]))
    assert PLAIN.tag("Bread, flour and the oven", "")[0].verdict is Verdict.REVIEW
    good = tagger.tag("Bread, flour and the oven", "")[0]
    assert good.verdict is Verdict.MATCH
    assert good.reasons[-1].path == "model"
    assert "% relevant (" in good.reasons[-1].when
    assert all(part in good.reasons[-1].when for part in ("“flour” +", "“oven” +", ", all else "))
    assert "score[" not in good.reasons[-1].when, "a line is named as it is written"
    bad = tagger.tag("Bread for the wedding party", "")[0]
    assert bad.verdict is Verdict.NONE
    assert "model:" in bad.missing[-1]


def test_outside_the_band_it_changes_nothing_but_the_hash() -> None:
    tagger = Tagger([RULE], WORDS, reranker=ReRanker([train("r", examples(60))]))
    for text in ("Bread and cake at the wedding party", "Flour and the oven"):
        plain, ranked = PLAIN.tag(text, "")[0], tagger.tag(text, "")[0]
        assert plain.verdict is not Verdict.REVIEW
        assert (ranked.verdict, ranked.reasons, ranked.score) == (plain.verdict, plain.reasons, plain.score)
        assert ranked.lexicon_hash == tagger.makes["r"] != plain.lexicon_hash


def test_models_are_read_back_as_written_and_others_refused() -> None:
    model = train("r", examples(40))
    assert read_models(written_models([model])) == [model]
    for text in ("[]", "{}", "nonsense", '{"version": 2, "models": []}'):
        with pytest.raises(ValueError):  # noqa: PT011
            read_models(text)

"""Invented headlines and leads in six languages: what the shipped rule makes of each, and of whom it is about.

They were written from the kinds of text that are hard (docs/design/tagging.md) before the rule was run on them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from news.tag import Span, Tag
from pipelines.tagging.lexicon import LANGUAGES
from tests.pipelines.builtin import tagger

FOLDER = Path(__file__).parent / "headlines"
TOLD = {"match", "rupture"}


def items() -> list[tuple[str, dict[str, Any]]]:
    return [
        (language, item)
        for language in LANGUAGES
        for item in yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    ]


ITEMS = items()


@cache
def tag(title: str, text: str, language: str) -> Tag:
    return tagger().tag(title, text, language)[0]


def spans(found: Tag) -> list[Span]:
    reasons = [span for reason in (*found.reasons, *found.against) for span in reason.spans]
    return reasons + [span for group in (*found.actors.values(), *found.themes.values()) for span in group]


def test_every_language_has_its_share_of_each_kind() -> None:
    for language in LANGUAGES:
        own = [item for other, item in ITEMS if other == language]
        assert len(own) >= 15
        assert sum(item["expect"] == "match" for item in own) >= 6
        assert sum(item["expect"] == "rupture" for item in own) >= 3
        assert {"opinion", "history", "domestic", "incident", "economy", "food", "sport"} <= {
            item.get("kind") for item in own
        }


@pytest.mark.parametrize(("language", "item"), ITEMS, ids=[f"{lang}-{i}" for i, (lang, _) in enumerate(ITEMS)])
def test_a_headline_gets_its_verdict_and_its_actors(language: str, item: dict[str, Any]) -> None:
    found = tag(item["title"], item["text"], language)
    if item["expect"] == "none":
        assert found.verdict.value not in TOLD, found
    else:
        assert found.verdict.value == item["expect"], found
    assert set(item.get("actors", ())) <= set(found.actors)


@pytest.mark.parametrize(("language", "item"), ITEMS, ids=[f"{lang}-{i}" for i, (lang, _) in enumerate(ITEMS)])
def test_every_span_of_a_headline_is_its_surface(language: str, item: dict[str, Any]) -> None:
    found = spans(tag(item["title"], item["text"], language))
    assert found
    for span in found:
        assert item[span.field][span.start : span.end] == span.surface


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_a_text_is_guessed_where_none_is_declared(language: str) -> None:
    told = [i for lang, i in ITEMS if lang == language and i["expect"] in TOLD]
    same = [i for i in told if tag(i["title"], i["text"], "und").verdict.value == i["expect"]]
    assert len(same) >= len(told) - 1

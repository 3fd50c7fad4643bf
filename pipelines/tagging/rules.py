"""Rules as mappings (from YAML) -> Rule, strictly; the built-in ones; their inline tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from news.errors import suggestion
from news.rule import Rule, RuleTest, ScoreLine, Slot
from pipelines.tagging.faults import PLAIN, KeyPath, RuleFault
from pipelines.tagging.language import is_name
from pipelines.tagging.lexicon import Entry


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class _SlotText(_Strict):
    use: list[str] | str = Field(default_factory=list)
    words: dict[str, list[str]] = Field(default_factory=dict)
    regex: list[str] | str = Field(default_factory=list)
    distinct: int = Field(1, ge=1)


class _LineText(_Strict):
    when: str = ""
    query: str = ""
    add: float = Field(allow_inf_nan=False)
    per: Literal["once", "sentence"] = "once"
    max: int = Field(1, ge=1)


class _TestText(_Strict):
    title: str
    text: str = ""
    language: str = ""
    expect: Literal["match", "review", "rupture", "none"]


class _RuleText(_Strict):
    id: str
    title: str = ""
    version: int = 1
    languages: list[str] = Field(default_factory=list)
    slots: dict[str, _SlotText] = Field(default_factory=dict)
    match: str = ""
    query: str = ""
    score: list[_LineText] = Field(default_factory=list)
    threshold: float | None = Field(None, allow_inf_nan=False)
    review: list[float] | float | None = None
    rupture: str = ""
    tests: list[_TestText] = Field(default_factory=list)

    @field_validator("id")
    @classmethod
    def _one_word(cls, value: str) -> str:
        if not value or any(char.isspace() or not char.isprintable() for char in value):
            raise ValueError("a rule is called by one word: letters, digits, '-', '_', '.'")
        return value

    @field_validator("slots")
    @classmethod
    def _usable(cls, value: dict[str, _SlotText]) -> dict[str, _SlotText]:
        for name in value:
            if not is_name(name):
                raise ValueError(f"{name!r} cannot be a slot's name; conditions could not name it")
        return value

    @field_validator("rupture", mode="before")
    @classmethod
    def _condition(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        if set(value) != {"when"}:
            raise ValueError("give the condition itself, or {when: CONDITION}")
        return value["when"]

    @field_validator("review")
    @classmethod
    def _lower_end(cls, value: list[float] | float | None) -> float | None:
        if isinstance(value, list) and not value:
            raise ValueError("give the lower end of the band, or [lower, threshold]")
        return value[0] if isinstance(value, list) else value


def rule_from(given: Mapping[str, Any], *, origin: str) -> Rule:
    """A rule from its mapping. Raises RuleFault listing every bad key, prefixed by `origin`."""
    try:
        text = _RuleText.model_validate(given)
    except ValidationError as error:
        raise RuleFault(origin, [_fault(item) for item in error.errors()]) from None
    _one_condition(text, origin)
    threshold, review, score = _scale(text)
    return Rule(
        id=text.id,
        title=text.title or text.id,
        version=text.version,
        languages=tuple(text.languages),
        slots={name: _slot(slot) for name, slot in text.slots.items()},
        match=text.match,
        query=text.query,
        score=score,
        threshold=threshold,
        review=review,
        rupture=text.rupture,
        tests=tuple(RuleTest(title=t.title, text=t.text, language=t.language, expect=t.expect) for t in text.tests),
    )


def _one_condition(text: _RuleText, origin: str) -> None:
    faults: list[tuple[KeyPath, str]] = []
    if bool(text.match) == bool(text.query):
        what = "give either `match` or `query`, not both" if text.match else "give `match` or `query`"
        faults.append((("query" if text.match else "match",), what))
    faults += [
        (("score", number), "give either `when` or `query`")
        for number, line in enumerate(text.score)
        if bool(line.when) == bool(line.query)
    ]
    if faults:
        raise RuleFault(origin, faults)


def _scale(text: _RuleText) -> tuple[float, float, tuple[ScoreLine, ...]]:
    """Threshold, review and score lines. Without lines the condition alone decides: one point."""
    if not text.score:
        line = ScoreLine(when=text.match, query=text.query, add=1.0)
        threshold = _or(text.threshold, 1.0)
        return threshold, _or(text.review, min(1.0, threshold)), (line,)
    lines = tuple(
        ScoreLine(when=line.when, query=line.query, add=line.add, per=line.per, at_most=line.max) for line in text.score
    )
    threshold = _or(text.threshold, 2.0)
    return threshold, _or(text.review, min(1.2, threshold)), lines


def _or(value: Any, default: float) -> float:
    return default if value is None else float(value)


def _slot(text: _SlotText) -> Slot:
    use = [text.use] if isinstance(text.use, str) else text.use
    regex = [text.regex] if isinstance(text.regex, str) else text.regex
    return Slot(use=tuple(use), words=text.words, distinct=text.distinct, regex=tuple(regex))


def _fault(item: Any) -> tuple[KeyPath, str]:
    path = tuple(item["loc"])
    if item["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"slots": _SlotText, "score": _LineText, "tests": _TestText}
        model = models.get(str(item["loc"][0]), _RuleText) if len(item["loc"]) > 1 else _RuleText
        return path, f"unknown key {suggestion(str(item['loc'][-1]), model.model_fields)}"
    return path, PLAIN.get(item["type"], item["msg"].removeprefix("Value error, "))


@cache
def builtin_rules() -> Mapping[str, Mapping[str, Any]]:
    """The shipped rules as mappings, by id."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in (files("pipelines.tagging") / "builtin").iterdir():
        if file.name.endswith(".yaml"):
            rule = yaml.safe_load(file.read_text(encoding="utf-8"))
            found[rule["id"]] = rule
    return found


def run_rule_tests(rule: Rule, lexicons: Mapping[str, Entry] | None = None) -> list[str]:
    """A sentence for each inline example that does not come out as it says."""
    return [failure for _, failure in failed_examples(rule, lexicons)]


def failed_examples(rule: Rule, lexicons: Mapping[str, Entry] | None = None) -> list[tuple[int, str]]:
    """The number of each inline example that does not come out as it says, with a sentence."""
    from pipelines.tagging.tagger import Tagger

    tagger = Tagger([rule], lexicons)
    failures = []
    for number, test in enumerate(rule.tests):
        tags = tagger.tag(test.title, test.text, test.language or "und")
        got = tags[0].verdict.value if tags else "none"
        if got != test.expect:
            score = tags[0].score if tags else 0
            failure = f"example {test.title!r}: expected {test.expect}, got {got} (score {score:g})"
            failures.append((number, failure))
    return failures

"""The optional re-ranker: logistic regression over a rule's own score lines and hashed letter groups of the
headline, trained by people's feedback. It speaks only where the rule itself is unsure (`review`)."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from news.errors import NewsError
from news.tag import Reason, Tag, Verdict
from pipelines.fold import fold_text

BUCKETS = 2048
LEAST = 20
"""Examples; fewer teach it single articles."""
LEAST_OF_EACH = 5
SURE = 0.7
"""From here on `review` becomes `match`; from one minus this down, `none`."""
L2 = 0.02
STEPS = 400
RATE = 0.5
SHOWN = 5
"""Words and score lines named in the tag's reason."""

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """One rule's model: `lines` are weights of named features, `letters` those of the buckets."""

    rule: str
    bias: float
    lines: Mapping[str, float]
    letters: tuple[float, ...]
    relevant: int
    irrelevant: int

    @property
    def make(self) -> str:
        """Changes with the weights."""
        return hashlib.sha256(repr((self.bias, sorted(self.lines.items()), self.letters)).encode()).hexdigest()[:8]

    def parts(self, features: Features) -> dict[str, float]:
        """What each feature adds, by its name."""
        weighed = {name: value * self._weight(name) for name, value in features.items()}
        return {name: add for name, add in weighed.items() if add}

    def probability(self, features: Features) -> float:
        """How likely a person would call it relevant."""
        return _sigmoid(self.bias + sum(self.parts(features).values()))

    def _weight(self, name: str) -> float:
        return self.letters[_bucket(name)] if name.startswith("“") else self.lines.get(name, 0.0)


def features_of(tag: Tag, title: str) -> Features:
    """The rule's score and the lines that hold, and the letter groups of the folded headline."""
    found: dict[str, float] = {"score": tag.score / max(tag.threshold, 1.0)}
    for reason in (*tag.reasons, *tag.against):
        if reason.path != MODEL:
            found[reason.path] = 1.0
    for word in fold_text(title).split():
        found |= dict.fromkeys(_letter_groups(word), 0.3)
    return found


def _letter_groups(folded: str) -> list[str]:
    """Of a folded word, with its bounds, each once."""
    marked = f" {folded} "
    groups = (marked[at : at + size] for size in (3, 4, 5) for at in range(len(marked) - size + 1))
    return [f"“{group}”" for group in dict.fromkeys(groups)]


MODEL = "model"


def train(rule: str, examples: Sequence[tuple[Features, bool]]) -> Linear:
    """A model from (features, was it relevant). Raises NewsError if there are too few examples."""
    relevant = sum(label for _, label in examples)
    irrelevant = len(examples) - relevant
    if len(examples) < LEAST or min(relevant, irrelevant) < LEAST_OF_EACH:
        raise NewsError(
            f"{rule}: {relevant} relevant and {irrelevant} irrelevant examples are too few to learn from; "
            f"{LEAST} are wanted, at least {LEAST_OF_EACH} of each.",
            hint="Give some with: marsad feedback STORY relevant|irrelevant",
        )
    names = sorted({name for features, _ in examples for name in features if not name.startswith("“")})
    columns = {name: number for number, name in enumerate(names)}
    matrix = np.zeros((len(examples), len(names) + BUCKETS))
    for row, (features, _) in enumerate(examples):
        for name, value in features.items():
            column = len(names) + _bucket(name) if name.startswith("“") else columns[name]
            matrix[row, column] += value
    weights, bias = _fit(matrix, np.array([float(label) for _, label in examples]))
    return Linear(
        rule=rule,
        bias=round(bias, 5),
        lines={name: round(float(weights[number]), 5) for name, number in columns.items()},
        letters=tuple(round(float(weight), 5) for weight in weights[len(names) :]),
        relevant=relevant,
        irrelevant=irrelevant,
    )


def _fit(matrix: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Full-batch gradient descent; both kinds of examples weigh the same in all."""
    share = np.where(labels > 0, 0.5 / max(labels.sum(), 1), 0.5 / max((1 - labels).sum(), 1))
    weights, bias = np.zeros(matrix.shape[1]), 0.0
    for _ in range(STEPS):
        wrong = (1 / (1 + np.exp(-np.clip(matrix @ weights + bias, -30, 30))) - labels) * share
        weights -= RATE * (matrix.T @ wrong + L2 * weights)
        bias -= RATE * float(wrong.sum())
    return weights, bias


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _bucket(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


def right_of(examples: Sequence[tuple[Features, bool]], rule: str, folds: int = 5) -> float:
    """Share judged rightly when each fifth is judged by a model of the others; 0 if those are too few."""
    right = 0
    for fold in range(folds):
        rest = [example for number, example in enumerate(examples) if number % folds != fold]
        try:
            model = train(rule, rest)
        except NewsError:
            return 0.0
        held = [example for number, example in enumerate(examples) if number % folds == fold]
        right += sum((model.probability(features) >= 0.5) == label for features, label in held)
    return right / len(examples) if examples else 0.0


class ReRanker:
    """Models by rule."""

    def __init__(self, models: Iterable[Linear] = ()) -> None:
        self.models = {model.rule: model for model in models}

    def make_of(self, rule: str) -> str:
        """What a tag's hash is lengthened by: empty where there is no model."""
        model = self.models.get(rule)
        return f"+{model.make}" if model else ""

    def judged(self, tag: Tag, title: str) -> Tag:
        """The tag, its verdict settled if the rule left it to `review` and the model is sure."""
        model = self.models.get(tag.rule)
        if model is None:
            return tag
        tag = replace(tag, lexicon_hash=tag.lexicon_hash + self.make_of(tag.rule))
        if tag.verdict is not Verdict.REVIEW:
            return tag
        features = features_of(tag, title)
        chance = model.probability(features)
        parts = sorted(_readable(model.parts(features), tag, title).items(), key=lambda part: -abs(part[1]))
        rest = model.bias + sum(add for _, add in parts[SHOWN:])
        why = ", ".join(f"{name} {add:+.2f}" for name, add in (*parts[:SHOWN], ("all else", rest)))
        reason = Reason(path=MODEL, when=f"model: {chance:.0%} relevant ({why})", add=0.0)
        if chance >= SURE:
            return replace(tag, verdict=Verdict.MATCH, reasons=(*tag.reasons, reason), missing=())
        if chance <= 1 - SURE:
            missing = (*tag.missing, f"model: {chance:.0%} relevant, {1 - SURE:.0%} and less is none")
            return replace(tag, verdict=Verdict.NONE, against=(*tag.against, reason), missing=missing)
        return replace(tag, reasons=(*tag.reasons, reason))


def _readable(parts: Mapping[str, float], tag: Tag, title: str) -> dict[str, float]:
    """The same as people know it: what the letters of a word add together by the word, lines as they are written."""
    left, found = dict(parts), dict[str, float]()
    for word in title.split():
        groups = [group for part in fold_text(word).split() for group in _letter_groups(part)]
        if add := sum(left.pop(group, 0.0) for group in groups):
            found[f"“{word}”"] = add
    lines = {reason.path: reason.when for reason in (*tag.reasons, *tag.against)}
    return found | {lines.get(name, name): add for name, add in left.items()}


def written_models(models: Iterable[Linear]) -> str:
    """Models as JSON."""
    names = ("rule", "bias", "lines", "letters", "relevant", "irrelevant")
    return json.dumps(
        {"version": 1, "models": [{name: getattr(m, name) for name in names} for m in models]}, default=dict
    )


def read_models(text: str) -> list[Linear]:
    """Models from JSON. Raises ValueError for anything else."""
    try:
        given: Any = json.loads(text)
        models = [Linear(**{**item, "letters": tuple(item["letters"])}) for item in given["models"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a file of models: {error}") from error
    if given.get("version") != 1 or any(len(model.letters) != BUCKETS for model in models):
        raise ValueError("made by another version")
    return models

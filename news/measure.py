"""Figures about ourselves: what a metric is called and means, and a meter that counts in memory."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

BUCKETS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds: from a quick answer to an hour of retries."""


class MetricKind(StrEnum):
    """How a figure behaves, in Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure's name (base units; a counter's ends in `_total`), meaning and label names.

    A label's values are few by their nature: a source, a rule, an outcome; never an URL or an id
    of a story.
    """

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A histogram's state: how many values were at most each bucket's bound, and the last all."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


Value = float | Spread


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its values, by label values."""

    metric: Metric
    values: Mapping[tuple[str, ...], Value]


class Meter:
    """Counts since the process began. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Metric, dict[tuple[str, ...], float]] = {}
        self._spreads: dict[Metric, dict[tuple[str, ...], tuple[list[int], float]]] = {}

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        with self._lock:
            values = self._counts.setdefault(metric, {})
            values[labels] = values.get(labels, 0) + by

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        with self._lock:
            spreads = self._spreads.setdefault(metric, {})
            counts, total = spreads.get(labels, ([0] * (len(BUCKETS) + 1), 0.0))
            counts[bisect_left(BUCKETS, value)] += 1
            spreads[labels] = (counts, total + value)

    def families(self) -> Sequence[Family]:
        """Everything counted so far."""
        with self._lock:
            return [*(Family(m, dict(v)) for m, v in self._counts.items()), *self._histograms()]

    def _histograms(self) -> Iterator[Family]:
        for metric, spreads in self._spreads.items():
            values: dict[tuple[str, ...], Value] = {}
            for labels, (counts, total) in spreads.items():
                up_to = [sum(counts[: i + 1]) for i in range(len(counts))]
                values[labels] = Spread(bounds=BUCKETS, counts=tuple(up_to), total=total)
            yield Family(metric, values)

"""Families of figures -> the Prometheus text format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from news.measure import Family, Spread

MEDIA_TYPE = "text/plain; version=0.0.4"


def exposition(families: Iterable[Family]) -> str:
    """The whole page, families by name, values by label."""
    return "".join(line + "\n" for family in sorted(families, key=lambda f: f.metric.name) for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    metric = family.metric
    yield f"# HELP {metric.name} {_escaped(metric.help)}"
    yield f"# TYPE {metric.name} {metric.kind.value}"
    for labels, value in sorted(family.values.items(), key=lambda item: item[0]):
        named = list(zip(metric.labels, labels, strict=True))
        if isinstance(value, Spread):
            yield from _spread(metric.name, named, value)
        else:
            yield f"{metric.name}{_braced(named)} {_number(value)}"


def _spread(name: str, named: list[tuple[str, str]], spread: Spread) -> Iterator[str]:
    bounds = [*(_number(bound) for bound in spread.bounds), "+Inf"]
    for bound, count in zip(bounds, spread.counts, strict=True):
        yield f"{name}_bucket{_braced([*named, ('le', bound)])} {count}"
    yield f"{name}_sum{_braced(named)} {_number(spread.total)}"
    yield f"{name}_count{_braced(named)} {spread.counts[-1]}"


def _braced(named: list[tuple[str, str]]) -> str:
    if not named:
        return ""
    pairs = (f'{name}="{_quoted(value)}"' for name, value in named)
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))

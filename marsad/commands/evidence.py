"""Why a report is where it is, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from marsad.commands.context import safe

if TYPE_CHECKING:
    from news.ports import StoryArticle
    from news.story import Evidence


def names_of(articles: Iterable[StoryArticle]) -> Mapping[str, str]:
    """What to call the reports of a story, by article id: `levant, 2026-11-28 19:20 UTC`."""
    return {
        one.filed.article_id: f"{one.filed.outlet}, {one.filed.published_at or one.filed.fetched_at:%Y-%m-%d %H:%M} UTC"
        for one in articles
    }


def print_evidence(evidence: Evidence, names: Mapping[str, str], indent: str) -> None:
    """The rule of a decision with what spoke for it and against it."""
    score = f": {evidence.score:g} (threshold {evidence.threshold:g})" if evidence.threshold else ""
    click.echo(f"{indent}{evidence.rule}{score}")
    for kind, values in evidence.shared.items():
        click.echo(f"{indent}shared {kind}: {safe(', '.join(values))}")
    if evidence.compared_with in names:
        click.echo(f"{indent}compared with {safe(names[evidence.compared_with])}, {evidence.hours:g} hours apart")
    elif evidence.compared_with:
        click.echo(f"{indent}compared with {evidence.compared_with}, in another story now")
    if evidence.runner_up:
        click.echo(f"{indent}next best: {evidence.runner_up[:9]} with {evidence.runner_up_score:g}")
    for veto in evidence.vetoes:
        click.echo(f"{indent}not with {veto}")
    for name in evidence.related:
        click.echo(f"{indent}related: {name[:9]} (if it is the same event: marsad stories merge)")

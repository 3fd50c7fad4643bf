"""Why a report is where it is, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from marsad.commands.context import safe

if TYPE_CHECKING:
    from news.ports import StoryArticle
    from news.story import Sighting
    from storage import Store

Reports = Mapping[str, "StoryArticle"]
"""By article id."""


def named_by(sightings: Iterable[Sighting], store: Store) -> Reports:
    """The reports that sightings name: what each was compared with, or is a copy of. They may be in any story."""
    named = {name for one in sightings for name in (one.evidence.compared_with, one.copy_of) if name}
    return {report.filed.article_id: report for report in store.catalogue.reports(named)}


def called(report: StoryArticle) -> str:
    """What to call a report: `levant, 2026-11-28 19:20 UTC`."""
    return f"{report.filed.outlet}, {moment(report)}"


def moment(report: StoryArticle) -> str:
    """When a report came."""
    return f"{report.filed.published_at or report.filed.fetched_at:%Y-%m-%d %H:%M} UTC"


def print_evidence(sighting: Sighting, named: Reports, indent: str, *, listed: str = "") -> None:
    """The rule of a decision with what spoke for it and against it; for a reader who sees the reports of the story
    `listed` with their addresses anyway."""
    evidence = sighting.evidence
    score = f": {evidence.score:g} (threshold {evidence.threshold:g})" if evidence.threshold else ""
    click.echo(f"{indent}{evidence.rule}{score}")
    for kind, values in evidence.shared.items():
        click.echo(f"{indent}shared {kind}: {safe(', '.join(values))}")
    if evidence.compared_with:
        hours = f", {evidence.hours:g} hours apart" if evidence.threshold else ""  # nothing was measured by hand
        _print_other(f"compared with {{}}{hours}", evidence.compared_with, sighting, named, indent, listed)
    if evidence.runner_up:
        click.echo(f"{indent}next best: {evidence.runner_up[:9]} with {evidence.runner_up_score:g}")
    for veto in evidence.vetoes:
        click.echo(f"{indent}not with {veto}")
    for name in evidence.related:
        click.echo(f"{indent}related: {name[:9]} (if it is the same event: marsad stories merge)")


def print_origin(sighting: Sighting, named: Reports, indent: str) -> None:
    """Of which text a copy is one."""
    if sighting.copy_of:
        _print_other("a copy of {}", sighting.copy_of, sighting, named, indent, "")


def _print_other(words: str, article_id: str, sighting: Sighting, named: Reports, indent: str, listed: str) -> None:
    """Words about another report, with its address; and its headline and story, if that is another one now."""
    report = named.get(article_id)
    if report is None:
        click.echo(f"{indent}{words.format(article_id)}, which cannot be read; see: marsad db check")
        return
    name, story, link = safe(called(report)), report.filed.story_id, safe(report.link)
    if story != sighting.story_id:
        click.echo(f"{indent}{words.format(name)}, in story {story[:9]}:")
        click.echo(f"{indent}  {safe(report.filed.title)}")
        click.echo(f"{indent}  {link}")
    else:
        click.echo(f"{indent}{words.format(name)}" + (f": {link}" if story != listed else ""))

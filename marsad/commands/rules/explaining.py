"""`marsad rules explain`: a rule over one article, condition by condition, with the nearest miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.addresses import traced
from marsad.commands.context import answer_json, json_option, opened, safe
from marsad.commands.reasons import print_tag
from marsad.commands.rules.chosen import chosen_tagger
from news.errors import UnknownName

if TYPE_CHECKING:
    from news.tag import Span
    from pipelines.tagging.explain import Explanation, Step


@click.command("explain")
@click.argument("name")
@click.argument("url", required=False)
@click.option("--title", default="", help="Explain this headline instead of an article of the archive.")
@click.option("--text", default="", help="... with this text.")
@click.option("--language", default="und", metavar="CODE", help="... in this language.")
@click.option("--why-not", is_flag=True, help="Only what failed: the first condition, and how near it came.")
@json_option
@click.pass_context
def explain(
    ctx: click.Context,
    name: str,
    url: str | None,
    title: str,
    text: str,
    language: str,
    why_not: bool,
    as_json: bool,
) -> int:
    """What rule NAME says of the article at URL, condition by condition."""
    from pipelines.tagging.explain import explain as walked

    tagger = chosen_tagger(ctx, name)
    outlet = ""
    if url:
        title, text, language, outlet = archived(ctx, url)
    elif not (title or text):
        raise click.UsageError("give the URL of an archived article, or --title")
    compiled = tagger.compiled[0]
    languages = compiled.rule.languages
    if languages and language not in (*languages, "und"):
        click.echo(f"{name}: not for {language!r}, only for {', '.join(languages)}")
        return exits.OK
    tag = tagger.tag(title, text, language, outlet)[0]
    page, scene = tagger.look(compiled, title, text, language, outlet)
    found = walked(compiled, tag, page, scene)
    if as_json:
        answer_json(found)
    elif why_not:
        _print_why_not(found)
    else:
        print_tag(tag, title, text)
        click.echo("  conditions:")
        for step in found.steps:
            click.echo(f"  {'  ' * step.depth}{'yes' if step.holds else 'NO '} {safe(step.condition)}{_said(step)}")
        if not found.first_failing or found.short_by:
            _print_why_not(found)
    return exits.OK


def archived(ctx: click.Context, url: str) -> tuple[str, str, str, str]:
    """Title, text, language and outlet of an article of the archive."""
    with opened(ctx) as (_, store):
        known = traced(store, url).article
    if known is None:
        raise UnknownName("article of the archive", url, (), listing=f"See: marsad why {url}")
    return known.title, known.text, known.language, known.outlet


def _said(step: Step) -> str:
    if step.holds:
        return f": {_quoted(step.spans)}" if step.spans and not step.condition.startswith("(") else ""
    return f": {safe(step.detail)}" if step.detail else ""


def _quoted(spans: tuple[Span, ...]) -> str:
    words = list(dict.fromkeys(f"“{safe(span.surface)}”" for span in spans))
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if len(words) > 6 else "")


def _print_why_not(found: Explanation) -> None:
    tag = found.tag
    first = found.first_failing
    if first is not None:
        click.echo(f"  first failing: {safe(first.condition)}")
        if first.detail:
            click.echo(f"  nearest miss: {safe(first.detail)}")
    if found.short_by:
        click.echo(f"  score {tag.score:g} is {found.short_by:g} short of {tag.threshold:g}; it would take:")
        for points, condition, detail in found.points:
            click.echo(f"    {points:+g}  {safe(condition)}{': ' + safe(detail) if detail else ''}")
    if first is None and not found.short_by:
        click.echo(f"  nothing is missing: {tag.rule} says {tag.verdict.value}")

"""`marsad rules test`: what rules say of a text, a page or the archive, with reasons."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, opened, safe
from marsad.commands.reasons import print_tag
from marsad.commands.rules.chosen import chosen_tagger
from marsad.commands.rules.explaining import archived

if TYPE_CHECKING:
    from pipelines.tagging import Tagger


@click.command("test")
@click.argument("name", required=False)
@click.option("--title", default="", help="Try this headline.")
@click.option("--text", default="", help="... with this text ('-' reads standard input).")
@click.option("--language", default="und", metavar="CODE", help="... in this language.")
@click.option("--url", default="", help="Try an article of the archive.")
@click.option("--since", default="", metavar="DURATION", help="Try the archive: 7d, 24h ...")
@click.option("--expect-matches", type=int, help="Fail unless the archive gives so many matches.")
@json_option
@click.pass_context
def test(
    ctx: click.Context,
    name: str | None,
    title: str,
    text: str,
    language: str,
    url: str,
    since: str,
    expect_matches: int | None,
    as_json: bool,
) -> int:
    """Try rule NAME (default: all). Without a text, an URL or --since: the rules' own examples."""
    tagger = chosen_tagger(ctx, name)
    outlet = ""
    if since:
        return _history(ctx, tagger, since, expect_matches, as_json)
    if url:
        title, text, language, outlet = archived(ctx, url)
    elif title or text:
        text = sys.stdin.read() if text == "-" else text
    else:
        return _examples(tagger)
    tags = tagger.tag(title, text, language, outlet)
    if as_json:
        answer_json(tags)
    else:
        for tag in tags:
            print_tag(tag, title, text)
    return exits.OK


def _examples(tagger: Tagger) -> int:
    from pipelines.tagging import run_rule_tests

    failed = 0
    for rule in tagger.rules:
        failures = run_rule_tests(rule, tagger.lexicons)
        failed += len(failures)
        done = len(rule.tests)
        click.echo(f"{rule.id}: {done - len(failures)} of {done} examples as expected")
        for failure in failures:
            click.echo(f"  {failure}")
    return exits.FAILED if failed else exits.OK


def _history(ctx: click.Context, tagger: Tagger, since: str, expected: int | None, as_json: bool) -> int:
    from marsad.config.units import parse_duration

    try:
        start = datetime.now(UTC) - parse_duration(since)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened(ctx) as (_, store):
        articles = store.catalogue.articles(since=start)
    found = [
        {"url": a.link, "title": a.title, "rule": t.rule, "score": t.score, "verdict": t.verdict}
        for a in articles
        for t in tagger.tag(a.title, a.text, a.language)
        if t.verdict.value != "none"
    ]
    matched = [row for row in found if row["verdict"] == "match"]
    if as_json:
        answer_json({"articles": len(articles), "matches": len(matched), "findings": found})
    else:
        for row in found:
            click.echo(f"{row['verdict']:8} {row['score']:5.1f}  {safe(row['title'])}")
        click.echo(f"{len(matched)} of {len(articles)} articles since {start:%Y-%m-%d %H:%M} match")
    wrong = expected is not None and expected != len(matched)
    return exits.FAILED if wrong else exits.OK

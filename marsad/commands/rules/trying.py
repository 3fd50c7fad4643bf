"""`marsad rules test`: what rules say of a text, a page or the archive, with reasons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option
from marsad.commands.reasons import print_tag
from marsad.commands.rules.archive import over_archive
from marsad.commands.rules.chosen import chosen_tagger
from marsad.commands.rules.explaining import archived

if TYPE_CHECKING:
    from pipelines.tagging.tagger import Tagger


@click.command("test")
@click.argument("name", required=False)
@click.option("--title", default="", help="Try this headline.")
@click.option("--text", default="", help="... with this text ('-' reads standard input).")
@click.option("--language", default="und", metavar="CODE", help="... in this language.")
@click.option("--url", default="", help="Try an article of the archive.")
@click.option("--since", default="", metavar="DURATION", help="Try the archive: 7d, 24h ...")
@click.option(
    "--against", default="", metavar="FILE", help="... and compare with this rule file, not with what is stored."
)
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
    against: str,
    expect_matches: int | None,
    as_json: bool,
) -> int:
    """Try rule NAME (default: all). Without a text, an URL or --since: the rules' own examples."""
    tagger = chosen_tagger(ctx, name)
    outlet = ""
    if since:
        return over_archive(ctx, tagger.rules, since, against, expect_matches, as_json)
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
    from pipelines.tagging.rules import run_rule_tests

    failed = 0
    for rule in tagger.rules:
        failures = run_rule_tests(rule, tagger.lexicons)
        failed += len(failures)
        done = len(rule.tests)
        click.echo(f"{rule.id}: {done - len(failures)} of {done} examples as expected")
        for failure in failures:
            click.echo(f"  {failure}")
    return exits.FAILED if failed else exits.OK

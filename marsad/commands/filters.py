"""`marsad extract | tag | group`: JSON lines in, JSON lines out, each answered and flushed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from marsad import exits

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def _stream(answer: Answer) -> int:
    """Answer every line of standard input; a bad line is reported and the rest goes on."""
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError("not a JSON object")
            result = answer(record)
        except (ValueError, KeyError, TypeError) as error:
            bad += 1
            what = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
            click.echo(f"marsad: line {number}: {what}; skipped", err=True)
            continue
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return exits.PARTIAL if bad else exits.OK


@click.command("extract")
def extract() -> int:
    """Read {"id","url","html"} lines; answer title, text, published, authors, language, method."""
    from crawler.extract.page import extract_record

    return _stream(extract_record)


@click.command("tag")
@click.option("--rule", "name", help="Tag with this rule only.")
@click.pass_context
def tag(ctx: click.Context, name: str | None) -> int:
    """Read {"id","title","text","lang"?} lines; answer verdict, score, actors, reasons.

    The rules are the configuration's, or the built-in ones where there is no configuration.
    """
    from marsad.commands.rules import chosen_tagger
    from marsad.heap import settle
    from pipelines.tagging.records import tag_record

    tagger = chosen_tagger(ctx, name)
    settle()
    return _stream(lambda record: tag_record(tagger, record))


@click.command("group")
def group() -> int:
    """Read {"id","url","source","lang","published","title","text"} lines; answer story and dup.

    A later line with an earlier id is a revision of it.
    """
    from pipelines.grouping.filter import GroupFilter

    return _stream(GroupFilter().take)

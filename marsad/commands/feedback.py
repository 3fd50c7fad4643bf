"""`marsad feedback`: what people think of what they were told, or were not."""

from __future__ import annotations

import getpass
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.addresses import traced
from marsad.commands.context import answer_json, json_option, limit_option, opened, safe, table
from news.errors import UnknownName

if TYPE_CHECKING:
    from news.feedback import Feedback, Opinion
    from storage import Store

USAGE = "STORY relevant|irrelevant, STORY duplicate-of STORY, missed URL, or list"


@click.command("feedback")
@click.argument("words", nargs=-1, required=True, metavar="STORY OPINION | missed URL | list")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="About this rule; default: those that matched.")
@click.option("--author", default="", metavar="NAME", help="Who says so; default: the user of this machine.")
@click.option("--note", default="", help="Why, in a few words.")
@limit_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    rules: tuple[str, ...],
    author: str,
    note: str,
    limit: int,
    as_json: bool,
) -> int:
    """Say whether a story was worth telling, or which article should have been told.

    \b
    marsad feedback STORY relevant
    marsad feedback STORY irrelevant
    marsad feedback STORY duplicate-of STORY
    marsad feedback missed URL
    marsad feedback list
    """
    from news.feedback import Feedback, Opinion

    with opened(ctx) as (config, store):
        known = [rule.id for rule in config.rules]
        for name in rules:
            if name not in known:
                raise UnknownName("rule", name, known)
        if words == ("list",):
            return _list(store, rules, limit, as_json)
        blank = Feedback(
            id=uuid.uuid4().hex,
            opinion=Opinion.RELEVANT,
            author=author or _user(),
            at=datetime.now(UTC),
            rules=rules,
            note=note,
        )
        feedback = _read(store, words, blank, known)
        store.opinions.add(feedback)
    if as_json:
        answer_json(feedback)
    else:
        of = ", ".join(feedback.rules) or "no rule"
        click.echo(f"noted: {_about(feedback)} {_said(feedback)} ({safe(of)}), by {safe(feedback.author)}")
        if feedback.other:
            hint = f"marsad stories merge {feedback.story_id} {feedback.other}"
            click.echo(f"they stay two stories until somebody merges them: {hint}", err=True)
    return exits.OK


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _read(store: Store, words: tuple[str, ...], blank: Feedback, known: list[str]) -> Feedback:
    from news.feedback import Opinion

    if len(words) == 2 and words[0] == "missed":
        return _missed(store, words[1], blank, known)
    judged = len(words) == 2 and words[1] in ("relevant", "irrelevant")
    repeated = len(words) == 3 and words[1] == "duplicate-of"
    if not (judged or repeated):
        raise click.UsageError(f"write {USAGE}")
    of = _story(store, words[0], Opinion(words[1]), blank)
    if not repeated:
        return of
    other = store.catalogue.story(words[2])
    if other is None:
        raise _no_story(store, words[2])
    if other.row.story.id == of.story_id:
        raise click.UsageError("a story cannot be a duplicate of itself")
    return replace(of, other=other.row.story.id)


def _no_story(store: Store, name: str) -> UnknownName:
    return UnknownName("story", name, [row.story.id for row in store.catalogue.stories(limit=50)])


def _story(store: Store, name: str, opinion: Opinion, blank: Feedback) -> Feedback:
    record = store.catalogue.story(name)
    if record is None:
        raise _no_story(store, name)
    matched = tuple(match.tag.rule for match in record.matches) or record.row.rules
    carried = record.matches[0].article_id if record.matches else record.articles[0].filed.article_id
    return replace(
        blank,
        opinion=opinion,
        story_id=record.row.story.id,
        article_id=carried,
        rules=blank.rules or matched,
    )


def _missed(store: Store, address: str, blank: Feedback, known: list[str]) -> Feedback:
    from news.feedback import Opinion

    trace = traced(store, address)
    url = trace.url
    if trace.filed is None:
        click.echo(f"the archive does not have it; see: marsad why {safe(url)}", err=True)
    else:
        click.echo(
            f"see what was missing: marsad rules explain {(blank.rules or tuple(known) or ('RULE',))[0]} {safe(url)}",
            err=True,
        )
    return replace(
        blank,
        opinion=Opinion.MISSED,
        url=url,
        article_id=trace.filed.article_id if trace.filed else "",
        story_id=trace.filed.story_id if trace.filed else "",
        rules=blank.rules or (tuple(known) if len(known) == 1 else ()),
    )


def _list(store: Store, rules: tuple[str, ...], limit: int, as_json: bool) -> int:
    given = store.opinions.list(rule=rules[0] if rules else "", limit=limit)
    if as_json:
        answer_json({"feedback": given})
        return exits.OK
    rows = [
        (
            f"{f.at:%Y-%m-%d %H:%M}",
            f.author,
            _verdict(f),
            ", ".join(f.rules),
            _about(f) + (f": {f.note}" if f.note else ""),
        )
        for f in given
    ]
    table(("at", "by", "opinion", "rules", "about"), rows, "no feedback yet")
    return exits.OK


def _about(feedback: Feedback) -> str:
    return f"story {feedback.story_id[:12]}" if not feedback.url else safe(feedback.url)


def _said(feedback: Feedback) -> str:
    """The opinion as the end of a sentence."""
    from news.feedback import Opinion

    if feedback.opinion is Opinion.DUPLICATE:
        return f"is a duplicate of {feedback.other[:12]}"
    return "was missed" if feedback.opinion is Opinion.MISSED else f"is {feedback.opinion.value}"


def _verdict(feedback: Feedback) -> str:
    return f"{feedback.opinion.value} {feedback.other[:12]}".strip()

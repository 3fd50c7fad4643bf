"""`marsad rules list`: the rules in force, what they found, and how people liked it."""

from __future__ import annotations

from datetime import datetime

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, opened, since_option, table


@click.command("list")
@since_option
@json_option
@click.pass_context
def list_(ctx: click.Context, since: datetime | None, as_json: bool) -> int:
    """Every rule with the stories it told and its precision by feedback."""
    from news.feedback import Score, scores

    with opened(ctx, rules="words") as (config, store):
        marks = scores(store.opinions.list())
        stories = {rule.id: set[str]() for rule in config.rules}
        for said in store.history.said(since=since):
            if said.verdict in ("match", "rupture") and said.rule in stories:
                stories[said.rule].add(said.story_id)
    facts = []
    for rule in config.rules:
        mark = marks.get(rule.id, Score())
        facts.append(
            {
                "rule": rule.id,
                "title": rule.title,
                "version": rule.version,
                "languages": rule.languages,
                "stories": len(stories[rule.id]),
                "relevant": mark.relevant,
                "irrelevant": mark.irrelevant,
                "duplicates": mark.duplicates,
                "missed": mark.missed,
                "precision": mark.precision,
            }
        )
    if as_json:
        answer_json({"rules": facts})
        return exits.OK
    rows = [
        (
            fact["rule"],
            fact["stories"],
            "-" if fact["precision"] is None else f"{fact['precision']:.0%}",
            f"{fact['relevant']} of {fact['relevant'] + fact['irrelevant']}",  # type: ignore[operator]
            fact["duplicates"],
            fact["missed"],
            fact["title"],
        )
        for fact in facts
    ]
    table(("rule", "stories", "precision", "relevant", "duplicates", "missed", "title"), rows, "no rules")
    return exits.OK

"""`marsad articles revisions`: what an outlet changed after publishing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.addresses import traced
from marsad.commands.context import answer_json, json_option, opened, safe

if TYPE_CHECKING:
    from news.ports import Revision, Trace
    from pipelines.difference import Piece

_STYLE = {"out": {"fg": "red", "strikethrough": True}, "in": {"fg": "green"}, "same": {}}
_MARKS = {"out": ("[-", "-]"), "in": ("{+", "+}"), "same": ("", "")}


@click.command("revisions")
@click.argument("url")
@json_option
@click.pass_context
def revisions(ctx: click.Context, url: str, as_json: bool) -> int:
    """Show every version of the article at URL: what was changed in headline and text, and when.

    Taken out is [-so-], put in {+so+}; paragraphs that stayed are left out.
    """
    with opened(ctx) as (_, store):
        trace = traced(store, url)
    if trace.article is None:
        click.echo(f"no article is known at {safe(trace.url)}; see: marsad why {safe(trace.url)}", err=True)
        return exits.FAILED
    if as_json:
        answer_json(_facts(trace))
        return exits.OK
    _tell(trace)
    return exits.OK


def _tell(trace: Trace) -> None:
    assert trace.article is not None
    first, *later = trace.revisions
    click.echo(f"1  {first.seen_at:%Y-%m-%d %H:%M} UTC  {safe(first.title)}")
    for before, after in zip(trace.revisions, later, strict=False):
        click.echo(f"{after.number}  {after.seen_at:%Y-%m-%d %H:%M} UTC")
        headline, body = _changes(before, after)
        if headline:
            click.echo(f"   headline  {_shown(headline)}")
        for paragraph in body:
            click.echo(f"   text      {_shown(paragraph)}")
    if not later:
        click.echo("   not changed since")
    if trace.article.withdrawn_at:
        click.echo(f"   withdrawn by the outlet, seen {trace.article.withdrawn_at:%Y-%m-%d %H:%M} UTC")


def _changes(before: Revision, after: Revision) -> tuple[list[Piece], list[list[Piece]]]:
    from pipelines.difference import changed_paragraphs, changed_words

    headline = changed_words(before.title, after.title) if before.title != after.title else []
    return headline, changed_paragraphs(before.text, after.text)


def _shown(pieces: Iterable[Piece]) -> str:
    out = []
    for piece in pieces:
        opening, closing = _MARKS[piece.kind]
        text = safe(" ".join(_cut(piece).split("\n")))
        out.append(click.style(f"{opening}{text}{closing}", **_STYLE[piece.kind]))  # type: ignore[arg-type]
    return "".join(out)


def _cut(piece: Piece, around: int = 60) -> str:
    """Long kept passages are shown by their ends."""
    if piece.kind != "same" or len(piece.text) <= 2 * around + 10:
        return piece.text
    return f"{piece.text[:around]} […] {piece.text[-around:]}"


def _facts(trace: Trace) -> dict[str, Any]:
    assert trace.article is not None
    found: list[dict[str, Any]] = []
    before: Revision | None = None
    for revision in trace.revisions:
        headline: Sequence[Piece] = ()
        body: Sequence[Sequence[Piece]] = ()
        if before is not None:
            headline, body = _changes(before, revision)
        facts = {"number": revision.number, "seen_at": revision.seen_at, "title": revision.title}
        found.append({**facts, "text": revision.text, "headline_changes": headline, "text_changes": body})
        before = revision
    return {"url": trace.url, "withdrawn_at": trace.article.withdrawn_at, "revisions": found}

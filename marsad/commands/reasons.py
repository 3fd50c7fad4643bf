"""A tag as a person reads it: verdict, points, and the words in the text that earned them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from marsad.commands.context import console, isolate_of, safe
from marsad.escaping import escape_controls

if TYPE_CHECKING:
    from news.match import Excerpt
    from news.tag import Span, Tag


def print_tag(tag: Tag, title: str, text: str) -> None:
    """Print one rule's finding with its words highlighted in the title."""
    click.echo(f"{tag.rule}: {tag.verdict.value}, score {tag.score:g} (threshold {tag.threshold:g})")
    spans = [s for r in tag.reasons for s in r.spans if s.field == "title"]
    print_marked(title, merged((s.start, s.end) for s in spans), indent="  ")
    for reason in (*tag.reasons, *tag.against):
        points = f"{reason.add:+.1f}" if reason.add else " " * 4  # a rupture or a model adds none
        words = f": {surfaces(reason.spans)}" if reason.spans else ""
        click.echo(f"  {points}  {safe(reason.when)}{words}")
    for condition in tag.missing:
        click.echo(f"  missing: {condition}")
    if tag.actors:
        click.echo(f"  actors: {', '.join(f'{actor} {surfaces(spans)}' for actor, spans in tag.actors.items())}")
    if tag.subtypes or tag.themes:
        themes = f"; themes: {', '.join(tag.themes)}" if tag.themes else ""
        click.echo(f"  kind: {', '.join(tag.subtypes) or '-'}{themes}")


def surfaces(spans: Iterable[Span]) -> str:
    """The words of spans, each once, quoted."""
    return ", ".join(dict.fromkeys(f"“{safe(span.surface)}”" for span in spans)) or "-"


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping ranges joined, ascending."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def print_marked(text: str, marks: Sequence[tuple[int, int]], indent: str = "") -> None:
    """Print a text with ranges highlighted: colour on a terminal, [brackets] without."""
    from rich.text import Text

    out = console()
    plain = not out.is_terminal or out.no_color
    before, after = isolate_of(text)
    line = Text(indent + before)
    position = 0
    for start, end in marks:
        line.append(safe_part(text[position:start]))
        word = safe_part(text[start:end])
        line.append(f"[{word}]" if plain else word, style="" if plain else "bold black on yellow")
        position = end
    line.append(safe_part(text[position:]) + after)
    out.print(line)


def safe_part(text: str) -> str:
    return escape_controls(text)


def print_excerpt(excerpt: Excerpt, indent: str = "  ") -> None:
    """Print a marked piece of an article."""
    if excerpt.text:
        print_marked(excerpt.text, excerpt.marks, indent)

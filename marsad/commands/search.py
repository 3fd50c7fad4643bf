"""`marsad search QUERY`: the archive in every language, newest first, with the words marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, limit_option, opened, safe, since_option
from marsad.commands.reasons import print_excerpt
from news.errors import ConfigError
from news.language import NAMES

if TYPE_CHECKING:
    from news.article import Article
    from pipelines.tagging.searching import Found, Search
    from storage import Store

PAGE = 50
"""Candidates read at a time."""

MANY_PENDING = 2000


@click.command("search")
@click.argument("query")
@since_option
@click.option(
    "--lang", "languages", multiple=True, type=click.Choice(list(NAMES)), metavar="CODE",
    help="Only in this language; may be repeated.",
)  # fmt: skip
@limit_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, query: str, since: datetime | None, languages: tuple[str, ...], limit: int, as_json: bool
) -> int:
    """Find articles of the archive. QUERY is written as in rules: words, "phrases", AND OR NOT, title: ...

    Put it in single quotes, so that the shell leaves it alone.
    """
    from pipelines.tagging.searching import Search

    with opened(ctx, rules="words") as (config, store):
        try:
            search = Search(query, config.lexicons)
        except ConfigError as error:
            raise click.UsageError(str(error).removeprefix("rule search: query: ")) from error
        rows, more = _found(store, search, since, languages, limit)
        pending = store.index.state("").pending
    if pending > MANY_PENDING:
        click.echo(f"{pending} articles are not in the index yet and were read one by one: marsad db reindex", err=True)
    if as_json:
        answer_json({"query": query, "count": len(rows), "more": more, "articles": [_facts(*row) for row in rows]})
        return exits.OK
    for _, story_id, article, found in rows:
        day = f"{article.published_at or article.fetched_at:%Y-%m-%d}"
        print_excerpt(found.title, indent=f"{day}  ")
        print_excerpt(found.sentence, indent="            ")
        click.echo(
            f"            {safe(article.outlet_name or article.outlet)}, {article.language}, story {story_id[:12]}"
        )
        click.echo(f"            {safe(article.link)}")
    least = "the newest " if more else ""
    click.echo(f"{least}{len(rows)} article{'s' * (len(rows) != 1)}" if rows else "no article has it")
    return exits.OK


def _found(
    store: Store, search: Search, since: datetime | None, languages: tuple[str, ...], limit: int
) -> tuple[list[tuple[str, str, Article, Found]], bool]:
    """What was found, newest first, and whether there is more."""
    asked = search.wanted
    chosen = tuple(code for code in languages if not asked.languages or code in asked.languages) or languages
    ids = store.index.candidates(replace(asked, since=since, languages=chosen or asked.languages))
    rows: list[tuple[str, str, Article, Found]] = []
    for start in range(0, len(ids), PAGE):
        for article_id, story_id, article in store.index.articles(ids[start : start + PAGE]):
            if languages and article.language not in languages:
                continue
            found = search.look(article)
            if found is None:
                continue
            if len(rows) == limit:
                return rows, True
            rows.append((article_id, story_id, article, found))
    return rows, False


def _facts(article_id: str, story_id: str, article: Article, found: Found) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "story_id": story_id,
        "url": article.url,
        "link": article.link,
        "outlet": article.outlet,
        "language": article.language,
        "published_at": article.published_at,
        "fetched_at": article.fetched_at,
        "title": found.title,
        "sentence": found.sentence,
        "spans": found.spans,
    }

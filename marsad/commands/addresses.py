"""An address as a reader pastes it, or an article's id -> what is known of the article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from news.ports import Trace
    from storage import Store

_ID = re.compile(r"a[a-z2-7]{4,16}")


def traced(store: Store, given: str) -> Trace:
    """What is known of the article, by its id or the beginning of it, or by its address: with or without a scheme, or
    with the other one; `url` is the address that it is known by. Raises UnknownName for an id that there is not,
    UsageError for what is no address."""
    from news.errors import UnknownName
    from news.url import canonical_url

    whole = given.strip()
    if _ID.fullmatch(whole):
        if address := store.catalogue.address(whole):
            return store.catalogue.trace(address)
        raise UnknownName("article", whole, (), listing="See: marsad search, or marsad why URL")
    bare = "://" not in whole and "." in whole.partition("/")[0] and not any(map(str.isspace, whole))
    try:
        address = canonical_url(f"https://{whole}" if bare else whole)
    except ValueError as error:
        raise click.UsageError(f"{given!r} is neither an article's address (https://...) nor its id (a...)") from error
    trace = store.catalogue.trace(address)
    if trace.seen:
        return trace
    scheme, _, rest = address.partition("://")
    other = store.catalogue.trace(f"{'http' if scheme == 'https' else 'https'}://{rest}")
    return other if other.seen else trace

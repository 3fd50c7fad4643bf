"""An address as a reader pastes it -> what is known of the article at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from news.ports import Trace
    from storage import Store


def traced(store: Store, given: str) -> Trace:
    """What is known of the article, with or without a scheme, or with the other one; `url` is the address that it
    is known by. Raises UsageError for what is no address."""
    from news.url import canonical_url

    whole = given.strip()
    bare = "://" not in whole and "." in whole.partition("/")[0] and not any(map(str.isspace, whole))
    try:
        address = canonical_url(f"https://{whole}" if bare else whole)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    trace = store.catalogue.trace(address)
    if trace.seen:
        return trace
    scheme, _, rest = address.partition("://")
    other = store.catalogue.trace(f"{'http' if scheme == 'https' else 'https'}://{rest}")
    return other if other.seen else trace

"""Addresses in settings: is this an address we may post to at all? (The guard asks again later.)"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

TOKEN = 8
"""Shorter pieces of an address are words."""


def check_address(url: str, allow_http: bool) -> None:
    """Raise ValueError, which does not quote it, unless `url` may be posted to."""
    if any(char.isspace() or not char.isprintable() for char in url):  # urlsplit drops line breaks without a word
        raise ValueError("there is a space or a line break in the address")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise ValueError("the address is not a URL") from None
    if parts.scheme == "http" and not allow_http:
        raise ValueError("the address must be https (or set allow_http: true)")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("the address must begin with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("the address must not hold a user name; use headers instead")


def parts_to_hide(url: str) -> tuple[str, ...]:
    """The address and those of its parts that would give it away in an echoed reply."""
    parts = urlsplit(url)
    telling = (part for part in (parts.netloc, parts.path, parts.query) if len(part) > 3)
    # A token is often one piece of the path, and may be echoed without what is around it.
    pieces = (piece for piece in re.split(r"[/&=]", f"{parts.path}/{parts.query}") if len(piece) >= TOKEN)
    return (url, *telling, *pieces)

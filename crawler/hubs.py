"""Which WebSub hub a feed names: in its Link header, which counts more, or in itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from news.hub import Offer
from news.url import absolute

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)
_LONGEST = 2000


def offer_of(links: Iterable[tuple[str, str]], headers: Mapping[str, str], url: str) -> Offer | None:
    """The offer of a feed fetched from `url`; `links` are (rel, address) of the feed itself."""
    named = [*_of_header(headers.get("link", "")), *links]
    hub = _first(named, "hub", url)
    if not hub:
        return None
    return Offer(hub=hub, topic=_first(named, "self", url) or url)


def _of_header(value: str) -> list[tuple[str, str]]:
    """RFC 8288, as far as hubs need it."""
    found = []
    for target, parameters in _LINK.findall(value[: 4 * _LONGEST]):
        if rel := _REL.search(parameters):
            found += [(word, target) for word in (rel[1] or rel[2]).lower().split()]
    return found


def _first(links: Iterable[tuple[str, str]], rel: str, base: str) -> str:
    for name, target in links:
        if name != rel:
            continue
        address = absolute(base, target)
        if address and len(address) <= _LONGEST and address.isprintable():
            return address
    return ""

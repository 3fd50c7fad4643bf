"""Microdata of a page (`itemscope`, `itemprop`): only whose they are, since pages mark what they recommend as well."""

from __future__ import annotations

from lxml import etree

from crawler.extract.headline import is_akin
from crawler.extract.tree import chooser, text_of

_SCOPE = chooser("ancestor-or-self::*[@itemscope][1]")
_HEADLINES = chooser("descendant::*[@itemprop='headline']")


def is_in_data_of_others(element: etree._Element, shown: str) -> bool:
    """Whether it stands in the data of an article whose headline is not akin to what the page shows as its own."""
    for scope in _SCOPE(element):
        for headline in _HEADLINES(scope)[:1]:
            return not is_akin(headline.get("content") or text_of(headline), shown)
    return False

"""An outlet's profile: where its pages keep headline, text, time and authors.

One module per outlet with a `PROFILE`; dated versions, newest first, so that old pages still
read after a redesign. Selectors are CSS, asked of the page's one tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import urlsplit

from lxml import etree
from lxml.cssselect import CSSSelector

from crawler.extract.dates import parse_date
from crawler.extract.tree import chooser, squeeze, take_out, words_of

_NO_TEXT = ("script", "style", "template", "figure", "iframe", "form")
_PARAGRAPHS = ("p", "h2", "h3", "li", "blockquote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Selectors of one design of the pages. `drop`: parts of the body that are not text."""

    since: str
    body: str
    title: str = "h1"
    time: str = ""
    authors: str = ""
    drop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a profile found."""

    title: str
    paragraphs: tuple[str, ...]
    published_at: datetime | None
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`hosts` without www. `dateline` is cut from the beginning of the text, `tail`: the text
    ends where a paragraph matches it."""

    id: str
    hosts: tuple[str, ...]
    versions: tuple[Version, ...]
    dateline: re.Pattern[str] | None = None
    tail: re.Pattern[str] | None = None

    def read(self, root: etree._Element, zone: str, now: datetime) -> Reading | None:
        """The first version whose body is there; None if none is. Leaves the tree as it is."""
        for version in self.versions:
            body = _first(root, version.body)
            if body is not None:
                return self._reading(root, body, version, zone, now)
        return None

    def _reading(
        self, root: etree._Element, body: etree._Element, version: Version, zone: str, now: datetime
    ) -> Reading:
        title = _first(root, version.title)
        time = _first(root, version.time)
        stamp = "" if time is None else time.get("datetime") or " ".join(map(str, time.itertext()))
        authors = [" ".join(words_of(author).split()) for author in _chooser(version.authors)(root)]
        return Reading(
            title="" if title is None else " ".join(words_of(title).split()),
            paragraphs=tuple(self._paragraphs(_text_only(body, version.drop))),
            published_at=parse_date(stamp, zone, now) if stamp else None,
            authors=tuple(author for author in authors if author),
        )

    def _paragraphs(self, body: etree._Element) -> list[str]:
        blocks = list(body.iterdescendants(_PARAGRAPHS)) or [body]
        out: list[str] = []
        for line in (squeeze(line) for block in blocks for line in words_of(block).split("\n")):
            if self.tail is not None and self.tail.match(line):
                break
            if line and not (out and out[-1] == line):
                out.append(line)
        if out and self.dateline is not None:
            out[0] = self.dateline.sub("", out[0], count=1).strip()
        return [line for line in out if line]


def _text_only(body: etree._Element, unwanted: str) -> etree._Element:
    """A copy of the body without the parts that are not text, and with its line breaks as such."""
    body = deepcopy(body)
    take_out(body, _chooser(unwanted)(body))
    etree.strip_elements(body, *_NO_TEXT, with_tail=False)
    for line_break in body.iter("br"):
        line_break.text = "\n"
    return body


def _first(root: etree._Element, selector: str) -> etree._Element | None:
    return next(iter(_chooser(selector)(root)), None)


@cache
def _chooser(selector: str) -> Callable[[etree._Element], list[etree._Element]]:
    return chooser(CSSSelector(selector, translator="html").path) if selector else lambda _: []


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile by id: each module beside this one that has a PROFILE."""
    package = __name__.rpartition(".")[0]
    folder = import_module(package).__path__
    found: dict[str, Profile] = {}
    for info in iter_modules(folder):
        profile = getattr(import_module(f"{package}.{info.name}"), "PROFILE", None)
        if isinstance(profile, Profile):
            found[profile.id] = profile
    return found


def profile_for(name: str, url: str) -> Profile | None:
    """By name, else by the page's host."""
    if name in profiles():
        return profiles()[name]
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return next((p for p in profiles().values() if host in p.hosts), None)

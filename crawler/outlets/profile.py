"""An outlet's profile: where its pages keep headline, text, time and authors.

One module per outlet with a `PROFILE`; dated versions, newest first, so that old pages still
read after a redesign. Selectors are CSS, read with BeautifulSoup over the lxml builder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from crawler.extract.dates import parse_date


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

    def read(self, text: str, zone: str, now: datetime) -> Reading | None:
        """The first version whose body is there; None if none is."""
        soup = BeautifulSoup(text, "lxml")
        for version in self.versions:
            body = soup.select_one(version.body)
            if body is not None:
                return self._reading(soup, body, version, zone, now)
        return None

    def _reading(self, soup: BeautifulSoup, body: Tag, version: Version, zone: str, now: datetime) -> Reading:
        title = soup.select_one(version.title)
        time = soup.select_one(version.time) if version.time else None
        for part in body.select(version.drop) if version.drop else ():
            part.decompose()
        for part in body(["script", "style", "figure", "iframe", "form"]):
            part.decompose()
        for line_break in body("br"):
            line_break.replace_with("\n")
        authors = [" ".join(a.get_text().split()) for a in soup.select(version.authors)] if version.authors else []
        stamp = str(time.get("datetime") or time.get_text(" ")) if time is not None else ""
        return Reading(
            title=" ".join(title.get_text().split()) if title is not None else "",
            paragraphs=tuple(self._paragraphs(body)),
            published_at=parse_date(stamp, zone, now) if stamp else None,
            authors=tuple(author for author in authors if author),
        )

    def _paragraphs(self, body: Tag) -> list[str]:
        blocks = body.find_all(["p", "h2", "h3", "li", "blockquote"]) or [body]
        lines = [line for block in blocks for line in block.get_text().split("\n")]
        out: list[str] = []
        for line in (" ".join(line.split(" ")).strip() for line in lines):
            if self.tail is not None and self.tail.match(line):
                break
            if line and not (out and out[-1] == line):
                out.append(re.sub(r"[ \t\u00a0]+", " ", line))
        if out and self.dateline is not None:
            out[0] = self.dateline.sub("", out[0], count=1).strip()
        return [line for line in out if line]


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

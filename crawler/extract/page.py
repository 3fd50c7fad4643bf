"""Raw bytes of an article page -> Extracted. Runs in a worker process; knows no network.

decode -> one tree -> metadata -> body: the outlet's profile, else the generic extractor, else JSON-LD
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawler.extract.body import generic_body
from crawler.extract.dates import date_in_url
from crawler.extract.encoding import decode
from crawler.extract.language import detect_language
from crawler.extract.metadata import metadata_of
from crawler.extract.tree import parse
from crawler.outlets.profile import Profile, profile_for
from news.errors import ParseError
from news.language import NAMES

LEAST_TEXT = 60
"""Characters under which a page has no text worth the name."""

DATA = 0.5
"""Confidence in a text that stands in the data only."""

_AGENCY = re.compile(
    r"\((?P<paren>AFP|AP|Reuters|Anadolu|AA|SANA|INA|IRNA|WAM|SPA|KUNA|Petra|DPA|Xinhua|TASS|"
    r"[A-Z][\w ]{2,24} (?:Wire|Agency))\)"
    r"|(?P<ar>أ ف ب|رويترز|واع|سانا|الأناضول|فرانس برس)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page says. `text`: paragraphs separated by blank lines. `method`: `profile:ID`,
    `generic`, or `data` (JSON-LD, where the page has no text); `confidence` from 0 to 1; `agency`: the
    news agency credited, or empty. `approximate`: `published_at` is right to one day only, as the page
    says it in the Hijri calendar."""

    title: str
    text: str
    published_at: datetime | None = None
    approximate: bool = False
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()
    language: str = "und"
    agency: str = ""
    method: str = ""
    confidence: float = 0.0
    canonical: str = ""
    warnings: tuple[str, ...] = ()


def extract_page(
    raw: bytes,
    *,
    url: str,
    headers_charset: str = "",
    profile: str = "",
    candidates: Sequence[str] = (),
    zone: str = "UTC",
    encoding: str = "",
    now: datetime,
) -> Extracted:
    """Read a page. Raises ParseError: empty_page, not_html, too_deep, no_title, no_text."""
    text, _ = decode(raw, declared=headers_charset, fallback=encoding)
    root = parse(text, url)
    known = profile_for(profile, url)
    meta = metadata_of(root, url, zone, now)
    reading = known.read(root, zone, now) if known else None
    title = (reading.title if reading else "") or meta.title
    if reading and len("".join(reading.paragraphs)) >= LEAST_TEXT:
        paragraphs, confidence, method = list(reading.paragraphs), 1.0, f"profile:{_id(known)}"
    else:
        paragraphs, confidence = generic_body(root)
        method = "generic"
    if sum(map(len, paragraphs)) < LEAST_TEXT and meta.paragraphs:
        paragraphs, confidence, method = list(meta.paragraphs), DATA, "data"
    paragraphs = _cleaned(paragraphs, title)
    if not title:
        raise ParseError(f"{url}: the page has no headline", reason="no_title")
    body = "\n\n".join(paragraphs)
    if len(body) < LEAST_TEXT:
        raise ParseError(f"{url}: the page has no text ({len(body)} characters were found)", reason="no_text")
    language = detect_language(f"{title}. {body}", candidates)
    published = (reading.published_at if reading else None) or meta.published_at or date_in_url(url, zone, now)
    return Extracted(
        title=title,
        text=body,
        published_at=published or meta.hijri_at,
        approximate=published is None and meta.hijri_at is not None,
        modified_at=meta.modified_at,
        authors=(reading.authors if reading else ()) or meta.authors,
        language=language,
        agency=_agency(paragraphs),
        method=method,
        confidence=confidence,
        canonical=meta.canonical,
        warnings=_warnings(published, meta.hijri_at),
    )


def _warnings(published: datetime | None, hijri_at: datetime | None) -> tuple[str, ...]:
    if published:
        return ()
    return ("the publication day is Hijri: one early or late",) if hijri_at else ("no publication time",)


def _id(profile: Profile | None) -> str:
    return profile.id if profile else ""


def _cleaned(paragraphs: Sequence[str], title: str) -> list[str]:
    """Without the headline repeated at the top, and without lines said twice in a row."""
    out: list[str] = []
    for line in paragraphs:
        if not out and line == title:
            continue
        if not out or out[-1] != line:
            out.append(line)
    return out


def _agency(paragraphs: Sequence[str]) -> str:
    for line in (*paragraphs[:1], *paragraphs[-2:]):
        match = _AGENCY.search(line)
        if match:
            return (match["paren"] or match["ar"]).strip()
    return ""


def extract_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON form: {"id","url","html"} -> title, text, published, authors, language, method.

    A page that cannot be read has an empty text, method `none` and the `reason`. Raises KeyError
    without `id` or `html`.
    """
    name, page = record["id"], str(record["html"])
    empty = {"id": name, "title": "", "text": "", "published": None, "authors": [], "language": "und"}
    given = [code for code in (str(record.get("lang") or ""),) if code in NAMES]
    try:
        found = extract_page(
            page.encode("utf-8", "replace"),
            url=str(record.get("url") or ""),
            candidates=given,
            now=datetime.now(UTC),
        )
    except ParseError as error:
        return {**empty, "method": "none", "reason": error.reason}
    published = found.published_at.isoformat().replace("+00:00", "Z") if found.published_at else None
    return {
        "id": name,
        "title": found.title,
        "text": found.text,
        "published": published,
        "authors": list(found.authors),
        "language": found.language,
        "method": found.method,
    }

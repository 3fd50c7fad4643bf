"""Articles -> the pages and feeds of an outlet, in four kinds of markup."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from marsad.demo.articles import Piece


def page(piece: Piece, title: str, at: datetime, language: str, style: str) -> str:
    """The article's page. `style`: `json-ld` (structured data), `shafaq` (main/article markup), `plain`."""
    direction = "rtl" if language in ("ar", "ckb") else "ltr"
    text = "".join(f"<p>{escape(p)}</p>" for p in piece.paragraphs if p)
    stamp = at.isoformat()
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><meta property="og:title" content="{escape(title)}">'
    if style == "json-ld":
        data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": stamp}
        head += f'<script type="application/ld+json">{json.dumps(data)}</script>'
        body = f'<article><h1>{escape(title)}</h1><div class="story-body">{text}</div></article>'
    elif style == "shafaq":
        head += f'<meta property="article:published_time" content="{stamp}">'
        body = (
            f"<main><article><h1>{escape(title)}</h1><time datetime='{stamp}'></time>"
            f'<div class="article-content">{text}<p>Shafaq Live</p></div></article></main>'
        )
    else:
        body = f'<h1>{escape(title)}</h1><time datetime="{stamp}"></time><div id="text">{text}</div>'
    links = '<nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/contact">Contact</a></nav>'
    footer = "<footer><p>All rights reserved. Imprint. Privacy.</p></footer>"
    return f'<!doctype html><html lang="{language}" dir="{direction}"><head>{head}</head><body>{links}{body}{footer}</body></html>'


def path_of(piece: Piece) -> str:
    return "/" + quote(piece.slug)


def rss(name: str, base: str, items: list[tuple[Piece, str, datetime]]) -> str:
    """RSS 2.0, newest first."""
    rows = "".join(
        f"<item><title>{escape(title)}</title><link>{base}{path_of(piece)}</link>"
        f'<guid isPermaLink="false">{escape(piece.slug)}</guid><pubDate>{format_datetime(at)}</pubDate>'
        f"<description>{escape(piece.paragraphs[0])}</description></item>"
        for piece, title, at in items
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(name)}</title>{rows}</channel></rss>'


def atom(name: str, base: str, items: list[tuple[Piece, str, datetime]]) -> str:
    """Atom, newest first."""
    rows = "".join(
        f'<entry><title>{escape(title)}</title><link href="{base}{path_of(piece)}"/><id>urn:{quote(piece.slug)}</id>'
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated></entry>"
        for piece, title, at in items
    )
    return f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(name)}</title>{rows}</feed>'


def listing(name: str, items: list[tuple[Piece, str, datetime]]) -> str:
    """A front page with links to the articles."""
    rows = "".join(f'<li><a href="{path_of(p)}">{escape(t)}</a></li>' for p, t, _ in items)
    return f"<!doctype html><html><head><title>{escape(name)}</title></head><body><h1>{escape(name)}</h1><ul class='news'>{rows}</ul></body></html>"


def times(pieces: tuple[Piece, ...], start: datetime) -> list[datetime]:
    """When each piece was published, whole seconds."""
    return [(start - timedelta(hours=piece.hours)).replace(microsecond=0) for piece in pieces]

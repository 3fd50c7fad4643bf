"""Which of the times on a page is that of its publication; none rather than another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract.page import extract_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TITLE = "Karvan closes its northern quay"
OTHER = "Farmers in Ostra ask for seed loans"
HEADING = f"<h1>{TITLE}</h1>"
TEXT = (
    "<p>The port authority of Karvan said on Monday that the northern quay would be closed while divers inspect it.</p>"
    "<p>Two cargo ships that had been waiting since Friday were sent on to the harbour of Deltamar, along the coast.</p>"
)
PUBLISHED = datetime(2026, 11, 20, tzinfo=UTC)


def published(*body: str) -> datetime | None:
    html = f"<html><head><title>{TITLE} | The Post</title></head><body>{''.join(body)}</body></html>"
    return extract_page(html.encode(), url="https://post.example/news/1", now=NOW).published_at


def data(*articles: str) -> str:
    return f"<script type='application/ld+json'>[{','.join(articles)}]</script>"


def described(headline: str, day: str, kind: str = "NewsArticle", key: str = "datePublished") -> str:
    return f'{{"@type":"{kind}","headline":"{headline}","name":"{headline}","{key}":"{day}T00:00:00Z"}}'


def marked(headline: str, time: str) -> str:
    """In microdata."""
    kind = "https://schema.org/NewsArticle"
    return f"<div itemscope itemtype={kind}><meta itemprop=headline content='{headline}'>{time}</div>"


@pytest.mark.parametrize(
    "page",
    [
        data(described(OTHER, "2020-01-01"), described("A new bridge opens", "2020-02-01")) + HEADING + TEXT,
        data(described(OTHER, "2020-01-01")) + HEADING + TEXT,
        marked(OTHER, "<meta itemprop=datePublished content=2020-01-01>") + HEADING + TEXT,
        HEADING + marked(OTHER, "<time itemprop=datePublished datetime=2020-01-01>1 Jan 2020</time>") + TEXT,
        data(described(OTHER, "2020-01-01", "VideoObject", "uploadDate")) + HEADING + TEXT,
        data(described(TITLE, "2026-11-20", key="dateModified")) + HEADING + TEXT,
        f"{HEADING}<span class=date>Last updated: 21 November 2026</span>{TEXT}",
        f"<main><article>{HEADING}<time class=updated datetime=2026-11-21>21 Nov</time>{TEXT}</article></main>",
        f"<article>{HEADING}<time itemprop=dateModified datetime=2026-11-21>21 Nov</time>{TEXT}</article>",
        f"<header><time>24 November 2026</time></header><main><article>{HEADING}{TEXT}</article></main>",
        f"<div><header><i class=date>24 November 2026</i></header><main><article>{HEADING}{TEXT}</article></main></div>",
        f"<main>{HEADING}{TEXT}</main><div class=prayers><i class=date>24 November 2026</i></div>".replace(
            "prayers", "prayer-box"
        ),
        f"<main><article>{HEADING}{TEXT}</article><div class=reply><i class=date>23 November 2026</i></div></main>",
        f"<main>{HEADING}{TEXT}<div class=box><a href=/x>{OTHER}</a><i class=date>01/01/2020</i></div></main>",
        f"<main>{HEADING}{TEXT}<div><h3><a href=/x>{OTHER}</a></h3><time datetime=2020-01-01>1 Jan</time></div></main>",
        f"<article>{HEADING}<div class=photo><div>The quay on 12 May 2019</div></div>{TEXT}</article>",
        f"<article>{HEADING}{TEXT}<p>The quay was opened on 5 March 2020.</p></article>",
        f"<article>{HEADING}{TEXT}<p>وافتتح الرصيف الشمالي في 5 آذار 2020.</p></article>",
        f"<article>{HEADING}{TEXT}<p>The fair opens on <time datetime=2020-12-01>1 December</time> in the old hall.</p></article>",
    ],
)
def test_a_time_of_something_else_is_not_taken_for_that_of_publication(page: str) -> None:
    assert published(page) is None


@pytest.mark.parametrize(
    "page",
    [
        data(described(OTHER, "2020-01-01"), described(TITLE, "2026-11-20")) + HEADING + TEXT,
        data(described("The quay of Karvan is closed", "2026-11-20")) + HEADING + TEXT,
        data(described("Ports", "2026-11-20").replace("{", '{"url":"http://post.example/news/1/",')) + HEADING + TEXT,
        data(
            described("Ports", "2026-11-20").replace("{", '{"mainEntityOfPage":{"@id":"https://post.example/news/1"},')
        )
        + HEADING
        + TEXT,
        marked("Quay closed", "<meta itemprop=datePublished content=2026-11-20>") + HEADING + TEXT,
        marked(OTHER, "<meta itemprop=datePublished content=2020-01-01>")
        + marked(TITLE, "<meta itemprop=datePublished content=2026-11-20>")
        + HEADING
        + TEXT,
        f"<article>{HEADING}<time class='published updated' datetime=2026-11-20>20 Nov</time>{TEXT}</article>",
        f"<article>{HEADING}<time class='entry-date updated' datetime=2026-11-20>20 Nov</time>{TEXT}</article>",
        f"<article>{HEADING}<time class=updated datetime=2026-11-22></time><time datetime=2026-11-20></time>{TEXT}</article>",
        f"<article><header><i>20 November 2026</i></header>{HEADING}{TEXT}</article>",
        f"<article><a href=/1>{TITLE}</a>{HEADING}<p>By Nadia Tarim of the Post in Karvan, 20 November 2026</p>{TEXT}</article>",
    ],
)
def test_the_time_of_publication_is_found_beside_others(page: str) -> None:
    assert published(page) == PUBLISHED

"""Headlines and bylines as content systems write them: references, lists, the outlet as its own author. Texts invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.extract.page import Extracted, extract_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TITLE = "Rain lifts the river by forty centimetres"
STORY = "<p>The river rose by forty centimetres within two days, the water office said on Tuesday.</p>" * 4


def data(value: Any) -> str:
    return f"<script type=application/ld+json>{value if isinstance(value, str) else json.dumps(value)}</script>"


def article(author: Any = None, **more: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": TITLE, "author": author, **more}


def read(head: str = "", byline: str = "", *, title: str = TITLE, heading: str = f"<h1>{TITLE}</h1>") -> Extracted:
    html = (
        f"<html><head><title>{title} - Tigris Post</title><meta property=og:site_name content='Tigris Post'>{head}</head><body>"
        "<header><a class=author href=/x>Of the site</a></header><nav><a class=author href=/y>Of the menu</a></nav>"
        f"<div id=w><div id=top>{heading}{byline}</div>"
        f"<div id=text>{STORY}</div><div class=comments><span class=comment-author>A Reader</span></div>"
        "<aside class=related><span class=author>Somebody Else</span></aside></div></body></html>"
    )
    return extract_page(html.encode(), url="https://www.tigrispost.example/a", now=NOW)


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ({"@type": "Person", "name": "Layla Hasan"}, ("Layla Hasan",)),
        ("Layla Hasan", ("Layla Hasan",)),
        (["Layla Hasan", {"name": ["Omar Said"]}], ("Layla Hasan", "Omar Said")),
        ([[{"name": "Layla Hasan"}], {"name": [{"@type": "Person", "name": "Omar Said"}]}], ("Layla Hasan", "Omar Said")),
        ({"name": "Layla Hasan, Omar Said and Dana Ali"}, ("Layla Hasan", "Omar Said", "Dana Ali")),
        ({"name": "Tigris Post - Layla Hasan"}, ("Layla Hasan",)),
        ({"name": "By Layla Hasan"}, ("Layla Hasan",)),
        ({"name": "بقلم: ليلى حسن"}, ("ليلى حسن",)),
        ({"name": "ليلى حسن و عمر سعيد"}, ("ليلى حسن", "عمر سعيد")),
        ({"name": "L&#39;Amy Said"}, ("L'Amy Said",)),
        ({"name": "https://tigrispost.example/layla"}, ()),
        ({"name": "admin"}, ()),
        ({"name": "Super User"}, ()),
        ({"name": {"@value": {"a": [1]}}}, ()),
        (7, ()),
        ({"@type": "Organization", "name": "Tigris Post"}, ("Tigris Post",)),
    ],
)  # fmt: skip
def test_authors_are_read_from_whatever_shape_the_data_have(author: Any, names: tuple[str, ...]) -> None:
    assert read(data(article(author))).authors == names


def test_an_author_that_is_a_reference_is_looked_up_in_all_of_the_page_s_data() -> None:
    person = {"@type": "Person", "@id": "#p", "name": "Layla Hasan"}
    assert read(data({"@graph": [article({"@id": "#p"}), person]})).authors == ("Layla Hasan",)
    assert read(data([article([{"@id": "#p"}, "Omar Said"])]) + data(person)).authors == ("Layla Hasan", "Omar Said")
    assert read(data(article({"@id": "#nowhere"}))).authors == ()


OWN = data(article({"@type": "Organization", "name": "Tigris Post"}))


@pytest.mark.parametrize(
    "byline",
    [
        "<p class=byline>By Layla Hasan | 24 November 2026</p>",
        "<span class='meta author vcard'>Posted by <a class='url fn' href=/author/layla>Layla Hasan</a> on Tuesday</span>",
        "<div class=article__authorName>Layla Hasan - Erbil</div>",
        "<a rel=author href=/layla>Layla Hasan</a>",
        "<span itemprop=author itemscope><span itemprop=name>Layla Hasan</span></span>",
        "<div class=author><a href=https://x.com/layla>@layla</a> <a href=#>Follow</a> <a href=/layla>Layla Hasan</a></div>",
        "<p class=author>Written by: Layla Hasan, updated 10:30</p>",
    ],
)
def test_a_byline_beside_the_headline_goes_before_the_outlet_s_own_name(byline: str) -> None:
    assert read(OWN, byline).authors == ("Layla Hasan",)
    assert read("<meta name=author content='Tigris Post'>", byline).authors == ("Layla Hasan",)


@pytest.mark.parametrize(
    "byline",
    [
        "<figure><span class=author>A Photographer</span></figure>", "<div class=photo-author>A Photographer</div>",
        "<div class=author-bio>Writes of rivers.</div>", f"<div class=author>{'Long words. ' * 30}</div>",
        "<form><span class=author>Your name</span></form>", "",
    ],
)  # fmt: skip
def test_photographers_readers_and_authors_of_other_stories_are_not_taken_for_its_own(byline: str) -> None:
    assert read("", byline).authors == ()


@pytest.mark.parametrize("name", ["author", "article:author", "dc.creator", "parsely-author", "articleAuthor"])
def test_meta_elements_name_authors(name: str) -> None:
    assert read(OWN + f"<meta name={name} content='Layla Hasan; Omar Said'>").authors == ("Layla Hasan", "Omar Said")
    assert read(f"<meta name={name} content=https://www.facebook.com/tigrispost>").authors == ()


SAID = f'{{"@type": "NewsArticle", "headline": "{TITLE}", "datePublished": "2026-11-20T10:00:00Z"}}'


@pytest.mark.parametrize(
    "text",
    [
        SAID, SAID[:-1] + ",}", f"<!-- {SAID} -->", f"//<![CDATA[\n{SAID}\n//]]>", SAID + ";", SAID + "}", "[" + SAID + ",]",
        SAID.replace('"', "&quot;"), SAID.replace("NewsArticle", "https://schema.org/NewsArticle"), SAID.replace("river", "ri\tver"),
        '{"@type": "WebPage", "headline": "The site"},' + SAID, f'{{"@type": "WebPage", "mainEntity": {SAID}}}', f"[[[{SAID}]]]",
        SAID.replace('"NewsArticle"', '["Thing", "LiveBlogPosting"]'), SAID.replace('"2026', '["2026').replace('Z"', 'Z"]'),
    ],
)  # fmt: skip
def test_data_are_read_as_outlets_write_them(text: str) -> None:
    text = f"[{text}]" if text.startswith('{"@type": "WebPage", "headline"') else text
    assert read(data(text)).published_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "7", '"x"', "[]", '{"@type": "NewsArticle"}', '{"@graph": "x"}', "[" * 9999]
)
def test_data_that_say_nothing_are_passed_over(text: str) -> None:
    assert read(data(text)).title == TITLE


def test_of_several_articles_in_the_data_the_one_of_this_page_is_taken() -> None:
    other = article("Somebody Else", headline="Another story of the day")
    page = {"@type": "WebPage", "headline": TITLE, "author": "Nobody"}
    assert read(data([page, other, article("Layla Hasan")])).authors == ("Layla Hasan",)


def test_a_heading_in_the_article_goes_before_what_was_written_for_search_engines() -> None:
    found = read(
        data(article(headline="Why the river rose")),
        title="River: why it rose",
        heading="<h1>Weather</h1><article><h1>Rain lifts the river by forty centimetres</h1></article>",
    )
    assert found.title == TITLE

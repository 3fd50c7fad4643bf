"""One article, however its address is written; two articles, however alike."""

from __future__ import annotations

import pytest

from news.url import canonical_url

SAME = [
    ["https://t.example/a/b", "https://www.t.example/a/b/?utm_source=x#top", "https://m.t.example/a/b?fbclid=1&ref=y"],
    ["https://t.example/story", "https://amp.t.example/story/amp/", "https://t.example/amp/story", "https://T.example:443/story"],
    ["https://t.example/ar/مجتـمع", "https://t.example/ar/%D9%85%D8%AC%D8%AA%D9%80%D9%85%D8%B9", "https://t.example/ar/%d9%85%d8%ac%d8%aa%d9%80%d9%85%d8%b9/"],
    ["https://t.example/ku/هەواڵ-ڕۆژێک", "https://t.example/ku/%D9%87%DB%95%D9%88%D8%A7%DA%B5-%DA%95%DB%86%DA%98%DB%8E%DA%A9"],
    ["https://t.example/?title=%CE%C8%D1", "https://t.example/?title=%ce%c8%d1&utm_medium=x"],
]  # fmt: skip


@pytest.mark.parametrize("forms", SAME, ids=[forms[0][:40] for forms in SAME])
def test_one_article_has_one_address(forms: list[str]) -> None:
    assert len({canonical_url(form) for form in forms}) == 1
    assert canonical_url(canonical_url(forms[0])) == canonical_url(forms[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/ar/مجتـمع", "/ar/مجتمع"),
        ("/%CE%C8%D1", "/%E4%D5%E6"),
        ("/?title=%CE%C8%D1", "/?title=%E4%D5%E6"),
        ("/?id=1", "/?id=2"),
        ("/a%3Fb", "/a?b"),
    ],
)
def test_two_articles_have_two_addresses(one: str, other: str) -> None:
    assert canonical_url(f"https://t.example{one}") != canonical_url(f"https://t.example{other}")

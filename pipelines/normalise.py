"""An article as the outlet gave it -> the same, cleaned; and the ids computed from its URL."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import replace

from news.article import Article

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNCLEAN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202a-\u202f\u205f\u2066-\u2069\u3000\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""All that is replaced or stripped; a line break may stay, and a single space."""
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u3000]+")


def clean(text: str) -> str:
    """No control or direction-override characters, NFC, single spaces. Joiners are kept."""
    if _is_clean(text):
        return text
    text = _SURROGATE.sub("\ufffd", text)
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (_SPACES.sub(" ", line).strip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_clean(text: str) -> bool:
    """Whether there is nothing to be done, as with nearly all texts that extraction made: four times sooner asked
    than done."""
    return (
        _UNCLEAN.search(text) is None
        and not any(bad in text for bad in ("  ", " \n", "\n ", "\n\n\n"))
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )


def normalise(article: Article) -> Article:
    """The article with clean title (one line) and text."""
    title, text = " ".join(clean(article.title).split()), clean(article.text)
    return article if (title, text) == (article.title, article.text) else replace(article, title=title, text=text)


def article_id(url: str) -> str:
    """The id of the article at a canonical URL: the same on every machine and after a restore."""
    return "a" + _short(url)


def story_id(first_article_id: str) -> str:
    """The id of the story that an article opens."""
    return "s" + _short(f"story {first_article_id}")


def alert_id(story: str, revision: int, route: str, kind: str) -> str:
    """The id of an alert; computed, so that doing it again adds nothing."""
    return "al" + _short(f"{story} {revision} {route} {kind}")


def notice_id(*parts: str) -> str:
    """The id of a notice to operators about these things; computed, so that nothing is told twice."""
    return "n" + _short("\n".join(parts))


def _short(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=10).digest()
    return base64.b32encode(digest).decode().lower()

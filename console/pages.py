"""HTML pages for people: no script, no cookie, nothing from elsewhere; English, left to right, with
strangers' words isolated."""

from __future__ import annotations

import base64
import hashlib
from html import escape

STYLE = """
body{font-family:system-ui,sans-serif;font-size:1.05rem;line-height:1.5;max-width:38rem;margin:3rem auto;padding:0 1rem;
color:#1a1a1a;background:#fff}
button{font:inherit;padding:.5rem 1rem;min-height:44px;margin-block-start:1rem}
fieldset{border:1px solid #767676;margin-block:1rem}
label{display:block;padding:.3rem 0;min-height:28px}
.soft{color:#595959}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}.soft{color:#b5b5b5}}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of every answer."""


def page(title: str, *paragraphs: str) -> str:
    """A whole document; `title` is text, the paragraphs are HTML of our own making."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "".join(paragraphs)
    return (
        f'<!DOCTYPE html><html lang="en" dir="ltr"><head>{head}<style>{STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def paragraph(text: str, *, soft: bool = False) -> str:
    """Text as a paragraph."""
    attribute = ' class="soft"' if soft else ""
    return f"<p{attribute}>{escape(text)}</p>"


def theirs(text: str, language: str = "", direction: str = "auto") -> str:
    """An outlet's or a person's words inside ours: escaped, isolated, in their own direction."""
    lang = f' lang="{escape(language, quote=True)}"' if language else ""
    return f'<bdi{lang} dir="{escape(direction, quote=True)}">{escape(text)}</bdi>'


def form(content: str, button: str) -> str:
    """A form that posts to the page's own address. GET never does anything."""
    return f'<form method="post">{content}<button type="submit">{escape(button)}</button></form>'


def choice(name: str, legend: str, options: dict[str, str], chosen: str) -> str:
    """Radio buttons: value -> text."""
    rows = "".join(
        f'<label><input type="radio" name="{escape(name, quote=True)}" value="{escape(value, quote=True)}"'
        f"{' checked' if value == chosen else ''}> {escape(text)}</label>"
        for value, text in options.items()
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{rows}</fieldset>"

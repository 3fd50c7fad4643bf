"""The HTML part of a mail: escaped everywhere, direction by `dir` and `<bdi>`, nothing remote."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from alerts.clean import FSI, PDI, clean
from alerts.digest import Digest
from alerts.message import Line, Message, Passage, Point, Why
from alerts.wording import changes, item_line, moment, more_line, notice_text
from news.notice import Notice

_BODY = "font-family:sans-serif;font-size:15px;line-height:1.5;color:#1a1a1a"
_MARK = "background:#ffe58a;color:#1a1a1a"
_SOFT = "color:#595959;font-size:13px"
_QUOTE = "margin:6px 0;padding:6px 12px;background:#f4f4f2"


def html(message: Message) -> str:
    """A whole document. The page is ours (English, left to right); each text of an outlet
    carries its own language and direction."""
    return "".join(_document(_content(message)))


def notice_page(notice: Notice) -> str:
    """The document of a notice."""
    lines = "<br>".join(f"<bdi>{escape(line)}</bdi>" for line in notice_text(notice).splitlines())
    return "".join(_document(iter([f"<h1><bdi>{escape(clean(notice.subject))}</bdi></h1><p>{lines}</p>"])))


def digest_page(digest: Digest) -> str:
    """The document of a digest."""
    return "".join(_document(_digest(digest)))


def _digest(digest: Digest) -> Iterator[str]:
    yield f'<h1 style="font-size:20px;margin:0 0 4px"><bdi>{escape(digest.subject)}</bdi></h1>'
    for item in digest.items:
        headline = item.headline
        yield f'<h2 {_language(headline)} style="font-size:16px;margin:16px 0 2px">{_marked(headline)}</h2>'
        yield f'<p style="{_SOFT};margin:0">{_isolated(item_line(item))}</p><ul style="margin-top:4px">'
        for line in item.lines:
            yield from _report(line)
        yield "</ul>"
        yield from _actions(item)
    if digest.more:
        yield f'<p style="{_SOFT}">{escape(digest.more)}</p>'


def _isolated(line: str) -> str:
    """A line of ours with names in it: our isolates as elements."""
    return escape(line).replace(FSI, "<bdi>").replace(PDI, "</bdi>")


def _document(content: Iterator[str]) -> Iterator[str]:
    yield '<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
    yield f'<title></title></head><body style="{_BODY}">'
    yield from content
    yield "</body></html>\n"


def _content(message: Message) -> Iterator[str]:
    headline = message.headline
    yield f'<h1 {_language(headline)} style="font-size:20px;margin:0 0 4px">{_marked(headline)}</h1>'
    yield f'<p style="{_SOFT}">{escape(message.label)} · {escape(message.counts)}</p>'
    yield from (f"<p>{_isolated(line)}</p>" for line in changes(message))
    for why in message.why:
        yield from _why(why)
    yield "<ul>"
    for line in message.lines:
        yield from _report(line)
    yield "</ul>"
    if more := more_line(message):
        yield f'<p style="{_SOFT}">{escape(more)}</p>'
    yield from _actions(message)


def _actions(message: Message) -> Iterator[str]:
    if message.actions:
        links = (f'<a href="{escape(a.url, quote=True)}"><bdi>{escape(a.label)}</bdi></a>' for a in message.actions)
        yield f'<p style="{_SOFT}">{" · ".join(links)}</p>'


def _why(why: Why) -> Iterator[str]:
    score = f"{why.score:g} points ({why.threshold:g} needed)"
    yield f"<p><b><bdi>{escape(why.title)}</bdi></b>: {score}</p>"
    points = [_point(point) for point in (*why.points, *why.against) if point.words]
    if points:
        yield f'<p style="{_SOFT}">{"; ".join(points)}</p>'
    if why.sentence.text:
        yield f'<blockquote {_language(why.sentence)} style="{_QUOTE}">{_marked(why.sentence)}</blockquote>'


def _point(point: Point) -> str:
    surfaces = dict.fromkeys(word.surface for word in point.words if word.surface)
    words = ", ".join(f"<bdi>{escape(surface)}</bdi>" for surface in surfaces)
    return f"{words} (<bdi>{point.add:+g}</bdi>)"


def _report(line: Line) -> Iterator[str]:
    title = escape(line.title.text) or "(no headline)"
    if line.url:
        title = f'<a href="{escape(line.url, quote=True)}">{title}</a>'
    remarks = "".join(f" · {word}" for word in line.remarks)
    host = f" · <bdi>{escape(line.host)}</bdi>" if line.host else ""
    at = moment(line.published_at or line.fetched_at)
    yield f'<li style="margin:8px 0"><div {_language(line.title)}>{title}</div>'
    yield f'<div style="{_SOFT}"><bdi>{escape(line.outlet)}</bdi> · <bdi>{at}</bdi>{host}{remarks}</div></li>'


def _language(passage: Passage) -> str:
    """`lang` and `dir`, and `align` for clients that drop styles."""
    code = escape(passage.language, quote=True)
    align = {"rtl": ' align="right"', "ltr": ' align="left"'}.get(passage.direction, "")
    return f'lang="{code}" dir="{passage.direction}"{align}'


def _marked(passage: Passage) -> str:
    return "".join(
        f'<mark style="{_MARK}">{escape(text)}</mark>' if marked else escape(text) for text, marked in passage.pieces()
    )

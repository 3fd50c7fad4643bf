"""A Slack message from a neutral one. Strangers' text goes only where Slack does not look for
markup: plain_text and rich_text elements, and the escaped fallback text.

Limits: https://docs.slack.dev/reference/block-kit/blocks; the sum is our own (Slack rejects
messages of about 12,000 characters although each block is legal).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from alerts.clean import FSI, PDI, clean, cut, isolate, size
from alerts.message import LABELS, Line, Message, Passage, Why
from alerts.wording import REPEAT, changes, more_line, notice_text, report_line, score_line, words_line
from news.alert import AlertKind
from news.notice import Notice

HEADER = 150
TEXT = 3_000
BUDGET = 10_000
FALLBACK = 3_000

Block = dict[str, Any]
_ADDS = frozenset({"matched", "updated", "confirmed"})
"""Kinds that add to a story; the others change what was told, and the root says so."""


def payload(message: Message) -> dict[str, Any]:
    """Text and blocks within every limit; reports, then rules are left out to fit the budget."""
    lines, why = list(message.lines), list(message.why)
    while True:
        blocks = list(_blocks(message, lines, why))
        if weight(blocks) <= BUDGET or not (lines or why):
            return {"text": fallback(message), "blocks": blocks}
        (lines if len(lines) > 1 or not why else why).pop()


def as_root(message: Message) -> Message:
    """The first alert of a story as it reads after this update: counts and reports as they now are."""
    label = LABELS[AlertKind.MATCHED]
    if message.kind.value not in _ADDS:
        label = f"{label}. {message.label}"
    return replace(message, kind=AlertKind.MATCHED, label=label)


def as_repeat(content: Block) -> Block:
    """A message that may have arrived before, and says so."""
    return {**content, "text": f"({REPEAT}) {content['text']}", "blocks": [*content["blocks"], context(f"({REPEAT})")]}


def notice_payload(notice: Notice) -> dict[str, Any]:
    """A notice: a header and its text, both plain."""
    subject, text = clean(notice.subject, HEADER - 2), cut(notice_text(notice), TEXT)
    blocks = [
        {"type": "header", "text": plain_text(subject)},
        {"type": "section", "text": plain_text(text)},
    ]
    return {"text": escape(cut(f"{subject}: {text}", FALLBACK // 6)), "blocks": blocks}


def canary_payload(notice: Notice) -> dict[str, Any]:
    """A canary: small and grey."""
    return {"text": escape(notice.subject), "blocks": [context(notice_text(notice))]}


def weight(blocks: list[Block]) -> int:
    """What the budget counts: all text and the structure around it."""
    return size(json.dumps(blocks, ensure_ascii=False))


def fallback(message: Message) -> str:
    """What notifications and plain-text retries show: escaped, so that nothing in it is markup."""
    best = next((line.url for line in message.lines if line.url), "")
    counted = f"{message.label}: {isolate(message.headline.text)} ({message.counts})"
    text = escape(cut(counted, FALLBACK // 6))
    return f"{text} {escape(best)}".strip() if len(best) < FALLBACK // 3 else text


def escape(text: str) -> str:
    """Slack's three control characters as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(message: Message, lines: list[Line], why: list[Why]) -> Iterator[Block]:
    title = cut(message.headline.text, HEADER - 2)
    yield {"type": "header", "text": plain_text(isolate(title))}
    yield context(f"{message.label} · {message.counts}")
    for line in changes(message):
        yield _rich(_section([run(line)]))
    for finding in why:
        yield _rich(*_finding(finding))
    if lines:
        yield _rich(_reports(lines))
    left_out = message.report_count - len(lines)
    if left_out > 0:
        yield context(more_line(message) if lines == list(message.lines) else _more(left_out))
    if message.actions:
        yield _rich(_section(list(_actions(message))))


def _actions(message: Message) -> Iterator[dict[str, Any]]:
    """Plain links, not buttons: pressing a button makes Slack ask our app, which has no address for it."""
    for number, action in enumerate(message.actions):
        if number:
            yield run(" · ")
        yield {"type": "link", "url": action.url, "text": action.label}


def _more(count: int) -> str:
    return f"and {count} more report{'s' if count > 1 else ''}"


def _finding(why: Why) -> Iterator[dict[str, Any]]:
    """Rule and score, the words that counted, and the sentence they stand in, marked."""
    parts = [run(score_line(why), bold=True)]
    if words := words_line(why):
        parts.append(run("\n" + cut(words, TEXT // 3)))
    yield _section(parts)
    shown = why.sentence if why.sentence.text else why.headline
    if shown.text:
        yield {"type": "rich_text_quote", "elements": list(_passage(shown))}


def _passage(passage: Passage) -> Iterator[dict[str, Any]]:
    """Marked words in bold; one isolate around the whole, so that pieces keep their order."""
    yield run(FSI)
    for text, marked in passage.pieces():
        yield run(text, bold=marked)
    yield run(PDI)


def _reports(lines: Iterable[Line]) -> dict[str, Any]:
    items = [_section(list(_report(line))) for line in lines]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}


def _report(line: Line) -> Iterator[dict[str, Any]]:
    title = isolate(line.title.text) or line.host or "(no headline)"
    if line.url:
        yield {"type": "link", "url": line.url, "text": title}
        yield run(f" ({line.host})")
    else:
        yield run(title)
    yield run(f"\n{report_line(line)}")


def run(words: str, *, bold: bool = False) -> dict[str, Any]:
    """A piece of rich text: never read as markup."""
    element: dict[str, Any] = {"type": "text", "text": words}
    if bold:
        element["style"] = {"bold": True}
    return element


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _rich(*elements: dict[str, Any]) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def plain_text(words: str) -> dict[str, Any]:
    """A text object without markup."""
    return {"type": "plain_text", "text": words, "emoji": False}


def context(words: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [plain_text(words)]}

"""A message -> Slack blocks, within Slack's written and unwritten limits.

Strangers' texts stand in plain_text (`emoji: false`) and rich_text only, where nothing is
markup: no mention, no masked link. Sum of all texts at most 10,000: more was rejected in the
field although each block was legal (slackapi/bolt-js#2509).
"""

from __future__ import annotations

from typing import Any

from alerts.clean import cut, isolate, size
from alerts.message import Finding, Marked, Message, ReportLine

HEADER = 150
TEXT = 3000
BUDGET = 10_000
BLOCKS = 50


def payload_of(message: Message) -> dict[str, Any]:
    """The payload without channel or thread."""
    label = f"{message.label}: " if message.label else ""
    header = cut(label + isolate(message.title.text), HEADER)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}},
    ]
    if message.former_title:
        blocks.append(_rich([_text("before: "), _text(isolate(message.former_title), strike=True)]))
    blocks.append(_context(message.counter))
    blocks += [_finding(finding) for finding in message.findings]
    blocks += [_report(report) for report in message.reports]
    if message.left_out:
        blocks.append(_context(f"and {message.left_out} more reports"))
    return {
        "text": fallback_of(f"{label}{message.title.text}"),
        "blocks": _within(blocks[:BLOCKS]),
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
    }


def fallback_of(text: str) -> str:
    """The notification's text: mrkdwn, so its three special characters are escaped."""
    escaped = cut(text, 1000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return cut(escaped, TEXT)


def _within(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks from the end are left out until the sum fits."""
    while sum(_weight(block) for block in blocks) > BUDGET and len(blocks) > 2:
        blocks = blocks[:-1]
    return blocks


def _weight(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_weight(v) + len(k) + 6 for k, v in value.items())
    if isinstance(value, list):
        return sum(_weight(v) + 2 for v in value)
    return size(str(value))


def _context(text: str) -> dict[str, Any]:
    shown = {"type": "plain_text", "text": text or " ", "emoji": False}
    return {"type": "context", "elements": [shown]}


def _rich(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _text(text: str, **style: bool) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": cut(text, 1500) or " "}
    if style:
        element["style"] = style
    return element


def _marked(text: Marked) -> list[dict[str, Any]]:
    pieces = [_text(words, bold=True) if mark else _text(words) for words, mark in text.pieces if words]
    return [_text("\u2068"), *pieces, _text("\u2069")]


def _finding(finding: Finding) -> dict[str, Any]:
    elements = [
        _text("Why: "),
        _text(finding.rule, bold=True),
        _text(f", {finding.verdict}, score {finding.score}"),
    ]
    for name, value in (("kind", finding.kinds), ("with whom", finding.actors), ("themes", finding.themes)):
        if value:
            elements.append(_text(f"\n{name}: {value}"))
    if finding.sentence.text:
        elements += [_text("\n"), *_marked(finding.sentence)]
    return _rich(elements)


def _report(report: ReportLine) -> dict[str, Any]:
    copy = " (copy)" if report.is_copy else ""
    title: dict[str, Any] = _text(isolate(report.title))
    if report.url:
        title = {"type": "link", "url": report.url, "text": cut(isolate(report.title), 500) or report.host}
    at = f"{report.at:%Y-%m-%d %H:%M} UTC"
    where = f"{isolate(report.outlet)}, {report.language}{copy}, {at}, {report.host}: "
    return _rich([_text(where), title])

"""A message -> the bytes of a mail: headers, a plain part, an HTML part, right to left correct.

Both parts are base64: no dot-stuffing, no bare line ends, no long lines.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from alerts.clean import isolate
from alerts.message import Finding, Marked, Message, ReportLine
from alerts.rfc2047 import encode

_STYLE = "font-family:-apple-system,'Segoe UI','Noto Sans','Noto Naskh Arabic',Tahoma,Arial,sans-serif"


def mail_bytes(
    message: Message,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    references: Sequence[str],
    sent_at: datetime,
    list_id: str,
) -> bytes:
    """The mail of one delivery to one recipient. Equal input gives equal bytes."""
    boundary = "marsad-" + message_id.strip("<>").partition("@")[0].replace("_", "-")
    headers = [
        ("Message-ID", message_id),
        ("Date", format_datetime(sent_at)),
        ("From", sender),
        ("To", recipient),
        ("Subject", encode(message.subject, first=len("Subject: "))),
        ("List-Id", list_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Marsad-Story", message.story_id),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    if references:
        headers.append(("In-Reply-To", references[0]))
        headers.append(("References", " ".join(dict.fromkeys(references))))
    lines = [f"{name}: {value}" for name, value in headers]
    for kind, text in (("plain", plain(message)), ("html", html(message))):
        lines += ["", f"--{boundary}", f"Content-Type: text/{kind}; charset=utf-8"]
        lines += ["Content-Transfer-Encoding: base64", "", _base64(text)]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii")


def _base64(text: str) -> str:
    raw = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return "\r\n".join(raw[i : i + 76] for i in range(0, len(raw), 76))


def plain(message: Message) -> str:
    """The plain part; marked words in [brackets], every run isolated."""
    label = f"[{message.label}] " if message.label else ""
    lines = [f"{label}{isolate(_bracketed(message.title))}"]
    if message.former_title:
        lines.append(f"before: {isolate(message.former_title)}")
    lines += [message.counter, ""]
    for finding in message.findings:
        lines += _plain_finding(finding)
    for report in message.reports:
        copy = " (copy)" if report.is_copy else ""
        lines.append(f"- {isolate(report.outlet)}, {report.language}{copy}: {isolate(report.title)}")
        lines.append(f"  {report.at:%Y-%m-%d %H:%M} UTC  {report.url}")
    if message.left_out:
        lines.append(f"... and {message.left_out} more")
    return "\r\n".join(lines) + "\r\n"


def _plain_finding(finding: Finding) -> list[str]:
    lines = [f"Why: {finding.rule}, {finding.verdict}, score {finding.score}"]
    lines += [f"  {name}: {value}" for name, value in _facts(finding)]
    if finding.sentence.text:
        lines.append(f"  {isolate(_bracketed(finding.sentence))}")
    return [*lines, ""]


def _facts(finding: Finding) -> list[tuple[str, str]]:
    facts = (("kind", finding.kinds), ("with whom", finding.actors), ("themes", finding.themes))
    return [(name, value) for name, value in facts if value]


def _bracketed(text: Marked) -> str:
    return "".join(f"[{words}]" if mark else words for words, mark in text.pieces)


def html(message: Message) -> str:
    """The HTML part: no script, no remote image, inline style, logical direction per text."""
    title = message.title
    parts = [
        f'<!doctype html><html lang="{escape(title.language)}" dir="{title.direction}"><head>',
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{escape(message.subject)}</title></head>",
        f'<body style="{_STYLE};margin:0;padding:16px;color:#1a1a1a;background:#fff">',
        '<div style="max-width:640px">',
    ]
    if message.label:
        parts.append(
            '<p dir="ltr" style="margin:0 0 4px;font-size:12px;color:#8a4b00">'
            f"<strong>{escape(message.label)}</strong></p>"
        )
    parts.append(
        f'<h1 lang="{escape(title.language)}" dir="{title.direction}" '
        f'style="font-size:20px;line-height:1.4;margin:0 0 8px">{_html_marked(title)}</h1>'
    )
    if message.former_title:
        parts.append(f'<p dir="auto" style="color:#666"><s>{escape(message.former_title)}</s></p>')
    parts.append(f'<p dir="ltr" style="color:#555;margin:0 0 16px">{escape(message.counter)}</p>')
    parts += [_html_finding(finding) for finding in message.findings]
    parts.append('<table role="presentation" style="border-collapse:collapse;width:100%">')
    parts += [_html_report(report) for report in message.reports]
    parts.append("</table>")
    if message.left_out:
        parts.append(f'<p dir="ltr">and {message.left_out} more</p>')
    parts.append("</div></body></html>")
    return "".join(parts)


def _html_finding(finding: Finding) -> str:
    facts = "".join(f"<br>{escape(name)}: <strong>{escape(value)}</strong>" for name, value in _facts(finding))
    why = (
        '<div dir="ltr" style="background:#f6f6f2;border-inline-start:4px solid #c9a227;'
        f'padding:8px 12px;margin:0 0 12px">Why: <strong>{escape(finding.rule)}</strong>, '
        f"{escape(finding.verdict)}, score {escape(finding.score)}{facts}"
    )
    sentence = finding.sentence
    if sentence.text:
        why += (
            f'<p lang="{escape(sentence.language)}" dir="{sentence.direction}" '
            f'style="margin:8px 0 0;line-height:1.6">{_html_marked(sentence)}</p>'
        )
    return why + "</div>"


def _html_report(report: ReportLine) -> str:
    copy = " · copy" if report.is_copy else ""
    title = f'<span dir="{report.direction}">{escape(report.title)}</span>'
    if report.url:
        title = f'<a href="{escape(report.url, quote=True)}" style="color:#0b57d0">{title}</a>'
    return (
        f'<tr><td dir="{report.direction}" style="padding:6px 0;border-top:1px solid #e3e3e3;'
        f'text-align:start">{title}<div dir="ltr" style="color:#666;font-size:12px">'
        f"<bdi>{escape(report.outlet)}</bdi> · {escape(report.language)}{copy} · "
        f"<bdi>{report.at:%Y-%m-%d %H:%M} UTC</bdi> · <bdi>{escape(report.host)}</bdi></div></td></tr>"
    )


def _html_marked(text: Marked) -> str:
    return "".join(
        f'<mark style="background:#ffe58a;color:#000">{escape(words)}</mark>' if mark else escape(words)
        for words, mark in text.pieces
    )

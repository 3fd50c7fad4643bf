"""Sentences shared by the channels that people read: parts of a message in, lines of text out.

Outlets' words inside our English lines are isolated, so that Arabic beside Latin keeps its order.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from datetime import datetime

from alerts.clean import clean, isolate
from alerts.message import Line, Message, Point, Why
from news.alert import AlertKind
from news.delivery import Delivery
from news.notice import Notice

TEST = "test"
CANARY = "canary"
CONFIRMING = 3
"""From so many independent owners on their outlets are named."""
REPEAT = "possible repeat"
"""Said where nobody can be asked whether a message arrived, and its id does not show."""
TEST_TITLE = "Marsad test message"
TEST_TEXT = "This is a test. If you can read it, alerts for this receiver arrive."


def trial_notice(at: datetime) -> Notice:
    """The notice that a receiver is tried with; each its own."""
    return Notice(
        id="t" + base64.b32encode(os.urandom(15)).decode().lower(), kind=TEST, subject=TEST_TITLE, text=TEST_TEXT, at=at
    )


def canary_notice(delivery: Delivery) -> Notice:
    """What a canary says."""
    text = f"The canary of {moment(delivery.created_at)}: alerts for this receiver arrive. Nothing has happened."
    return Notice(id=delivery.id, kind=CANARY, subject="Marsad canary", text=text, at=delivery.created_at)


def notice_text(notice: Notice) -> str:
    """A notice's lines, clean: an outlet's own words may stand in them."""
    lines = (clean(line, 1000) for line in notice.text.splitlines())
    return "\n".join(line if line.isascii() else isolate(line) for line in lines)


def moment(at: datetime) -> str:
    """`24 Nov 2026 08:16 UTC`: one zone for readers in many."""
    return at.strftime("%d %b %Y %H:%M UTC")


def score_line(why: Why) -> str:
    """`Rule title: 4.5 points (2 needed)`."""
    return f"{isolate(why.title)}: {why.score:g} points ({why.threshold:g} needed)"


def words_line(why: Why, most: int = 8) -> str:
    """The words that counted, with what each line of the score gave; empty if there are none."""
    given = [_given(point) for point in (*why.points, *why.against)[:most] if point.words]
    return "; ".join(given)


def _given(point: Point) -> str:
    surfaces = dict.fromkeys(word.surface for word in point.words if word.surface)
    return f"{', '.join(isolate(s) for s in surfaces)} ({point.add:+g})"


def report_line(line: Line) -> str:
    """Outlet, time and what kind of report it is, without title and link."""
    at = line.published_at or line.fetched_at
    return f"{isolate(line.outlet)}, {moment(at)}{''.join(f', {word}' for word in line.remarks)}"


def changes(message: Message) -> Iterator[str]:
    """What is new, in lines: what it goes on from, who confirms, what was changed, what the title was."""
    if message.follows:
        title = isolate(message.follows.title.text or "(no headline)")
        yield f"Follows: {title}, last reported {moment(message.follows.last_seen_at)}"
    if message.independent_count >= CONFIRMING and message.kind is not AlertKind.MERGED:
        names = ", ".join(isolate(name) for name in message.independents)
        yield f"Independently reported by {message.independent_count}: {names}"
    if message.note:
        words = message.note[:1].upper() + message.note[1:]
        yield words if words.isascii() else isolate(words)
    if message.former_title:
        yield f"The title was: {isolate(message.former_title)}"


def item_line(message: Message) -> str:
    """A story of a digest in one line: what kind of news, how many reports, who confirms, by which rules."""
    parts = [message.label, message.counts]
    if message.independent_count >= CONFIRMING:
        parts.append(", ".join(isolate(name) for name in message.independents[: CONFIRMING + 2]))
    if message.note:
        parts.append(isolate(message.note))
    if message.follows:
        parts.append(f"follows {isolate(message.follows.title.text or '(no headline)')}")
    parts += [", ".join(dict.fromkeys(isolate(why.title) for why in message.why))] if message.why else []
    return " · ".join(parts)


def more_line(message: Message) -> str:
    """`and 3 more reports`, or empty."""
    count = message.hidden_count
    if not count:
        return ""
    return f"and {count} more report{'s' if count > 1 else ''}"

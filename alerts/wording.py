"""Sentences shared by the channels that people read: parts of a message in, lines of text out.

Outlets' words inside our English lines are isolated, so that Arabic beside Latin keeps its order.
"""

from __future__ import annotations

import base64
import os
from datetime import datetime

from alerts.clean import clean, isolate
from alerts.message import Line, Message, Point, Why
from news.notice import Notice

TEST = "test"
TEST_TITLE = "Marsad test message"
TEST_TEXT = "This is a test. If you can read it, alerts for this receiver arrive."


def trial_notice(at: datetime) -> Notice:
    """The notice that a receiver is tried with; each its own."""
    return Notice(
        id="t" + base64.b32encode(os.urandom(15)).decode().lower(), kind=TEST, subject=TEST_TITLE, text=TEST_TEXT, at=at
    )


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
    copy = ", copy" if line.copy_of else ""
    return f"{isolate(line.outlet)}, {moment(at)}{copy}"


def formerly(message: Message) -> str:
    """On a correction, what the title was; empty otherwise."""
    return f"The title was: {isolate(message.former_title)}" if message.former_title else ""


def more_line(message: Message) -> str:
    """`and 3 more reports`, or empty."""
    count = message.hidden_count
    if not count:
        return ""
    return f"and {count} more report{'s' if count > 1 else ''}"

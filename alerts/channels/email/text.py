"""The plain-text part of a mail."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.clean import isolate
from alerts.digest import Digest
from alerts.message import Message, Why
from alerts.wording import changes, item_line, more_line, report_line, score_line, words_line


def plain(message: Message) -> str:
    """Headline, why it was told, and the reports, in lines."""
    return "\n".join(_lines(message)) + "\n"


def plain_digest(digest: Digest) -> str:
    """The stories of a digest, in lines."""
    return "\n".join(_digest_lines(digest)) + "\n"


def _digest_lines(digest: Digest) -> Iterator[str]:
    yield f"{isolate(digest.heading)}: {digest.subject.rpartition(': ')[2]}"
    for item in digest.items:
        yield ""
        yield f"- {isolate(item.headline.text)}"
        yield f"  {item_line(item)}"
        for line in item.lines:
            yield f"  {report_line(line)}"
            if line.url:
                yield f"  {line.url}"
        for action in item.actions:
            yield f"  {action.label}: {action.url}"
    if digest.more:
        yield ""
        yield digest.more


def _lines(message: Message) -> Iterator[str]:
    yield isolate(message.headline.text)
    yield f"{message.label}. {message.counts}."
    yield from changes(message)
    for why in message.why:
        yield ""
        yield from _why(why)
    yield ""
    for line in message.lines:
        yield f"- {report_line(line)}"
        yield f"  {isolate(line.title.text)}"
        if line.url:
            yield f"  {line.url}"
    if more := more_line(message):
        yield more
    for action in message.actions:
        yield ""
        yield f"{action.label}:"
        yield action.url


def _why(why: Why) -> Iterator[str]:
    yield score_line(why)
    if words := words_line(why):
        yield f"  {words}"
    if why.sentence.text:
        yield f"  > {isolate(why.sentence.text)}"

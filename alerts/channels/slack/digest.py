"""A Slack message from a digest: a header, then one bullet for each story; within the budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alerts.channels.slack.blocks import BUDGET, FALLBACK, HEADER, Block, context, escape, plain_text, run, weight
from alerts.clean import cut, isolate
from alerts.digest import Digest
from alerts.message import Message
from alerts.wording import item_line

TITLE = 200


def digest_payload(digest: Digest) -> dict[str, Any]:
    """Text and blocks; links to mute a story, then the last stories, which are counted, are left out where
    they would not fit."""
    shown = digest if weight(list(_blocks(digest))) <= BUDGET else digest.without_actions()
    while weight(blocks := list(_blocks(shown))) > BUDGET and len(shown.items) > 1:
        shown = shown.shortened(len(shown.items) - 1)
    titles = "; ".join(isolate(cut(item.headline.text, 100)) for item in shown.items[:3])
    return {"text": escape(cut(f"{digest.subject}: {titles}", FALLBACK // 6)), "blocks": blocks}


def _blocks(digest: Digest) -> Iterator[Block]:
    yield {"type": "header", "text": plain_text(cut(digest.subject, HEADER - 2))}
    items = [{"type": "rich_text_section", "elements": list(_item(item))} for item in digest.items]
    if items:
        yield {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}]}
    if digest.more:
        yield context(digest.more)


def _item(item: Message) -> Iterator[dict[str, Any]]:
    title = isolate(cut(item.headline.text, TITLE))
    line = next((line for line in reversed(item.lines) if line.url), None)
    if line is not None:
        yield {"type": "link", "url": line.url, "text": title}
        yield run(f" ({line.host})")
    else:
        yield run(title, bold=True)
    yield run(f"\n{item_line(item)}")
    for action in item.actions:
        yield run(" · ")
        yield {"type": "link", "url": action.url, "text": action.label}

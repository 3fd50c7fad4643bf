"""What a digest says, before any channel gives it a form: roundup in, neutral digest out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from alerts.clean import clean
from alerts.message import Message, compose, mute_story
from news.briefing import Roundup
from news.counting import counted
from news.delivery import Delivery
from news.fold import parts, title
from news.links import Links

MOST_REPORTS = 3
"""Reports listed under each story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Several stories in one message, the best confirmed first. `reason` is a stable word (see
    `news.fold.Why`), `heading` our English for it."""

    delivery_id: str
    digest_id: str
    reason: str
    heading: str
    items: tuple[Message, ...]
    story_count: int
    created_at: datetime

    @property
    def subject(self) -> str:
        """`Held over quiet hours: 12 stories`."""
        return f"{self.heading}: {counted(self.story_count, 'story', 'stories')}"

    @property
    def hidden_count(self) -> int:
        """Stories that are counted but not listed."""
        return max(self.story_count - len(self.items), 0)

    @property
    def more(self) -> str:
        """`and 7 more stories`, and where they can be seen; or empty."""
        if not self.hidden_count:
            return ""
        stories = counted(self.hidden_count, "more story", "more stories")
        return f"and {stories}: marsad alerts show {self.delivery_id}"

    def without_actions(self) -> Digest:
        """The same, and nothing to be done from it."""
        return replace(self, items=tuple(replace(item, actions=()) for item in self.items))

    def shortened(self, count: int) -> Digest:
        """The same with fewer stories listed."""
        return replace(self, items=self.items[:count])


def compose_digest(delivery: Delivery, roundup: Roundup, links: Links | None = None) -> Digest:
    """The digest of a delivery; with `links` each story can be muted. Pure."""
    items = []
    for briefing in roundup.items:
        newest = briefing.reports if len(briefing.reports) <= MOST_REPORTS else briefing.reports[-MOST_REPORTS:]
        item = compose(delivery, replace(briefing, reports=newest))
        actions = (mute_story(delivery, briefing.story.id, links),) if links else ()
        items.append(replace(item, revision=briefing.story.revision, actions=actions))
    return Digest(
        delivery_id=delivery.id,
        digest_id=delivery.story_id,
        reason=parts(roundup.fold)[0].value,
        heading=clean(title(roundup.fold), 120),
        items=tuple(items),
        story_count=max(roundup.story_count, len(items)),
        created_at=roundup.created_at,
    )

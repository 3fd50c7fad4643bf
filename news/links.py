"""Addresses of our own pages, for messages: what a reader may do from an alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from news.permit import Permit, Purpose, Seal

UNSUBSCRIBE_FOR = timedelta(days=400)
"""Mail is read late, and its way out must still work then."""


@dataclass(frozen=True, slots=True)
class Links:
    """`public_url` is where the world reaches our server, without a slash at its end."""

    public_url: str
    seal: Seal
    mute_for: timedelta

    def mute_story(self, story_id: str, endpoint: str, at: datetime) -> str:
        """The page that mutes a story; `at` is when the message was decided."""
        return self._link("mute/story", Purpose.MUTE_STORY, story_id, endpoint, at + self.mute_for)

    def mute_rule(self, rule: str, endpoint: str, at: datetime) -> str:
        """The page that mutes a rule."""
        return self._link("mute/rule", Purpose.MUTE_RULE, rule, endpoint, at + self.mute_for)

    def unsubscribe(self, endpoint: str, at: datetime) -> str:
        """The page, and the one-click address, that ends a recipient's mail."""
        return self._link("unsubscribe", Purpose.UNSUBSCRIBE, "", endpoint, at + UNSUBSCRIBE_FOR)

    def _link(self, page: str, purpose: Purpose, subject: str, endpoint: str, end: datetime) -> str:
        permit = Permit(purpose=purpose, subject=subject, endpoint=endpoint, expires_at=end)
        return f"{self.public_url}/{page}/{self.seal.token(permit)}"

"""Silences: what nobody is to be told for a while, on whose word and why."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.criteria import Criteria
from news.endpoint import receiver_of
from news.errors import NewsError

LONGEST = timedelta(days=30)
"""A silence that is forgotten must end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Hides what all its criteria fit, from `starts_at` until `ends_at`. Corrections and
    withdrawals of what was told are never hidden. `receiver` is the only one that it holds for (a
    receiver's name, or an endpoint of it), or empty: for all. `expired_at` is set when it was ended early."""

    id: str
    criteria: Criteria
    author: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    expired_at: datetime | None = None
    receiver: str = ""

    def holds_for(self, endpoint: str) -> bool:
        """Is this endpoint meant?"""
        return self.receiver in ("", endpoint, receiver_of(endpoint))

    def is_active(self, now: datetime) -> bool:
        """It hides something now."""
        return self.expired_at is None and self.starts_at <= now < self.ends_at


def new_silence(
    criteria: Criteria, *, author: str, reason: str, now: datetime, ends_at: datetime, id: str = "", receiver: str = ""
) -> Silence:
    """A silence from now on. Give an `id` to make saying it twice one silence.

    Raises NewsError if it hides everything, has no author, reason or end, or lasts too long.
    """
    author, reason = author.strip(), reason.strip()
    if not criteria.given():
        raise NewsError("a silence must say what it hides.", hint="Give a rule, story, outlet, actor or the like.")
    if not author or not reason:
        missing = "an author" if not author else "a reason"
        raise NewsError(f"a silence needs {missing}.", hint="Others will ask who hid this, and why.")
    if ends_at <= now:
        raise NewsError(f"a silence that ends at {ends_at:%Y-%m-%d %H:%M} UTC hides nothing: it is past.")
    if ends_at - now > LONGEST:
        raise NewsError(f"a silence lasts {LONGEST.days} days at most.", hint="Repeat it when it ends.")
    return Silence(
        id=id or "z" + base64.b32encode(os.urandom(10)).decode().lower(),
        criteria=criteria,
        author=author,
        reason=reason,
        starts_at=now,
        ends_at=ends_at,
        receiver=receiver,
    )

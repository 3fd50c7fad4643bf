"""Small values for tests, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from news.alert import Alert, AlertKind
from news.article import Article, Disposition
from news.briefing import Briefing, Parcel, Roundup
from news.delivery import Delivery, DeliveryState, delivery_id
from news.filing import Chunk, Filing, Fingerprint
from news.match import Excerpt, Match
from news.outlet import Outlet, Source, SourceState
from news.story import Evidence, Relation, Sighting, Story
from news.tag import Reason, Span, Tag, Verdict

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FrozenClock:
    """Time that moves only when told."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def forward(self, **step: float) -> None:
        self.at += timedelta(**step)


def source(outlet: str = "tigris", **changes: Any) -> Source:
    facts: dict[str, Any] = {
        "id": f"{outlet}/en",
        "outlet": Outlet(id=outlet, name=outlet.title(), owner=outlet),
        "url": f"https://{outlet}.example/feed",
        "languages": ("en",),
    }
    return Source(**{**facts, **changes})


def article(slug: str = "one", outlet: str = "tigris", **changes: Any) -> Article:
    facts: dict[str, Any] = {
        "url": f"https://{outlet}.example/{slug}",
        "link": f"https://www.{outlet}.example/{slug}",
        "outlet": outlet,
        "outlet_name": outlet.title(),
        "source": f"{outlet}/en",
        "title": "Iraq, Syria interior ministers sign security cooperation memorandum",
        "text": "The ministers of Iraq and Syria signed a memorandum on security cooperation.\n\nIt covers drugs.",
        "language": "en",
        "fetched_at": NOW,
        "published_at": NOW - timedelta(hours=1),
        "entry_hash": "h1",
    }
    return Article(**{**facts, **changes})


def tag(**changes: Any) -> Tag:
    span = Span(field="title", start=0, end=4, surface="Iraq", slot="states", id="IQ")
    facts: dict[str, Any] = {
        "rule": "security-cooperation",
        "rule_version": 1,
        "verdict": Verdict.MATCH,
        "score": 4.2,
        "threshold": 2.0,
        "reasons": (Reason(path="score[0]", when="states >= 2 in title", add=1.0, spans=(span,)),),
        "actors": {"IQ": (span,)},
    }
    return Tag(**{**facts, **changes})


def filing(name: str = "one", endpoint: str = "hook", *, told: bool = True, now: datetime = NOW) -> Filing:
    """A matched new article with one alert and one delivery."""
    written = article(name)
    story = Story(
        id=f"s{name}", title=written.title, language="en", revision=1, first_seen_at=now, last_seen_at=now,
        outlets=("tigris",), owners=("tigris",),
    )  # fmt: skip
    found = tag()
    match = Match(
        story_id=story.id, article_id=f"a{name}", tag=found, matched_at=now, rule_title="Security",
        headline=Excerpt(text=written.title, language="en", marks=((0, 4),)),
        sentence=Excerpt(text="", language="en"),
    )  # fmt: skip
    alert = Alert(
        id=f"al{name}", story_id=story.id, story_revision=1, article_id=f"a{name}", route="r",
        kind=AlertKind.MATCHED, rules=("security-cooperation",), created_at=now,
    )  # fmt: skip
    return Filing(
        article_id=f"a{name}",
        disposition=Disposition.NEW,
        article=written,
        revision=1,
        fingerprint=Fingerprint(content_hash=name, shingles=(1, 2, 3), terms={"iraq": 2}),
        sighting=Sighting(
            article_id=f"a{name}", story_id=story.id, relation=Relation.OPENED, evidence=Evidence(rule="new")
        ),
        story=story,
        tags=(found,),
        matches=(match,),
        alerts=(alert,) if told else (),
        deliveries=(delivery(name, endpoint, now=now),) if told else (),
        owner="tigris",
    )


def delivery(name: str = "one", endpoint: str = "hook", *, now: datetime = NOW, **changes: Any) -> Delivery:
    facts: dict[str, Any] = {
        "id": delivery_id(f"s{name}", 1, AlertKind.MATCHED, endpoint),
        "alert_id": f"al{name}",
        "story_id": f"s{name}",
        "story_revision": 1,
        "kind": AlertKind.MATCHED,
        "endpoint": endpoint,
        "state": DeliveryState.HELD,
        "created_at": now,
        "ready_at": now,
        "expires_at": now + timedelta(hours=76),
    }
    return Delivery(**{**facts, **changes})


def chunk(*filings: Filing, state: SourceState | None = None, fence: int = 1, **changes: Any) -> Chunk:
    facts: dict[str, Any] = {"run_id": "r1", "source_id": "tigris/en", "host": "tigris.example", "fence": fence}
    return Chunk(**{**facts, "filings": filings, "state": state, **changes})


def render(delivery: Delivery, briefing: Briefing | Roundup) -> Parcel:
    if isinstance(briefing, Roundup):
        told = " ".join(item.story.title for item in briefing.items)
        return Parcel(body=f"{delivery.id} {briefing.fold} {told}".encode(), media_type="text/plain", subject="digest")
    return Parcel(body=f"{delivery.id} {briefing.story.title}".encode(), media_type="text/plain", subject="s")

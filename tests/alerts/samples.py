"""Invented stories, deliveries and claims for the tests of the alerts room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.kind import ChannelContext
from news.alert import AlertKind
from news.briefing import Briefing, Claim, Former, Parcel, Report, Root
from news.clock import Clock, SystemClock
from news.delivery import Delivery, DeliveryState, delivery_id
from news.match import Excerpt, Match
from news.ports import Channel
from news.story import Story
from news.tag import Reason, Span, Tag, Verdict

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ARABIC = "اتفاق أمني بين العراق والأردن على تبادل المعلومات"
KURDISH = "ڕێککەوتنی ئەمنی لە نێوان عێراق و ئوردن"
SENTENCE = "وقع العراق والأردن اتفاقا أمنيا في بغداد اليوم."
LOOPBACK = ("127.0.0.0/8", "::1/128")

HOSTILE = [
    "<!channel> <!here> <!everyone> free news",
    "<@U1> <#C1|x> <https://evil.example|https://good.example>",
    "@everyone @here *bold* _it_ ~no~ `code` :skull:",
    "line one\r\nBcc: victim@example.org\r\n\r\n.\r\nMAIL FROM:<x@y>",
    "para\u2028sep\u2029end\x0bvt\x0cff\x85nel\x1c\x1d\x1e",
    "nul\x00 bell\x07 esc\x1b[31mred del\x7f c1\x9b31m",
    "\u202eevil\u202d \u2066iso\u2069 \u200emark\u200f \u061calm",
    "lone \ud800 surrogate \udfff end",
    "x" * 10_000,
    "ب" * 10_000,
    "😀" * 6_000,
    "👩\u200d👩\u200d👧\u200d👦 family 🇮🇶🇯🇴 flags",
    '<script>alert(1)</script><img src=x onerror="y">&amp;',
    "=cmd()|'/c calc'!A1",
    "tag \U000e0041\U000e0042 chars \ufeff bom \ufff9 anno \ufdd0 non",
    "",
    " \t\r\n ",
    "=?utf-8?b?aGFja2Vk?= encoded",
    "a\u0301\u0302\u0303 " * 400,
]


FORMER = Former(story_id="story-0", title=KURDISH, language="ckb", last_seen_at=NOW - timedelta(days=3), root="msg_old")


def mark(text: str, *words: str) -> tuple[tuple[int, int], ...]:
    """Places of words in a text, ascending."""
    return tuple(sorted((text.index(w), text.index(w) + len(w)) for w in words))


def match(title: str = ARABIC, sentence: str = SENTENCE, *, language: str = "ar", rule: str = "security") -> Match:
    words = [w for w in ("العراق", "الأردن") if w in sentence]
    spans = tuple(
        Span(field="text", start=a, end=b, surface=sentence[a:b], slot="states", id="IQ")
        for a, b in mark(sentence, *words)
    )
    reasons = (Reason(path="score[0]", when="states and security", add=2.5, spans=spans),)
    tag = Tag(
        rule=rule,
        rule_version=1,
        verdict=Verdict.MATCH,
        score=2.5,
        threshold=2.0,
        reasons=reasons,
        against=(Reason(path="score[1]", when="sport", add=-0.5),),
    )
    return Match(
        story_id="story-1",
        article_id="article-1",
        tag=tag,
        headline=Excerpt(text=title, language=language, marks=mark(title, "العراق") if "العراق" in title else ()),
        sentence=Excerpt(text=sentence, language=language, marks=mark(sentence, *words)),
        matched_at=NOW,
        rule_title="Security co-operation",
    )


def report(title: str = ARABIC, *, language: str = "ar", number: int = 1, url: str = "") -> Report:
    return Report(
        article_id=f"article-{number}",
        url=url or f"https://outlet{number}.example/news/{number}?a=1&b=2",
        outlet=f"Outlet {number}",
        owner=f"owner-{number}",
        title=title,
        language=language,
        fetched_at=NOW,
        published_at=NOW - timedelta(minutes=5),
        copy_of="article-1" if number > 5 else "",
    )


def briefing(
    title: str = ARABIC,
    *,
    language: str = "ar",
    kind: AlertKind = AlertKind.MATCHED,
    reports: int = 2,
    root: Root | None = None,
    sentence: str = SENTENCE,
    former: str = "",
    matches: int = 1,
    url: str = "",
    follows: Former | None = None,
) -> Briefing:
    story = Story(
        id="story-1",
        title=title,
        language=language,
        revision=3,
        first_seen_at=NOW,
        last_seen_at=NOW,
        article_count=reports,
        outlets=tuple(f"outlet{n}" for n in range(1, reports + 1)),
    )
    return Briefing(
        kind=kind,
        story=story,
        reports=tuple(report(title, language=language, number=n, url=url) for n in range(1, min(reports, 10) + 1)),
        report_count=reports,
        matches=tuple(match(title, sentence, language=language, rule=f"rule-{n}") for n in range(matches)),
        rule_titles={f"rule-{n}": "Security co-operation" for n in range(matches)},
        independent_count=min(reports, 5),
        created_at=NOW,
        former_title=former,
        root=root,
        follows=follows,
    )


def delivery(endpoint: str = "desk", *, revision: int = 3, kind: AlertKind = AlertKind.MATCHED) -> Delivery:
    return Delivery(
        id=delivery_id("story-1", revision, kind, endpoint),
        alert_id="alert-1",
        story_id="story-1",
        story_revision=revision,
        kind=kind,
        endpoint=endpoint,
        state=DeliveryState.READY,
        created_at=NOW,
        ready_at=NOW,
        expires_at=NOW + timedelta(hours=76),
    )


def claim(
    channel: Channel,
    given: Briefing | None = None,
    *,
    revision: int = 3,
    attempt: int = 1,
    was: DeliveryState = DeliveryState.READY,
    doubtful_since: datetime | None = None,
    parcel: Parcel | None = None,
) -> Claim:
    """What the outbox hands out for a channel's first endpoint."""
    given = given or briefing()
    sent = delivery(channel.endpoints()[0], revision=revision, kind=given.kind)
    return Claim(
        delivery=sent,
        attempt=attempt,
        owner="me",
        parcel=parcel or channel.render(sent, given),
        was=was,
        root=given.root,
        doubtful_since=doubtful_since,
    )


def context(*networks: str, clock: Clock | None = None) -> ChannelContext:
    return ChannelContext(
        install_id="6e2f7f6c-0000-5000-8000-000000000001",
        user_agent="Marsad/0.1",
        allow_networks=networks or LOOPBACK,
        clock=clock or SystemClock(),
    )

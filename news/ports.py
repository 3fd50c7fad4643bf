"""The seams between rooms. Adapters live in `storage` (over a database), `crawler` and `alerts`.

All store ports are synchronous: callers on an event loop call them in a thread. Each call is one
transaction; a call that raises has written nothing. All raise StoreBusy, StoreFull,
DiskFault or StoreError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from news.alert import Alert, AlertKind
from news.article import Article
from news.briefing import Briefing, Claim, Parcel, Roundup
from news.delivery import Attempt, Delivery, DeliveryState, EndpointState, Receipt, Settlement
from news.filing import Chunk, Filed, Standing
from news.match import Match
from news.notice import Notice
from news.outlet import Source, SourceState
from news.quarantine import QuarantinedPage
from news.run import LogLine, Run, RunRecord
from news.silence import Silence
from news.story import Sighting, Story
from news.tag import Tag, Verdict
from news.traffic import Traffic

Render = Callable[[Delivery, Briefing | Roundup], Parcel]
"""Makes the bytes of a delivery, or of a digest; pure, called inside the claiming transaction."""


class Archive(Protocol):
    """Articles, stories and what was decided about them; written by intake alone."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it, all that this thread reads here is of one state, and dearer only once."""
        ...

    def entry_hashes(self, urls: Sequence[str]) -> Mapping[str, str]:
        """Entry hash last filed per canonical URL; unknown URLs are left out. Quarantined and
        rejected URLs count as known, and so do those of articles that are known by their twins (`news.url.twin`)."""
        ...

    def source_state(self, source_id: str, now: datetime | None = None) -> SourceState:
        """What we remember of a source, with the pages that are to be read again by `now` (default:
        the machine's time); a fresh SourceState if nothing."""
        ...

    def article(self, url: str) -> tuple[Filed, Article] | None:
        """The article of a canonical URL in its latest revision."""
        ...

    def filed_among(self, urls: Sequence[str]) -> Mapping[str, Filed]:
        """What was filed of the articles of canonical URLs, each in its latest revision; unknown URLs are left out.
        An article may be known by the twin: its own address is in what was filed."""
        ...

    def filed_since(self, sequence: int, seen_after: datetime) -> Sequence[Filed]:
        """Articles filed or revised after `sequence` and fetched after `seen_after`, ascending."""
        ...

    def standings(self, story_ids: Collection[str]) -> Mapping[str, Standing]:
        """Stories with their tags, owners and what endpoints were told of them; unknown ids are left out."""
        ...

    def forget_raw_pages(self, before: datetime) -> int:
        """Drop the kept bytes of pages quarantined before; how many. The pages stay known."""
        ...

    def traffic(self, now: datetime, *, hourly: bool = True) -> Traffic:
        """What has been told lately, for the caps; without the last hour's counts unless `hourly`."""
        ...

    def commit(self, *chunks: Chunk) -> range:
        """T1: write everything of the chunks or nothing; the sequence numbers that were taken for it.

        Idempotent per (URL, content): ids are computed. Deliveries already present are kept.
        Raises FenceLost if a host's token is newer than its chunk's, Outdated if a delivery that
        one relies on is no longer waiting.
        """
        ...


class Outbox(Protocol):
    """Deliveries on their way: claim with a lease, send, settle."""

    def claim(
        self,
        *,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        per_endpoint: int,
        render: Render,
    ) -> Sequence[Claim]:
        """Lease due deliveries, oldest first, their rendered bytes stored in the same commit.

        At most `per_endpoint` in flight per endpoint, one per (endpoint, story), none for an
        endpoint blocked until later or disabled (a half-open one gets a single probe). Bytes
        stored by an earlier attempt are used again. Past `expires_at`: moved to EXPIRED, and told
        in a digest of what was missed. Folds that are due become digests first, at most one open
        at a time for an endpoint and fold. A delivery that cannot be read, or whose story cannot be
        read or rendered, is moved to DEAD with the reason; out of its digest, if it is in one.
        """
        ...

    def settle(self, settlement: Settlement, now: datetime) -> bool:
        """Write an attempt's end. False if this owner's lease was lost meanwhile (nothing done)."""
        ...

    def settle_all(self, settlements: Sequence[Settlement], now: datetime) -> Sequence[bool]:
        """Write several ends in one commit; of each, whether its lease was still held. Of one
        endpoint's states the last counts."""
        ...

    def recover(self, now: datetime, *, owner: str = "", everyone: bool = False) -> int:
        """Move SENDING with an expired lease to IN_DOUBT, due at once; with `owner` also that
        owner's leases, with `everyone` all (for the only daemon, at its start). How many moved."""
        ...

    def endpoint(self, endpoint: str) -> EndpointState:
        """The breaker of an endpoint; a healthy one if never used."""
        ...

    def endpoint_states(self, endpoints: Iterable[str]) -> Mapping[str, EndpointState]:
        """The same for several at once."""
        ...

    def enable(self, endpoint: str, now: datetime) -> None:
        """Forget an endpoint's failures (a person mended it); what waits for a later try is due at once."""
        ...

    def resend(self, delivery_id: str, now: datetime) -> Delivery:
        """Make a settled delivery due again under the same id; it leaves the digest that it waits in. Raises
        UnknownName, and NewsError if it cannot be sent again, or stands in a digest that is being sent."""
        ...

    def settled(
        self,
        *,
        states: Sequence[DeliveryState],
        since: datetime | None = None,
        until: datetime | None = None,
        receiver: str = "",
    ) -> Sequence[Delivery]:
        """Deliveries that `resend` takes, oldest first: in these states, made since and before,
        to all endpoints of a receiver or to one endpoint."""
        ...

    def forget_messages(self, before: datetime) -> int:
        """Drop the texts of what arrived or was given up before, some thousands at a time; how many. One that is
        sent again is made anew."""
        ...

    def forgotten(self, ids: Iterable[str]) -> frozenset[str]:
        """Of these deliveries, those that were sent, and whose texts are kept no longer."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """When the next delivery may be claimed; None if nothing is open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLease:
    """The right to visit one host's sources until `until`; `fence` grows with each owner. `states` are
    those of sources that owe no page: whoever holds the lease need not read them."""

    host: str
    owner: str
    fence: int
    until: datetime
    sources: tuple[str, ...]
    states: Mapping[str, SourceState] = field(default_factory=dict)


class Dispatch(Protocol):
    """Hands out hosts whose sources are due: one owner per host, which is politeness for free."""

    def enlist(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the table of due times equal to the configured sources; new ones are due now, some fifty
        a second, within a tenth of their interval; removed ones are retired."""
        ...

    def take(self, *, owner: str, now: datetime, lease: timedelta, limit: int) -> Sequence[HostLease]:
        """Lease up to `limit` hosts with due sources that nobody holds."""
        ...

    def renew(self, lease: HostLease, now: datetime, extend: timedelta) -> HostLease:
        """Extend a lease. Raises FenceLost."""
        ...

    def release(self, lease: HostLease, hold_until: datetime | None = None) -> None:
        """Give a host back; with `hold_until`, none of its sources is due before. A later one of before stays."""
        ...

    def rest(self, lease: HostLease, until: datetime) -> None:
        """Note of a host that is being visited that it asked for a pause: its visit may be cut off."""
        ...

    def free_all(self, now: datetime, rest: timedelta) -> None:
        """End every lease: for the only daemon of a database at its start; the former owners' fences
        stay behind, so a straggler's commit is refused. What was being visited and ever asked for a pause is
        left alone for the `rest`: when it was asked last, nobody knows."""
        ...

    def hurry(self, source_id: str, now: datetime) -> None:
        """Make a source due now. Raises UnknownName."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """When the next source falls due; None if there is none."""
        ...


class Silences(Protocol):
    """What nobody is to be told for a while. None is ever deleted."""

    def add(self, silence: Silence) -> None:
        """Keep it, unless one of the same id is there. Waiting messages about a story that it
        alone names are cancelled, but for corrections and withdrawals."""
        ...

    def list(self, *, active_at: datetime | None = None, limit: int = 0) -> Sequence[Silence]:
        """By falling end; only those in force at `active_at` if given. 0 is no limit."""
        ...

    def active(self, now: datetime) -> Sequence[Silence]:
        """Those in force now; one that names a merged story hides what it was merged into too."""
        ...

    def expire(self, silence_id: str, now: datetime) -> Silence:
        """End one now, named by its id or an unambiguous beginning. Raises UnknownName, and
        NewsError if it has ended already."""
        ...


class RunLog(Protocol):
    """Runs and their logs. A run that its process did not live to close is INTERRUPTED."""

    def open(self, run: Run, owner: str) -> None:
        """Show a run that takes its time, unless a commit has written it already."""
        ...

    def write(self, record: RunRecord) -> None:
        """Write a run and its log outside of a commit: for one that ended without."""
        ...

    def interrupt(self, now: datetime, *, owner: str = "") -> int:
        """Mark unfinished runs (all, or one owner's) INTERRUPTED; how many."""
        ...

    def forget(self, before: datetime) -> int:
        """Forget those that began before and brought nothing, with their logs; how many. Most polls find nothing
        new, and nothing refers to them."""
        ...

    def runs(self, *, source: str = "", limit: int = 20) -> Sequence[Run]:
        """Newest first."""
        ...

    def run(self, run_id: str) -> Run | None: ...

    def lines(self, run_id: str) -> Sequence[LogLine]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A line of the story list. `verdict` and `score` are the best over all rules."""

    story: Story
    verdict: Verdict
    score: float
    rules: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """An article inside its story, with everything decided about it."""

    filed: Filed
    link: str
    sighting: Sighting
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery with its ledger, attempts ascending."""

    delivery: Delivery
    attempts: tuple[Attempt, ...] = ()
    in_body_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedStory:
    """A story inside a digest."""

    story_id: str
    title: str
    delivery_id: str
    kind: AlertKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFold:
    """A digest to come: how many messages wait for it, and when it is due."""

    endpoint: str
    fold: str
    due_at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert with its story's title and its deliveries. A digest's title is its own, `members`
    are what it tells, in the order in which it was decided."""

    alert: Alert
    title: str
    language: str
    deliveries: tuple[DeliveryRecord, ...] = ()
    members: tuple[FoldedStory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRecord:
    """A story in full: articles by publication, matches by falling score."""

    row: StoryRow
    articles: tuple[StoryArticle, ...]
    matches: tuple[Match, ...]
    alerts: tuple[AlertRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of an article, 1 first."""

    number: int
    title: str
    text: str
    seen_at: datetime
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An URL's way through every stage, as far as it came; None or empty where it did not.

    `seen` is how the URL is known: `article`, `rejected`, `quarantined`, `pending` or `` (never
    seen); `detail` says why for all but articles.
    """

    url: str
    seen: str = ""
    detail: str = ""
    source: str = ""
    run_id: str = ""
    article: Article | None = None
    revisions: tuple[Revision, ...] = ()
    filed: Filed | None = None
    sighting: Sighting | None = None
    story: Story | None = None
    tags: tuple[Tag, ...] = ()
    alerts: tuple[AlertRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is, for `status`. `deliveries` counts by state."""

    articles: int
    stories: int
    matched_stories: int
    deliveries: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, int] = field(default_factory=dict)
    oldest_open_delivery_at: datetime | None = None


class Catalogue(Protocol):
    """Everything a person may ask about; reads only."""

    def tally(self, since: datetime) -> Tally:
        """Totals; runs by outcome since `since`."""
        ...

    def source_states(self) -> Mapping[str, SourceState]: ...

    def endpoints(self) -> Sequence[EndpointState]: ...

    def stories(
        self, *, since: datetime | None = None, verdict: str = "", rule: str = "", limit: int = 20
    ) -> Sequence[StoryRow]:
        """Newest first by last sighting."""
        ...

    def story(self, story_id: str) -> StoryRecord | None:
        """By id or an unambiguous beginning of it."""
        ...

    def alerts(self, *, state: str = "", since: datetime | None = None, limit: int = 20) -> Sequence[AlertRecord]:
        """Newest first; `state` filters by delivery state, or `suppressed`. A limit of 0 is none."""
        ...

    def alert(self, alert_id: str) -> AlertRecord | None:
        """By id or an unambiguous beginning of it, of the alert or one of its deliveries; or by a digest's own id."""
        ...

    def briefing(self, story_id: str, endpoint: str, now: datetime) -> tuple[Delivery, Briefing] | None:
        """What a channel would be handed now for a story (id, or its beginning): as an update of
        what this endpoint was told, else as the first alert. None if there is no such story."""
        ...

    def waiting(self) -> Sequence[WaitingFold]:
        """Digests to come, by their time."""
        ...

    def trace(self, url: str) -> Trace:
        """The way of a canonical URL."""
        ...

    def address(self, article_id: str) -> str:
        """The canonical URL of an article, by its id or an unambiguous beginning of it; '' if there is none."""
        ...

    def reports(self, article_ids: Collection[str]) -> Sequence[StoryArticle]:
        """Those articles that are there, each in the story it is in now."""
        ...

    def quarantined(self, *, source: str = "", url: str = "", limit: int = 0) -> Sequence[QuarantinedPage]:
        """Newest first, with their bytes where still kept; of one source, or the one at `url`."""
        ...

    def articles(self, *, since: datetime | None = None, limit: int = 0) -> Sequence[Article]:
        """Latest revisions, oldest first; for testing a rule on history. 0 is no limit."""
        ...


class Channel(Protocol):
    """One way to reach people. An instance serves one receiver of the configuration.

    `render` is pure. `send` never raises: every end of an attempt is a Receipt.
    """

    def endpoints(self) -> Sequence[str]:
        """Endpoint ids: the receiver's name, or `name/address` for each recipient."""
        ...

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel: ...

    def render_digest(self, delivery: Delivery, roundup: Roundup) -> Parcel: ...

    async def send(self, claim: Claim) -> Receipt: ...

    async def arrived(self, claim: Claim) -> Receipt | None:
        """Ask the receiver whether a doubtful message is there: ACCEPTED if so, None if not or
        if it cannot be asked (then it is sent again, same bytes, same id)."""
        ...

    def preview(self, claim: Claim) -> str:
        """The whole message as it would go out now, headers too, secrets masked; for people."""
        ...

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        """Send a notice (also the test message), once; our own words and perhaps an outlet's."""
        ...

    async def close(self) -> None: ...


__all__ = [
    "AlertRecord",
    "Archive",
    "Catalogue",
    "Channel",
    "DeliveryRecord",
    "DeliveryState",
    "Dispatch",
    "FoldedStory",
    "HostLease",
    "Outbox",
    "Render",
    "Revision",
    "RunLog",
    "Silences",
    "StoryArticle",
    "StoryRecord",
    "StoryRow",
    "Tally",
    "Trace",
    "WaitingFold",
]

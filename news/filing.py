"""What one transaction writes for a handful of articles (T1), and what the deciders compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from news.alert import Alert, Told
from news.article import Article, Disposition, Rejection, Withdrawal
from news.delivery import Amendment, Delivery
from news.match import Match
from news.notice import Notice
from news.outlet import Reread, SourceState
from news.run import Counts, RunRecord
from news.story import Sighting, Story
from news.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """An article reduced to what the deciders compare; stored, so history never needs re-reading.

    `content_hash` is over the folded title and text; `shingles` are 32-bit hashes of word
    4-grams; `terms` are word keys of title and text with whole weights (100 is said once);
    `features` are script-neutral keys (consonant skeletons of names, states, concepts, numbers)
    with how often each is said, `surfaces` a word that each name was read from; `numbers` are
    digits normalised to ASCII.
    """

    content_hash: str
    shingles: tuple[int, ...] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    features: Mapping[str, int] = field(default_factory=dict)
    surfaces: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    title_numbers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    title_actors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An article in the archive, as the deciders see it. `sequence` grows with each commit;
    `regrouped` as in its Sighting."""

    sequence: int
    article_id: str
    story_id: str
    url: str
    outlet: str
    owner: str
    source: str
    title: str
    language: str
    revision: int
    published_at: datetime | None
    fetched_at: datetime
    fingerprint: Fingerprint
    copy_of: str = ""
    regrouped: bool = False

    @classmethod
    def of(
        cls, article: Article, fingerprint: Fingerprint, sighting: Sighting, *, owner: str, revision: int, sequence: int
    ) -> Filed:
        """An article where it was sighted."""
        return cls(
            sequence=sequence,
            article_id=sighting.article_id,
            story_id=sighting.story_id,
            url=article.url,
            outlet=article.outlet,
            owner=owner,
            source=article.source,
            title=article.title,
            language=article.language,
            revision=revision,
            published_at=article.published_at,
            fetched_at=article.fetched_at,
            fingerprint=fingerprint,
            copy_of=sighting.copy_of,
            regrouped=sighting.regrouped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A story and what has been made of it so far.

    `tags` maps a rule id to the best tag so far (no `none` verdicts); `told` maps endpoint ids.
    """

    story: Story
    tags: Mapping[str, Tag] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """All that is written for one article. A REPEAT changes only its `entry_hash`.

    `tags` holds every rule's finding, `none` verdicts too: they answer "why not". `relied` are
    waiting deliveries that will tell this as they are: if one is gone meanwhile, it was decided wrongly.
    `built_on` is the revision of the story that was known when this was decided, 0 for none: if there
    is another by now, somebody else's report would be overwritten.
    """

    article_id: str
    disposition: Disposition
    article: Article
    revision: int
    fingerprint: Fingerprint
    sighting: Sighting | None = None
    story: Story | None = None
    tags: tuple[Tag, ...] = ()
    matches: tuple[Match, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    former_title: str = ""
    owner: str = ""
    amendments: tuple[Amendment, ...] = ()
    relied: tuple[str, ...] = ()
    built_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is written of a story of which no article came in: one was withdrawn, or it was found
    to be the same as another. `relied` and `built_on` as in a Filing."""

    story: Story
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    relied: tuple[str, ...] = ()
    built_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What a run commits at a time: at most five articles and, with the last one, the source's new state.

    `fence` is the host lease's token; a commit under an older token is refused (FenceLost).
    `reread` are URLs whose re-reading is done, `rereads` those to come. `notices` are for the
    endpoints `operators`. `record` is the run's own: its row and its log are never ahead of what was stored.
    One that `frees` ends the host's lease, with `hold_until` as in `Dispatch.release`.
    """

    run_id: str
    source_id: str
    host: str
    fence: int
    filings: tuple[Filing, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    counts: Counts = Counts()
    state: SourceState | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    reread: tuple[str, ...] = ()
    rereads: tuple[Reread, ...] = ()
    tellings: tuple[Telling, ...] = ()
    notices: tuple[Notice, ...] = ()
    operators: tuple[str, ...] = ()
    record: RunRecord | None = None
    frees: bool = False
    hold_until: datetime | None = None

"""THE FLOW: what the crawler found -> decided, then written once.

    Find -normalise-> Article -tag-> Tags -fingerprint-> known? -compare-> REPEAT | REVISION
                                                         new?   -place->   COPY | NEW
         -> Story -match-> Matches -address-> Alerts, Deliveries
    ... and all of up to five finds, with the source's cursor, in one commit (T1).

Reads through the Archive port, decides with pure functions, writes once. Knows no network, no
database, no channel. One call at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from news.alert import Route, Told
from news.article import Article, Disposition, Rejection, Withdrawal
from news.clock import Clock
from news.failpoint import reach
from news.filing import Chunk, Filed, Filing, Fingerprint, Standing
from news.match import Match
from news.notice import Notice
from news.outlet import Source, SourceState
from news.ports import Archive, Silences
from news.run import Counts, RunRecord
from news.silence import Silence
from news.story import Evidence, Relation, Sighting, Story
from news.tag import Tag, Verdict
from news.visit import Find, VisitEnd
from pipelines.alerting import Addressed, Occasion, address
from pipelines.dedupe import Comparison, compare
from pipelines.facts import Facts
from pipelines.fingerprint import fingerprint
from pipelines.grouping import GroupingSettings, StoryIndex
from pipelines.matching import TELLING, matches_of
from pipelines.normalise import article_id, normalise, story_id
from pipelines.notices import told
from pipelines.rereading import rereads_of
from pipelines.sourcelife import state_after
from pipelines.tagging import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitContext:
    """The visit a chunk belongs to. With `end`, the chunk is its last and carries the cursor. `record`
    says, given the chunk's counts, what its commit writes of the run; one that `frees` ends the lease."""

    source: Source
    state: SourceState
    run_id: str
    host: str
    fence: int
    end: VisitEnd | None = None
    next_due_at: datetime | None = None
    record: Callable[[Counts], RunRecord] | None = None
    frees: bool = False
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one find, for people."""

    url: str
    title: str
    disposition: str
    verdict: str = ""
    story_id: str = ""
    language: str = ""
    detail: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One chunk: its counts and each find's outcome."""

    counts: Counts
    rows: tuple[Outcome, ...]


@dataclass(slots=True)
class _Draft:
    """What this chunk has decided so far and the archive does not know yet."""

    filed: dict[str, Filed] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    silences: Sequence[Silence] = ()
    added: list[Filed] = field(default_factory=list)
    replaced: dict[str, Filed] = field(default_factory=dict)


class Intake:
    """Decides and commits. `take` is the one place that writes articles."""

    def __init__(
        self,
        archive: Archive,
        tagger: Tagger,
        routes: Sequence[Route],
        *,
        clock: Clock,
        grouping: GroupingSettings | None = None,
        operators: Sequence[str] = (),
        silences: Silences | None = None,
        countries: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._silences, self._countries = silences, countries
        self._operators = tuple(operators)
        self._archive, self._tagger, self._routes, self._clock = archive, tagger, tuple(routes), clock
        self._settings = grouping or GroupingSettings()
        self._index = StoryIndex(self._settings)
        self._titles = {rule.id: rule.title for rule in tagger.rules}

    def warm(self) -> None:
        """Load the window from the archive; also done before each chunk, for what others filed."""
        now = self._clock.now()
        for filed in self._archive.filed_since(self._index.sequence, now - 2 * self._settings.window):
            self._index.add(filed)
        self._index.expire(now)

    def take(self, finds: Sequence[Find], visit: VisitContext) -> Taken:
        """Decide and commit one chunk. Raises StoreBusy, StoreFull or FenceLost with nothing
        written: the cursor stays where it was, and the finds are fetched again."""
        filings, taken, _ = self._decide(finds, visit)
        state, notices = self._state_after(visit, filings)
        reach("K1")
        self._archive.commit(
            Chunk(
                run_id=visit.run_id,
                source_id=visit.source.id,
                host=visit.host,
                fence=visit.fence,
                filings=tuple(filings),
                rejections=tuple(find for find in finds if isinstance(find, Rejection)),
                withdrawals=tuple(find for find in finds if isinstance(find, Withdrawal)),
                reread=visit.end.reread if visit.end else (),
                rereads=(*rereads_of(filings), *(visit.end.reread_again if visit.end else ())),
                counts=taken.counts,
                state=state,
                notices=notices,
                operators=self._operators,
                record=visit.record(taken.counts) if visit.record else None,
                frees=visit.frees,
                hold_until=visit.hold_until,
            )
        )
        return taken

    def consider(self, finds: Sequence[Find], visit: VisitContext) -> Taken:
        """Decide, write nothing; remembers what it decided, so that a whole dry run hangs together."""
        _, taken, draft = self._decide(finds, visit)
        for filed in draft.added:
            self._index.add(filed)
        return taken

    def _decide(self, finds: Sequence[Find], visit: VisitContext) -> tuple[list[Filing], Taken, _Draft]:
        if not finds:
            return [], Taken(counts=Counts(), rows=()), _Draft()
        self.warm()
        draft = _Draft(silences=self._silences.active(self._clock.now()) if self._silences else ())
        filings: list[Filing] = []
        rows: list[Outcome] = []
        for find in finds:
            if isinstance(find, (Rejection, Withdrawal)):
                rows.append(_refused(find) if isinstance(find, Rejection) else _withdrawn(find))
                continue
            filing = self._file(normalise(find), visit, draft)
            filings.append(filing)
            rows.append(_outcome(filing))
        # They were placed against each other; from now on the archive's rows speak for them.
        self._index.undo(draft.added, draft.replaced)
        return filings, Taken(counts=_counts(rows, filings), rows=tuple(rows)), draft

    def _file(self, article: Article, visit: VisitContext, draft: _Draft) -> Filing:
        own = article_id(article.url)
        known = draft.filed.get(own) or self._known(article.url)
        tags = self._tagger.tag(article.title, article.text, article.language)
        actors = tags[0].actors if tags else self._tagger.actors(article.title, article.text, article.language)
        themes = dict.fromkeys(theme for tag in tags for theme in tag.themes)
        fp = fingerprint(article, tuple(actors), tuple(themes))
        if known is None:
            return self._new(article, own, fp, tags, visit, draft)
        if compare(known, fp) is Comparison.REPEAT:
            return Filing(
                article_id=own,
                disposition=Disposition.REPEAT,
                article=article,
                revision=known.revision,
                fingerprint=fp,
            )
        if article.published_at is None:
            # Read again without the feed's word for it.
            article = replace(article, published_at=known.published_at)
        return self._revised(article, known, fp, tags, visit, draft)

    def _known(self, url: str) -> Filed | None:
        found = self._archive.article(url)
        return None if found is None else found[0]

    def _new(
        self,
        article: Article,
        own: str,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: _Draft,
    ) -> Filing:
        placement = self._index.place(article, fp, own)
        story = placement.story_id or story_id(own)
        standing = self._standing(story, draft)
        is_copy = placement.relation is Relation.COPY
        owner = visit.source.outlet.owner
        new_report = standing is not None and not is_copy and owner not in standing.story.owners
        sighting = Sighting(
            article_id=own,
            story_id=story,
            relation=placement.relation,
            evidence=placement.evidence,
            copy_of=placement.copy_of,
        )
        return self._filing(
            article,
            own,
            fp,
            tags,
            visit,
            draft,
            disposition=Disposition.COPY if is_copy else Disposition.NEW,
            revision=1,
            sighting=sighting,
            standing=standing,
            new_report=new_report,
        )

    def _revised(
        self,
        article: Article,
        known: Filed,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: _Draft,
    ) -> Filing:
        """A revision keeps its story: people were told under it."""
        sighting = Sighting(
            article_id=known.article_id,
            story_id=known.story_id,
            relation=Relation.COPY if known.copy_of else Relation.JOINED,
            evidence=Evidence(rule="a revision keeps its story", compared_with=known.article_id),
            copy_of=known.copy_of,
        )
        corrected = fp.content_hash != known.fingerprint.content_hash and article.title != known.title
        return self._filing(
            article,
            known.article_id,
            fp,
            tags,
            visit,
            draft,
            disposition=Disposition.REVISION,
            revision=known.revision + 1,
            sighting=sighting,
            standing=self._standing(known.story_id, draft),
            new_report=False,
            former_title=known.title if corrected else "",
        )

    def _filing(
        self,
        article: Article,
        own: str,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: _Draft,
        *,
        disposition: Disposition,
        revision: int,
        sighting: Sighting,
        standing: Standing | None,
        new_report: bool,
        former_title: str = "",
    ) -> Filing:
        now = self._clock.now()
        owner = visit.source.outlet.owner
        story = _story_after(standing, article, owner, sighting, disposition, former_title)
        matches = matches_of(article, own, story.id, tags, self._titles, now)
        telling = _telling(standing, tags)
        country = visit.source.outlet.country
        occasion = Occasion(
            article=article,
            article_id=own,
            story=story,
            facts=Facts(
                story_id=story.id,
                tags=telling,
                languages=frozenset({article.language, story.language}),
                outlets=frozenset(story.outlets),
                countries=frozenset({country, *(self._countries.get(outlet, "") for outlet in story.outlets)}),
            ),
            report=Facts(
                story_id=story.id,
                tags=telling,
                languages=frozenset({article.language}),
                outlets=frozenset({article.outlet}),
                countries=frozenset({country}),
            ),
            silences=draft.silences,
            new_report=new_report,
            corrected=bool(former_title),
            first_visit=visit.state.first_visit and not visit.source.backfill,
            told=standing.told if standing else {},
        )
        quiet = disposition is Disposition.COPY and not matches
        addressed = Addressed() if quiet else address(occasion, self._routes, now)
        filing = Filing(
            article_id=own,
            disposition=disposition,
            article=article,
            revision=revision,
            fingerprint=fp,
            sighting=sighting,
            story=story,
            tags=tuple(tags),
            matches=matches,
            alerts=addressed.alerts,
            deliveries=addressed.deliveries,
            former_title=former_title,
            owner=owner,
        )
        self._remember(filing, standing, visit, draft)
        return filing

    def _standing(self, story: str, draft: _Draft) -> Standing | None:
        return draft.standings.get(story) or self._archive.standing(story)

    def _remember(self, filing: Filing, standing: Standing | None, visit: VisitContext, draft: _Draft) -> None:
        """Let the chunk's later finds see this one."""
        assert filing.story is not None
        assert filing.sighting is not None
        owner = visit.source.outlet.owner
        filed = Filed(
            sequence=self._index.sequence,
            article_id=filing.article_id,
            story_id=filing.story.id,
            url=filing.article.url,
            outlet=filing.article.outlet,
            owner=owner,
            source=filing.article.source,
            title=filing.article.title,
            language=filing.article.language,
            revision=filing.revision,
            published_at=filing.article.published_at,
            fetched_at=filing.article.fetched_at,
            fingerprint=filing.fingerprint,
            copy_of=filing.sighting.copy_of,
        )
        draft.filed[filing.article_id] = filed
        draft.added.append(filed)
        before = self._index.add(filed)
        if before is not None:
            draft.replaced.setdefault(filed.article_id, before)
        draft.standings[filing.story.id] = _standing_after(standing, filing)

    def _state_after(
        self, visit: VisitContext, filings: Sequence[Filing]
    ) -> tuple[SourceState | None, tuple[Notice, ...]]:
        """The source's state to be written with the last chunk, and what operators are to hear of it."""
        if visit.end is None:
            return None, ()
        times = [f.article.published_at or f.article.fetched_at for f in filings]
        after = state_after(visit.source, visit.state, visit.end, times, visit.next_due_at, self._clock.now())
        health, notice = told(visit.source, visit.state, after)
        return replace(after, health=health), (notice,) if notice else ()


def _telling(standing: Standing | None, tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The best finding of each rule that tells of the story, by rule."""
    best = _best(standing.tags if standing else {}, tags)
    return tuple(tag for _, tag in sorted(best.items()) if tag.verdict in TELLING)


def _best(known: Mapping[str, Tag], tags: Sequence[Tag]) -> dict[str, Tag]:
    """Each rule's best finding with something to say, so far and now."""
    best = dict(known)
    for tag in tags:
        held = best.get(tag.rule)
        if tag.verdict is Verdict.NONE:
            continue
        if held is None or (tag.verdict in TELLING, tag.score) > (held.verdict in TELLING, held.score):
            best[tag.rule] = tag
    return best


def _story_after(
    standing: Standing | None,
    article: Article,
    owner: str,
    sighting: Sighting,
    disposition: Disposition,
    former_title: str,
) -> Story:
    """The story with this article in it. Its title is its opener's, corrected with it."""
    owners = () if sighting.relation is Relation.COPY else (owner,)
    at = article.published_at or article.fetched_at
    at = min(at, article.fetched_at)
    if standing is None:
        return Story(
            id=sighting.story_id,
            title=article.title,
            language=article.language,
            revision=1,
            first_seen_at=at,
            last_seen_at=article.fetched_at,
            outlets=(article.outlet,),
            owners=owners,
        )
    story = standing.story
    is_new = disposition is not Disposition.REVISION
    retitled = former_title and story.title == former_title
    return replace(
        story,
        title=article.title if retitled else story.title,
        revision=story.revision + 1,
        first_seen_at=min(story.first_seen_at, at),
        last_seen_at=max(story.last_seen_at, article.fetched_at),
        article_count=story.article_count + (1 if is_new else 0),
        outlets=tuple(dict.fromkeys((*story.outlets, article.outlet))),
        owners=tuple(dict.fromkeys((*story.owners, *owners))),
    )


def _standing_after(standing: Standing | None, filing: Filing) -> Standing:
    assert filing.story is not None
    tags = _best(standing.tags if standing else {}, filing.tags)
    told = dict(standing.told) if standing else {}
    rules = {alert.id: alert.rules for alert in filing.alerts}
    for delivery in filing.deliveries:
        before = told.get(delivery.endpoint)
        told[delivery.endpoint] = Told(
            endpoint=delivery.endpoint,
            rules=tuple(sorted({*rules[delivery.alert_id], *(before.rules if before else ())})),
            last_created_at=delivery.created_at,
            open_delivery=delivery.id,
        )
    return Standing(story=filing.story, tags=tags, told=told)


def _refused(find: Rejection) -> Outcome:
    kind = Disposition.QUARANTINED if find.quarantined else Disposition.REJECTED
    return Outcome(url=find.url, title="", disposition=kind.value, detail=f"{find.reason}: {find.detail}")


def _withdrawn(find: Withdrawal) -> Outcome:
    return Outcome(url=find.url, title="", disposition=Disposition.WITHDRAWN.value, detail=find.detail)


def _outcome(filing: Filing) -> Outcome:
    best = max(filing.tags, key=lambda t: (t.verdict in TELLING, t.score), default=None)
    verdict = best.verdict if best and filing.disposition is not Disposition.REPEAT else Verdict.NONE
    return Outcome(
        url=filing.article.url,
        title=filing.article.title,
        disposition=filing.disposition.value,
        verdict=verdict.value,
        story_id=filing.story.id if filing.story else "",
        language=filing.article.language,
        matches=filing.matches,
    )


def _counts(rows: Sequence[Outcome], filings: Sequence[Filing]) -> Counts:
    def count(kind: Disposition) -> int:
        return sum(1 for row in rows if row.disposition == kind.value)

    return Counts(
        fetched=len(rows),
        new=count(Disposition.NEW),
        revision=count(Disposition.REVISION),
        repeat=count(Disposition.REPEAT),
        copy=count(Disposition.COPY),
        rejected=count(Disposition.REJECTED),
        quarantined=count(Disposition.QUARANTINED),
        withdrawn=count(Disposition.WITHDRAWN),
        matched=sum(1 for filing in filings if filing.matches),
        alerts=sum(len(filing.deliveries) for filing in filings),
    )


__all__ = ["Intake", "Outcome", "Taken", "VisitContext"]

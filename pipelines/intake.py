"""THE FLOW: what the crawler found -> decided, then written once.

    Find -normalise-> Article -tag-> Tags -fingerprint-> known? -compare-> REPEAT | REVISION
                                                         new?   -place->   COPY | NEW
         -> Story -match-> Matches -address-> Alerts, Deliveries
    ... and all of up to five finds, with the source's cursor, in one commit (T1); what several
    visits hand in at a time shares it.

Reads through the Archive port, decides with pure functions, writes once. Knows no network, no
database, no channel. One call at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from types import MappingProxyType

from news.alert import Policy, Route, Told
from news.article import Article, Disposition, Rejection, Withdrawal
from news.clock import Clock
from news.errors import Outdated
from news.failpoint import reach
from news.filing import Chunk, Filed, Filing, Fingerprint, Standing
from news.health import HealthState
from news.notice import Notice
from news.outlet import SourceState
from news.ports import Archive, Silences
from news.story import Evidence, Relation, Sighting, Story
from news.tag import Tag
from news.visit import Find
from pipelines.alerting import Addressed, Occasion, Terms, address
from pipelines.correcting import is_correction
from pipelines.dedupe import Comparison, compare
from pipelines.facts import Facts
from pipelines.grouping import GroupingSettings, StoryIndex
from pipelines.growth import standing_after, story_after
from pipelines.growth import telling as telling_of
from pipelines.keyfacts import added, exchanged
from pipelines.matching import matches_of
from pipelines.normalise import article_id, story_id
from pipelines.notices import told
from pipelines.order import Decided, Draft, Order, Readings, VisitContext
from pipelines.outcome import Outcome, Taken, counts_of, outcome, refused
from pipelines.outcome import withdrawn as withdrawn_row
from pipelines.reading import Reading, read
from pipelines.rereading import rereads_of
from pipelines.sourcelife import state_after
from pipelines.tagging import Tagger
from pipelines.withdrawing import withdrawn

DECIDE_AGAIN = 4
"""Times that a decision is made anew because a message went out while it was made."""


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
        policy: Policy = Policy(),
    ) -> None:
        self._policy = policy
        self._silences, self._countries = silences, countries
        self._operators = tuple(operators)
        caps = (*(route.per_hour for route in routes), *(manner.per_hour for manner in policy.manners.values()))
        self._capped = any(caps)
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

    def take(self, finds: Sequence[Find], visit: VisitContext, readings: Readings = ()) -> Taken:
        """Decide and commit one chunk; `readings` stand beside the finds where there are any. Raises
        StoreBusy, StoreFull or FenceLost with nothing written: the cursor stays where it was, and the
        finds are fetched again."""
        return self.take_all([Order(finds=finds, visit=visit, readings=readings)])[0]

    def take_all(self, orders: Sequence[Order]) -> list[Taken]:
        """The chunks of several visits in one commit, each decided as if the ones before it were stored.
        Raises the same; of no order is anything written then. One that is `alone` comes alone."""
        assert len(orders) == 1 or not any(order.alone for order in orders)
        for _ in range(DECIDE_AGAIN):
            try:
                return self._take(orders)
            except Outdated:
                continue  # a message went out between reading and writing
        return self._take(orders)

    def _take(self, orders: Sequence[Order]) -> list[Taken]:
        decided = self._decide_all(orders)
        try:
            chunks = [self._chunk(order, one) for order, one in zip(orders, decided, strict=True)]
            reach("K1")
            sequences = self._archive.commit(*chunks)
        except BaseException:
            self._index.undo()
            raise
        self._index.settle()
        self._index.follow(sequences)
        return [one.taken for one in decided]

    def _chunk(self, order: Order, decided: Decided) -> Chunk:
        finds, visit, end = order.finds, order.visit, order.visit.end
        state, notices = self._state_after(visit, decided.filings)
        counts = decided.taken.counts
        return Chunk(
            run_id=visit.run_id,
            source_id=visit.source.id,
            host=visit.host,
            fence=visit.fence,
            filings=tuple(decided.filings),
            rejections=tuple(find for find in finds if isinstance(find, Rejection)),
            withdrawals=tuple(find for find in finds if isinstance(find, Withdrawal)),
            tellings=tuple(decided.tellings),
            reread=end.reread if end else (),
            rereads=(*rereads_of(decided.filings), *(end.reread_again if end else ())),
            counts=counts,
            state=state,
            notices=(*notices, *decided.notices),
            operators=self._operators,
            record=visit.record(counts) if visit.record else None,
            frees=visit.frees,
            hold_until=visit.hold_until,
        )

    def consider(self, finds: Sequence[Find], visit: VisitContext, readings: Readings = ()) -> Taken:
        """Decide, write nothing; remembers what it decided, so that a whole dry run hangs together."""
        [decided] = self._decide_all([Order(finds=finds, visit=visit, readings=readings)])
        self._index.settle()
        return decided.taken

    def _decide_all(self, orders: Sequence[Order]) -> list[Decided]:
        urls = [find.url for order in orders for find in order.finds if isinstance(find, Article)]
        if not any(order.finds for order in orders):
            return [Decided() for _ in orders]
        with self._archive.snapshot():
            self.warm()
            draft = Draft(
                known=self._archive.filed_among(urls),
                silences=self._silences.active(self._clock.now()) if self._silences else (),
            )
            try:
                return [self._decide(order, draft) for order in orders]
            except BaseException:
                self._index.undo()
                raise

    def _decide(self, order: Order, draft: Draft) -> Decided:
        filings: list[Filing] = []
        rows: list[Outcome] = []
        for find, reading in zip(order.finds, chain(order.readings, repeat(None)), strict=False):
            if isinstance(find, Rejection):
                rows.append(refused(find))
            elif isinstance(find, Withdrawal):
                rows.append(withdrawn_row(find))
            else:
                filing = self._file(self._reading(find, reading), order.visit, draft)
                filings.append(filing)
                rows.append(outcome(filing))
        for find in order.finds:
            if isinstance(find, Withdrawal):
                self._withdraw(find, draft)  # last: its story may have grown in this chunk
        return Decided(
            filings=filings,
            taken=Taken(counts=counts_of(rows, filings), rows=tuple(rows)),
            tellings=draft.handed_over(draft.tellings),
            notices=draft.handed_over(draft.notices),
        )

    def _reading(self, find: Article, reading: Reading | None) -> Reading:
        """The given one, unless the rules have changed since."""
        if reading is None or reading.rules != self._tagger.hash:
            return read(find, self._tagger)
        return reading

    def _file(self, reading: Reading, visit: VisitContext, draft: Draft) -> Filing:
        article, tags, fp = reading.article, reading.tags, reading.fingerprint
        own = article_id(article.url)
        known = draft.filed.get(own) or draft.known.get(article.url)
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

    def _new(
        self,
        article: Article,
        own: str,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: Draft,
    ) -> Filing:
        placement = self._index.place(article, fp, own)
        story = placement.story_id or story_id(own)
        # An article never met before opens a story that nobody can have told of.
        standing = self._standing(story, draft) if placement.story_id else None
        is_copy = placement.relation is Relation.COPY
        owner = visit.source.outlet.owner
        new_report = standing is not None and not is_copy and owner not in standing.story.owners
        reports = self._index.reports(story) if standing else ()
        corrected = any(one.owner == owner for one in reports) and is_correction(article.title, article.text)
        note = "" if is_copy or standing is None else added(article.title, fp, reports)
        sighting = Sighting(
            article_id=own,
            story_id=story,
            relation=placement.relation,
            evidence=placement.evidence,
            copy_of=placement.copy_of,
            regrouped=placement.regrouped,
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
            corrected=corrected,
            note=f"{article.outlet_name or article.outlet} corrects itself: {article.title}" if corrected else note,
            follows=placement.follows,
        )

    def _revised(
        self,
        article: Article,
        known: Filed,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: Draft,
    ) -> Filing:
        """A revision keeps its story: people were told under it."""
        sighting = Sighting(
            article_id=known.article_id,
            story_id=known.story_id,
            relation=Relation.COPY if known.copy_of else Relation.JOINED,
            evidence=Evidence(rule="a revision keeps its story", compared_with=known.article_id),
            copy_of=known.copy_of,
            regrouped=known.regrouped,
        )
        before = self._archive.article(article.url)
        note = exchanged(before[1], known.fingerprint, article, fp) if before else ""
        retitled = fp.content_hash != known.fingerprint.content_hash and article.title != known.title
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
            former_title=known.title if retitled else "",
            corrected=bool(note or retitled) and not self._follows_another(known),
            note=note,
        )

    def _filing(
        self,
        article: Article,
        own: str,
        fp: Fingerprint,
        tags: Sequence[Tag],
        visit: VisitContext,
        draft: Draft,
        *,
        disposition: Disposition,
        revision: int,
        sighting: Sighting,
        standing: Standing | None,
        new_report: bool,
        former_title: str = "",
        corrected: bool = False,
        note: str = "",
        follows: str = "",
    ) -> Filing:
        now = self._clock.now()
        owner = visit.source.outlet.owner
        story = story_after(standing, article, owner, sighting, disposition, former_title, follows)
        matches = matches_of(article, own, story.id, tags, self._titles, now)
        tags_told = telling_of(standing, tags)
        quiet = not tags_told or (disposition is Disposition.COPY and not matches)
        if quiet:
            addressed = Addressed()
        else:
            occasion = self._occasion(
                article,
                own,
                story,
                tags_told,
                visit,
                draft,
                new_report=new_report,
                corrected=corrected,
                note=note,
                told=standing.told if standing else {},
            )
            addressed = address(occasion, self._terms(draft), now)
        draft.notices += addressed.notices
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
            amendments=addressed.amendments,
            relied=addressed.relied,
            built_on=standing.story.revision if standing else 0,
        )
        self._remember(filing, standing, visit, draft)
        return filing

    def _occasion(
        self,
        article: Article,
        own: str,
        story: Story,
        tags: tuple[Tag, ...],
        visit: VisitContext,
        draft: Draft,
        *,
        new_report: bool,
        corrected: bool,
        note: str,
        told: Mapping[str, Told],
    ) -> Occasion:
        """What there is to tell, and of what: the story as a whole, and this report of it alone."""
        country = visit.source.outlet.country
        countries = frozenset({country, *(self._countries.get(outlet, "") for outlet in story.outlets)})
        facts = Facts(
            story_id=story.id,
            follows=story.follows,
            tags=tags,
            languages=frozenset({article.language, story.language}),
            outlets=frozenset(story.outlets),
            countries=countries,
        )
        report = replace(
            facts,
            languages=frozenset({article.language}),
            outlets=frozenset({article.outlet}),
            countries=frozenset({country}),
        )
        return Occasion(
            article=article,
            article_id=own,
            story=story,
            facts=facts,
            report=report,
            silences=draft.silences,
            new_report=new_report,
            corrected=corrected,
            note=note,
            first_visit=visit.state.first_visit and not visit.source.backfill,
            told=told,
            source=visit.source.id,
            careful=visit.source.id if visit.state.health.state is HealthState.SELECTOR_BROKEN else "",
        )

    def _standing(self, story: str, draft: Draft) -> Standing | None:
        return draft.standings.get(story) or self._archive.standing(story)

    def _remember(self, filing: Filing, standing: Standing | None, visit: VisitContext, draft: Draft) -> None:
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
            regrouped=filing.sighting.regrouped,
        )
        draft.filed[filing.article_id] = filed
        self._index.add(filed)
        draft.standings[filing.story.id] = standing_after(standing, filing)
        if filing.deliveries:
            self._terms(draft).traffic.count(filing.deliveries, visit.source.id)

    def _terms(self, draft: Draft) -> Terms:
        """What to decide by; how much was told lately is read once a chunk, if at all."""
        if draft.traffic is None:
            draft.traffic = self._archive.traffic(self._clock.now(), hourly=self._capped)
        return Terms(routes=self._routes, policy=self._policy, traffic=draft.traffic)

    def _withdraw(self, find: Withdrawal, draft: Draft) -> None:
        """Those who were told of an article hear that it is gone."""
        known = self._archive.article(find.url)
        if known is None or known[1].withdrawn_at is not None:
            return
        filed, article = known
        standing = self._standing(filed.story_id, draft)
        if standing is None:
            return
        reports = self._index.reports(filed.story_id)
        others = any(r.owner == filed.owner and r.article_id != filed.article_id and not r.copy_of for r in reports)
        outlet = article.outlet_name or article.outlet
        told = withdrawn(standing, filed, outlet=outlet, others=others, terms=self._terms(draft), now=self._clock.now())
        draft.tellings.append(replace(told, built_on=standing.story.revision))
        draft.standings[filed.story_id] = replace(standing, story=told.story)

    def _follows_another(self, known: Filed) -> bool:
        """A copy of what was published before. What was seen first is the origin only until it shows
        that the other text is older: a correction there is the origin's own."""
        if not known.copy_of:
            return False
        reports = self._index.reports(known.story_id)
        origin = next((report for report in reports if report.article_id == known.copy_of), None)
        return origin is None or origin.at <= (known.published_at or known.fetched_at)

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


__all__ = ["Intake", "Order", "Outcome", "Taken", "VisitContext"]

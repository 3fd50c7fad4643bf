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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from types import MappingProxyType

from news.alert import Policy, Route, Told
from news.article import Article, Disposition, Rejection, Withdrawal
from news.clock import Clock
from news.errors import Outdated
from news.failpoint import reach
from news.filing import Chunk, Filed, Filing, Standing
from news.health import HealthState
from news.notice import Notice
from news.outlet import SourceState
from news.ports import Archive, Silences
from news.story import Sighting, Story
from news.tag import Tag
from news.visit import Find
from pipelines.alerting import Addressed, Occasion, Terms, address
from pipelines.facts import Facts
from pipelines.grouping import GroupingSettings, Held, LiveStory, StoryIndex
from pipelines.growth import standing_after, story_after
from pipelines.growth import telling as telling_of
from pipelines.keyfacts import exchanged
from pipelines.matching import matches_of
from pipelines.notices import told
from pipelines.order import Change, Decided, Draft, Order, Readings, VisitContext
from pipelines.outcome import Outcome, Taken, counts_of, outcome, refused
from pipelines.outcome import withdrawn as withdrawn_row
from pipelines.placing import Placed, Placing
from pipelines.reading import Reading, read
from pipelines.rereading import rereads_of
from pipelines.sourcelife import state_after
from pipelines.tagging.tagger import Tagger
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
            known = self._archive.filed_among(urls)
            try:
                placed = self._place_all(orders, Placing(self._index, known))
                draft = Draft(
                    standings=dict(self._archive.standings(_grown(chain.from_iterable(placed)))),
                    silences=self._silences.active(self._clock.now()) if self._silences else (),
                )
                return [self._decide(order, part, draft) for order, part in zip(orders, placed, strict=True)]
            except BaseException:
                self._index.undo()
                raise

    def _place_all(self, orders: Sequence[Order], placing: Placing) -> list[list[Placed | None]]:
        """Beside each find its article in its story, if it is one. All are read before the first is placed:
        either work has a memory of its own, which the other drives out of the processor's."""
        readings = [self._readings(order) for order in orders]
        return [
            [placing.place(one, order.visit.source.outlet.owner) if one else None for one in part]
            for order, part in zip(orders, readings, strict=True)
        ]

    def _decide(self, order: Order, placed: Sequence[Placed | None], draft: Draft) -> Decided:
        filings: list[Filing] = []
        rows: list[Outcome] = []
        for find, one in zip(order.finds, placed, strict=True):
            if isinstance(find, Rejection):
                rows.append(refused(find))
            elif isinstance(find, Withdrawal):
                rows.append(withdrawn_row(find))
            elif one is not None:
                filing = self._file(one, order.visit, draft)
                filings.append(filing)
                rows.append(outcome(filing))
        for find in order.finds:
            if isinstance(find, Withdrawal):
                self._withdraw(find, draft)  # last: its story may have grown in this chunk
        tellings = draft.handed_over(draft.tellings)
        return Decided(
            filings=filings,
            taken=Taken(counts=counts_of(rows, filings, tellings), rows=tuple(rows)),
            tellings=tellings,
            notices=draft.handed_over(draft.notices),
        )

    def _readings(self, order: Order) -> list[Reading | None]:
        """Beside each find its reading, if it is an article."""
        given = chain(order.readings, repeat(None))
        return [
            self._reading(find, known) if isinstance(find, Article) else None
            for find, known in zip(order.finds, given, strict=False)
        ]

    def _reading(self, find: Article, given: Reading | None) -> Reading:
        """The given one, unless the rules have changed since."""
        if given is None or given.rules != self._tagger.hash:
            return read(find, self._tagger)
        return given

    def _file(self, placed: Placed, visit: VisitContext, draft: Draft) -> Filing:
        if placed.sighting is None:
            return Filing(
                article_id=placed.article_id,
                disposition=Disposition.REPEAT,
                article=placed.article,
                revision=placed.revision,
                fingerprint=placed.reading.fingerprint,
            )
        standing = None if placed.opens else draft.standings.get(placed.sighting.story_id)
        if placed.known is None:
            change = self._report(placed, standing, visit.source.outlet.owner)
        else:
            change = self._revision(placed, placed.known)
        return self._filing(placed, placed.sighting, standing, change, visit, draft)

    def _report(self, placed: Placed, standing: Standing | None, owner: str) -> Change:
        """What an article never met before brings to its story."""
        if standing is None:
            return Change()
        article = placed.article
        correction = f"{article.outlet_name or article.outlet} corrects itself: {article.title}"
        return Change(
            new_report=placed.disposition is not Disposition.COPY and owner not in standing.story.owners,
            corrected=placed.corrects,
            note=correction if placed.corrects else placed.says_new,
        )

    def _revision(self, placed: Placed, known: Filed) -> Change:
        """What an outlet's edit changed."""
        article, fp = placed.article, placed.reading.fingerprint
        before = self._archive.article(article.url)
        note = exchanged(before[1], known.fingerprint, article, fp) if before else ""
        retitled = fp.content_hash != known.fingerprint.content_hash and article.title != known.title
        return Change(
            corrected=bool(note or retitled) and not _follows_another(known, placed.origin),
            note=note,
            former_title=known.title if retitled else "",
        )

    def _filing(
        self,
        placed: Placed,
        sighting: Sighting,
        standing: Standing | None,
        change: Change,
        visit: VisitContext,
        draft: Draft,
    ) -> Filing:
        now = self._clock.now()
        owner = visit.source.outlet.owner
        article, tags = placed.article, placed.reading.tags
        story = story_after(standing, article, owner, sighting, placed.disposition, change.former_title, placed.follows)
        matches = matches_of(article, placed.article_id, story.id, tags, self._titles, now)
        tags_told = telling_of(standing, tags)
        if not tags_told or (placed.disposition is Disposition.COPY and not matches):
            addressed = Addressed()
        else:
            told = standing.told if standing else {}
            occasion = self._occasion(placed, story, tags_told, change, told, visit, draft)
            addressed = address(occasion, self._terms(draft), now)
        draft.notices += addressed.notices
        filing = Filing(
            article_id=placed.article_id,
            disposition=placed.disposition,
            article=article,
            revision=placed.revision,
            fingerprint=placed.reading.fingerprint,
            sighting=sighting,
            story=story,
            tags=tuple(tags),
            matches=matches,
            alerts=addressed.alerts,
            deliveries=addressed.deliveries,
            former_title=change.former_title,
            owner=owner,
            amendments=addressed.amendments,
            relied=addressed.relied,
            built_on=standing.story.revision if standing else 0,
        )
        draft.standings[story.id] = standing_after(standing, filing)
        if filing.deliveries:
            self._terms(draft).traffic.count(filing.deliveries, visit.source.id)
        return filing

    def _occasion(
        self,
        placed: Placed,
        story: Story,
        tags: tuple[Tag, ...],
        change: Change,
        told: Mapping[str, Told],
        visit: VisitContext,
        draft: Draft,
    ) -> Occasion:
        """What there is to tell, and of what: the story as a whole, and this report of it alone."""
        article = placed.article
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
            article_id=placed.article_id,
            story=story,
            facts=facts,
            report=report,
            silences=draft.silences,
            new_report=change.new_report,
            corrected=change.corrected,
            note=change.note,
            first_visit=visit.state.first_visit and not visit.source.backfill,
            told=told,
            source=visit.source.id,
            careful=visit.source.id if visit.state.health.state is HealthState.SELECTOR_BROKEN else "",
        )

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
        name = filed.story_id
        standing = draft.standings.get(name) or self._archive.standings([name]).get(name)
        if standing is None:
            return
        others = _has_another(self._index.story(name), filed)
        outlet = article.outlet_name or article.outlet
        told = withdrawn(standing, filed, outlet=outlet, others=others, terms=self._terms(draft), now=self._clock.now())
        draft.tellings.append(replace(told, built_on=standing.story.revision))
        draft.standings[name] = replace(standing, story=told.story)

    def _state_after(
        self, visit: VisitContext, filings: Sequence[Filing]
    ) -> tuple[SourceState | None, tuple[Notice, ...]]:
        """The source's state to be written with the last chunk, and what operators are to hear of it."""
        if visit.end is None:
            return None, ()
        times = [f.article.published_at or f.article.fetched_at for f in filings]
        times += [visit.newest_at] if visit.newest_at else []
        after = state_after(visit.source, visit.state, visit.end, times, visit.next_due_at, self._clock.now())
        health, notice = told(visit.source, visit.state, after)
        state = after if health is after.health else replace(after, health=health)
        return state, (notice,) if notice else ()


def _grown(placed: Iterable[Placed | None]) -> set[str]:
    """The stories that were there already."""
    return {one.sighting.story_id for one in placed if one and one.sighting and not one.opens}


def _has_another(story: LiveStory | None, filed: Filed) -> bool:
    """Does the article's owner have a report of its own in the story besides it?"""
    reports = story.articles.values() if story else ()
    return any(r.owner == filed.owner and r.article_id != filed.article_id and not r.copy_of for r in reports)


def _follows_another(known: Filed, origin: Held | None) -> bool:
    """A copy of what was published before. What was seen first is the origin only until it shows
    that the other text is older: a correction there is the origin's own."""
    if not known.copy_of:
        return False
    return origin is None or origin.at <= (known.published_at or known.fetched_at)


__all__ = ["Intake", "Order", "Outcome", "Taken", "VisitContext"]

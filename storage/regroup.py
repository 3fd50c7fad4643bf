"""Stories put together or apart by hand, in one transaction each.

What moved gets a new sequence number, so every running intake learns of it with its next chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, delete, or_, select, update

from news.alert import Alert, Told
from news.article import Article
from news.delivery import OPEN_STATES, DeliveryState
from news.errors import NewsError, UnknownName
from news.filing import Filed, Standing
from news.history import Show
from news.match import Match
from news.regrouping import Join, Part, Parting
from news.story import Evidence, Relation, Sighting, Story
from storage import tables as t
from storage.codec import dumps, loads
from storage.engine import put, reading, writing
from storage.filing import next_sequences
from storage.history import heir_of
from storage.standing import standings_of, told_of
from storage.telling import traffic
from storage.telling import write as write_telling

_MERGED, _SPLIT = "merged by hand", "split off by hand"
_UNSENT = [state.value for state in (DeliveryState.HELD, DeliveryState.READY)]
_UNSAID = [DeliveryState.CANCELLED.value, DeliveryState.SUPERSEDED.value]
_TOLD = [DeliveryState.DELIVERED.value, *(state.value for state in OPEN_STATES)]


class SqlRegrouping:
    """The Regrouping port over SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def resolve(self, name: str) -> str:
        with reading(self._engine) as connection:
            return resolve(connection, name)

    def merge(self, one: str, other: str, now: datetime, join: Join) -> str:
        with writing(self._engine) as connection:
            first, second = _story(connection, one), _story(connection, other)
            if first.id == second.id:
                raise NewsError(f"{one} and {other} are the same story already: {first.id}. Nothing was changed.")
            kept, gone = sorted((first, second), key=lambda story: (story.first_seen_at, story.id))
            _supersede(connection, kept.id, gone.id, now, begun=True)
            staying = _tell_joined(connection, kept, gone, now, join)
            moved = _articles(connection, t.articles.c.story_id == gone.id)
            _move(connection, moved, kept.id, _MERGED)
            _move_told(connection, gone.id, kept.id, staying)
            _move_matches(connection, gone.id, kept.id, {row["article_id"] for row in moved})
            connection.execute(delete(t.stories).where(t.stories.c.story_id == gone.id))
            _write_story(connection, kept)
            aliases = t.story_aliases
            connection.execute(update(aliases).where(aliases.c.story_id == gone.id).values(story_id=kept.id))
            put(connection, aliases, {"alias": gone.id, "story_id": kept.id, "at": now})
            _link(connection, "must", kept.id, gone.id, now)
            return kept.id

    def split(self, name: str, urls: Sequence[str], new_id: str, now: datetime, *, part: Part, show: Show) -> str:
        with writing(self._engine) as connection:
            story = _story(connection, name)
            rows = _articles(connection, t.articles.c.story_id == story.id)
            missing = sorted(set(urls) - {row["url"] for row in rows})
            if missing:
                raise UnknownName(f"article of {story.id}", missing[0], [row["url"] for row in rows])
            moved = [row for row in rows if row["url"] in urls]
            if len(moved) == len(rows):
                raise NewsError(f"these are all articles of {story.id}; one at least has to stay. Nothing was changed.")
            names = {row["article_id"] for row in moved}
            before = _standing(connection, story.id)
            _move(connection, moved, new_id, _SPLIT)
            for row in connection.execute(select(t.alerts).where(t.alerts.c.story_id == story.id)).mappings().all():
                if loads(Alert, row["doc"]).article_id in names:
                    _move_alert(connection, row, new_id)
            _move_matches(connection, story.id, new_id, names)
            _write_story(connection, replace(story, id=new_id, revision=0))
            _write_story(connection, story)
            for one in (story.id, new_id):
                _fill_matches(connection, one, show)
            parting = Parting(
                before=before,
                left=_standing(connection, story.id),
                fresh=_standing(connection, new_id),
                reports=tuple((loads(Filed, row["filed"]), loads(Article, row["article"])) for row in moved),
                backlog=not before.told and _is_backlog(connection, (story.id, new_id)),
            )
            for telling in part(parting, traffic(connection, now), now):
                write_telling(connection, telling.alerts, telling.deliveries, telling.amendments, telling.relied)
            _link(connection, "cannot", story.id, new_id, now)
            return new_id


def resolve(connection: Connection, name: str) -> str:
    """A story's id, for its id, an old one, or an unambiguous beginning of either; '' if there is none."""
    found = set(
        connection.scalars(
            select(t.stories.c.story_id).where(t.stories.c.story_id.startswith(name, autoescape=True)).limit(2)
        )
    )
    aliases = t.story_aliases
    old = select(aliases.c.story_id).where(aliases.c.alias.startswith(name, autoescape=True)).limit(2)
    found |= set(connection.scalars(old))
    return found.pop() if len(found) == 1 else ""


def _story(connection: Connection, name: str) -> Story:
    found = resolve(connection, name)
    doc = connection.scalar(select(t.stories.c.doc).where(t.stories.c.story_id == found)) if found else None
    if doc is None:
        latest = select(t.stories.c.story_id).order_by(t.stories.c.last_seen_at.desc()).limit(50)
        raise UnknownName("story", name, connection.scalars(latest).all())
    return loads(Story, doc)


def _articles(connection: Connection, where: object) -> Sequence[RowMapping]:
    return connection.execute(select(t.articles).where(where)).mappings().all()  # type: ignore[arg-type]


def _move(connection: Connection, rows: Sequence[RowMapping], story_id: str, why: str) -> None:
    """Articles with their tags go over, and say that a person moved them: placing goes by that. The
    opener of a story tells why it opens none any more, and what a person moved before, of the last time."""
    first = next_sequences(connection, len(rows)).start
    for offset, row in enumerate(sorted(rows, key=lambda row: row["sequence"])):
        filed = replace(loads(Filed, row["filed"]), story_id=story_id, sequence=first + offset, regrouped=True)
        told = loads(Sighting, row["sighting"])
        sighting = replace(told, story_id=story_id, regrouped=True)
        if told.relation is Relation.OPENED or told.evidence.rule in (_MERGED, _SPLIT):
            evidence = Evidence(rule=why, compared_with=sighting.evidence.compared_with)
            sighting = replace(sighting, relation=Relation.JOINED, evidence=evidence)
        where = t.articles.c.article_id == row["article_id"]
        values = {"story_id": story_id, "sequence": filed.sequence}
        connection.execute(
            update(t.articles).where(where).values(**values, filed=dumps(filed), sighting=dumps(sighting))
        )
        tags = t.tags.c.article_id == row["article_id"]
        connection.execute(update(t.tags).where(tags).values(story_id=story_id))


def _supersede(connection: Connection, story_id: str, other: str, now: datetime, *, begun: bool = False) -> None:
    """Who was told of the other story, or (unless it must have `begun`) is about to be, is not told
    anew of this one. What takes back something is told all the same."""
    d = t.deliveries.c
    known = [state for state in _TOLD if state not in _UNSENT] if begun else _TOLD
    told = select(d.endpoint).where(d.story_id == other, d.state.in_(known))
    endpoints = set(connection.scalars(told))
    where = (d.story_id == story_id, d.state.in_(_UNSENT), d.endpoint.in_(sorted(endpoints)))
    values = {"state": DeliveryState.SUPERSEDED.value, "reason": f"merged with {other}", "settled_at": now}
    connection.execute(update(t.deliveries).where(*where).values(**values))


def _tell_joined(connection: Connection, kept: Story, gone: Story, now: datetime, join: Join) -> set[str]:
    """Tell those who were told of both; the endpoints whose thread of the younger story stays its own."""
    older = Standing(story=kept, told=_threads(connection, kept.id))
    younger = Standing(story=gone, told=_threads(connection, gone.id))
    joined = join(older, younger, traffic(connection, now), now)
    _supersede(connection, gone.id, kept.id, now)
    telling = joined.telling
    write_telling(connection, telling.alerts, telling.deliveries, telling.amendments, telling.relied)
    staying = set(younger.told) - set(joined.moving)
    for endpoint in sorted(staying & set(older.told)):
        _count_as_told(connection, kept.id, older.told[endpoint], younger.told[endpoint])
    return staying


def _threads(connection: Connection, story_id: str) -> dict[str, Told]:
    """What was told under this story. Who counts as told since before it was split off has no thread."""
    d = t.deliveries.c
    sent = or_(d.state != DeliveryState.FOLDED.value, d.folded_into != "")
    own = set(connection.scalars(select(d.endpoint).where(d.story_id == story_id, sent)))
    return {endpoint: told for endpoint, told in told_of(connection, [story_id])[story_id].items() if endpoint in own}


def _count_as_told(connection: Connection, story_id: str, here: Told, there: Told) -> None:
    """What an endpoint was told in the other thread is not told it again in this one."""
    d = t.deliveries.c
    own = (d.story_id == story_id, d.endpoint == here.endpoint, d.state.not_in(_UNSAID))
    first = connection.scalar(select(d.id).where(*own).order_by(d.created_at).limit(1))
    values = {"rules": "\n".join(sorted({*here.rules, *there.rules})), "owners": max(here.owners, there.owners)}
    connection.execute(update(t.deliveries).where(d.id == first).values(**values))


def _move_told(connection: Connection, gone: str, kept: str, staying: set[str]) -> None:
    """Alerts are the older story's from now on, and so are the threads, but for those that stay. A
    member of a digest is in no thread; the digest tells the story there is."""
    for row in connection.execute(select(t.alerts).where(t.alerts.c.story_id == gone)).mappings().all():
        _rename_alert(connection, row, kept)
    d = t.deliveries.c
    moving = or_(d.endpoint.not_in(sorted(staying)), d.state == DeliveryState.FOLDED.value)
    connection.execute(update(t.deliveries).where(d.story_id == gone, moving).values(story_id=kept))


def _move_alert(connection: Connection, row: RowMapping, story_id: str) -> None:
    _rename_alert(connection, row, story_id)
    where = t.deliveries.c.alert_id == row["alert_id"]
    connection.execute(update(t.deliveries).where(where).values(story_id=story_id))


def _rename_alert(connection: Connection, row: RowMapping, story_id: str) -> None:
    alert = replace(loads(Alert, row["doc"]), story_id=story_id)
    where = t.alerts.c.alert_id == alert.id
    connection.execute(update(t.alerts).where(where).values(story_id=story_id, doc=dumps(alert)))


def _move_matches(connection: Connection, old: str, new: str, articles: set[str]) -> None:
    """A rule's finding goes with its article; the better one stays where both stories have one."""
    m = t.matches.c
    for row in connection.execute(select(t.matches).where(m.story_id == old)).mappings().all():
        match = loads(Match, row["doc"])
        if match.article_id not in articles:
            continue
        connection.execute(delete(t.matches).where(m.story_id == old, m.rule == row["rule"]))
        held = connection.scalar(select(m.score).where(m.story_id == new, m.rule == row["rule"]))
        if held is None or held < row["score"]:
            doc = dumps(replace(match, story_id=new))
            put(connection, t.matches, {"story_id": new, "rule": row["rule"], "score": row["score"], "doc": doc})


def _standing(connection: Connection, story_id: str) -> Standing:
    return standings_of(connection, [story_id])[story_id]


def _fill_matches(connection: Connection, story_id: str, show: Show) -> None:
    """A rule whose best match is gone gets the next best; one that has a match keeps it."""
    m, g = t.matches.c, t.tags.c
    matched = set(connection.scalars(select(m.rule).where(m.story_id == story_id)))
    for rule in set(connection.scalars(select(g.rule).where(g.story_id == story_id).distinct())) - matched:
        heir = heir_of(connection, story_id, rule, show)
        if heir is not None:
            row = {"story_id": story_id, "rule": rule, "score": heir.tag.score, "doc": dumps(heir)}
            put(connection, t.matches, row)


def _is_backlog(connection: Connection, stories: Sequence[str]) -> bool:
    """A first visit found it, and nobody was told on purpose."""
    a = t.alerts.c
    found = select(a.alert_id).where(a.story_id.in_(stories), a.suppressed == "first_visit").limit(1)
    return connection.execute(found).first() is not None


def _write_story(connection: Connection, story: Story) -> None:
    """The story as its articles make it."""
    rows = connection.scalars(select(t.articles.c.filed).where(t.articles.c.story_id == story.id))
    filed = sorted((loads(Filed, doc) for doc in rows), key=lambda one: (one.fetched_at, one.article_id))
    first = min(filed, key=lambda one: (min(one.published_at or one.fetched_at, one.fetched_at), one.article_id))
    retitled = story if any(one.title == story.title for one in filed) else replace(story, title=first.title)
    after = replace(
        retitled,
        language=first.language if retitled is not story else story.language,
        revision=story.revision + 1,
        first_seen_at=min(first.published_at or first.fetched_at, first.fetched_at),
        last_seen_at=max(one.fetched_at for one in filed),
        article_count=len(filed),
        outlets=tuple(dict.fromkeys(one.outlet for one in filed)),
        owners=_owners(filed),
    )
    put(connection, t.stories, {"story_id": after.id, "last_seen_at": after.last_seen_at, "doc": dumps(after)})


def _owners(filed: Sequence[Filed]) -> tuple[str, ...]:
    """Each text counts for the owner of its origin; where that is in another story now, of its first copy here."""
    origins = {one.article_id for one in filed if not one.copy_of}
    texts: dict[str, str] = {}
    for one in filed:
        if one.copy_of not in origins:
            texts.setdefault(one.copy_of or one.article_id, one.owner)
    return tuple(dict.fromkeys(texts.values()))


def _link(connection: Connection, kind: str, one: str, other: str, now: datetime) -> None:
    put(connection, t.story_links, {"kind": kind, "one": one, "other": other, "at": now})

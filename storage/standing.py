"""What has been made of stories: their tags, and what was told of them. Of many at once: asking costs more
than what comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, func, select

from news.alert import AlertKind, Told
from news.delivery import OPEN_STATES, DeliveryState
from news.filing import Standing
from news.tag import Tag, Verdict
from storage import tables as t
from storage.batches import batches
from storage.documents import STORY, TAG

UNSAID = [DeliveryState.CANCELLED.value, DeliveryState.SUPERSEDED.value]
_OPEN = [state.value for state in OPEN_STATES]
_SAYING = [verdict.value for verdict in Verdict if verdict is not Verdict.NONE]
_KINDS = frozenset(kind.value for kind in AlertKind)

# Statements are made once: making one costs more than running it.
_WANTED: BindParameter[str] = bindparam("stories", expanding=True)
_STORIES = select(t.stories.c.story_id, t.stories.c.doc).where(t.stories.c.story_id.in_(_WANTED))
_BEST_SCORES = (
    select(t.tags.c.story_id, t.tags.c.rule, t.tags.c.verdict, func.max(t.tags.c.score).label("score"))
    .where(t.tags.c.story_id.in_(_WANTED), t.tags.c.verdict.in_(_SAYING))
    .group_by(t.tags.c.story_id, t.tags.c.rule, t.tags.c.verdict)
)
_BEST_TAG = (
    select(t.tags.c.article_id, t.tags.c.doc)
    .where(
        t.tags.c.story_id == bindparam("story"),
        t.tags.c.rule == bindparam("rule"),
        t.tags.c.verdict == bindparam("verdict"),
        t.tags.c.score == bindparam("score"),
    )
    .order_by(t.tags.c.article_id)
    .limit(1)
)
_NAMES = (
    "story_id",
    "id",
    "endpoint",
    "rules",
    "state",
    "attempt_count",
    "created_at",
    "ready_at",
    "kind",
    "fold",
    "owners",
    "route",
)
_TOLD = (
    select(*(t.deliveries.c[name] for name in _NAMES))
    .where(t.deliveries.c.story_id.in_(_WANTED), t.deliveries.c.state.not_in(UNSAID))
    .order_by(t.deliveries.c.created_at)
)


def standings_of(connection: Connection, story_ids: Collection[str]) -> dict[str, Standing]:
    """Of those stories that there are, inside a transaction. One that cannot be read is not among them: its next
    report begins it anew under the same id, and what was told of it has its messages' ids still."""
    found: dict[str, Standing] = {}
    for part in batches(sorted(story_ids)):
        stories = connection.execute(_STORIES, {"stories": part}).all()
        if not stories:
            continue
        tags, told = _best_tags(connection, part), told_of(connection, part)
        for name, doc in stories:
            story = STORY.one(connection, doc, name)
            if story is not None:
                found[name] = Standing(story=story, tags=tags[name], told=told[name])
    return found


def told_of(connection: Connection, story_ids: Collection[str]) -> defaultdict[str, dict[str, Told]]:
    """By story, then by endpoint. What was cancelled or overtaken was not told; what cannot be read in full was."""
    told: defaultdict[str, dict[str, Told]] = defaultdict(dict)
    for row in connection.execute(_TOLD, {"stories": list(story_ids)}):
        before = told[row.story_id].get(row.endpoint)
        rules = set(before.rules if before else ()) | set(filter(None, row.rules.split("\n")))
        waiting = row.state in _OPEN and row.attempt_count == 0 and row.ready_at is not None
        told[row.story_id][row.endpoint] = Told(
            endpoint=row.endpoint,
            rules=tuple(sorted(rules)),
            last_created_at=row.created_at or t.EPOCH,
            open_delivery=row.id if waiting else "",
            open_kind=AlertKind(row.kind) if row.kind in _KINDS else AlertKind.MATCHED,
            open_ready_at=row.ready_at if waiting else None,
            fold=row.fold if waiting else "",
            owners=max(row.owners, before.owners if before else 0),
            route=before.route if before else row.route,
        )
    return told


def _best_tags(connection: Connection, story_ids: Collection[str]) -> defaultdict[str, dict[str, Tag]]:
    """By story, the best tag of each rule with something to say, by the measure of who decides (pipelines/growth.py).
    Only the best ones' documents are read: a story may have thousands of reports."""
    bests = connection.execute(_BEST_SCORES, {"stories": story_ids}).mappings().all()
    best = {(row["story_id"], row["rule"]): row for row in sorted(bests, key=_weight)}
    found: defaultdict[str, dict[str, Tag]] = defaultdict(dict)
    for (story, rule), row in best.items():
        key = {"story": story, "rule": rule, "verdict": row["verdict"], "score": row["score"]}
        article, doc = connection.execute(_BEST_TAG, key).one()
        tag = TAG.one(connection, doc, article, rule)
        if tag is not None:
            found[story][rule] = tag
    return found


def _weight(row: RowMapping) -> tuple[bool, float, bool]:
    """What tells before what does not, then the higher score; of equals the match."""
    verdict = Verdict(row["verdict"])
    return verdict is not Verdict.REVIEW, row["score"], verdict is Verdict.MATCH

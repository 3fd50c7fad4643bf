"""A story with its matches -> who is told what, and when; or why nobody is.

nothing told yet, some rule tells       -> MATCHED
told, and a threshold of owners is met  -> CONFIRMED, at once; may go to others too
told, another owner or a new key fact   -> UPDATED, at least update_wait after the last message
told, and edited in substance           -> CORRECTED
a message still waits to be sent        -> nothing: it is rendered with the story as it then is
a copy, a repeat, an edit of words      -> nothing (counters only)

When each goes out, and whether alone, is decided in `pipelines.slots`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from news.alert import AMENDING, Alert, AlertKind, Policy, Route, Told, Weight
from news.article import Article
from news.delivery import Amendment, Delivery, DeliveryState, delivery_id
from news.fold import Why, parts
from news.notice import Notice
from news.silence import Silence
from news.story import Story
from news.timetable import Severity
from news.traffic import Traffic
from pipelines.facts import Facts, fitting
from pipelines.importance import severity, uninhibited
from pipelines.normalise import alert_id, notice_id
from pipelines.silencing import unsilenced
from pipelines.slots import Slot, Wish, slot

OLD_NEWS = timedelta(hours=24)
"""Published longer before it was fetched than this is no news (delivery contract, 3)."""
STRETCH, LONGEST_STRETCH = timedelta(seconds=30), timedelta(minutes=30)
"""An update that waits waits so much longer with each further report, up to the limit (as Sentry's digests do)."""

_STRENGTH = (AlertKind.UPDATED, AlertKind.MATCHED, AlertKind.CONFIRMED, AlertKind.CORRECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What has just happened to a story.

    `facts` are the whole story's, `report` those of the article just read; `new_report`: by an
    owner with no text of its own in the story before; `corrected`: one of its articles was edited
    in substance; `note` says what is new in words, and is itself worth an update; `first_visit`:
    the source is being read the first time and does not want its backlog told; `silences` are
    those in force; `source` is the one that brought the report, `careful` the same if its pages are read badly.
    """

    article: Article
    article_id: str
    story: Story
    facts: Facts
    report: Facts
    new_report: bool
    corrected: bool
    first_visit: bool
    told: Mapping[str, Told]
    note: str = ""
    silences: Sequence[Silence] = ()
    careful: str = ""
    source: str = ""

    @property
    def is_old(self) -> bool:
        """Published long before it was fetched, and nobody knows of it."""
        published = self.article.published_at
        return not self.told and published is not None and self.article.fetched_at - published > OLD_NEWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decisions are made by: routes, the policy for all, and what has been told lately."""

    routes: Sequence[Route]
    policy: Policy = Policy()
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Addressed:
    """Alerts (suppressed ones too) and the deliveries that carry them. `amendments` change
    deliveries that still wait; `relied` are those that will tell this without any change."""

    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    relied: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Want:
    """A wish with the rules it is for and where it ended up."""

    wish: Wish
    rules: tuple[str, ...]
    slot: Slot


def address(occasion: Occasion, terms: Terms, now: datetime) -> Addressed:
    """Decide for every route and endpoint. Each endpoint gets at most one delivery."""
    if not occasion.facts.tags:
        return Addressed()
    everything = tuple(sorted(tag.rule for tag in occasion.facts.tags))
    if not occasion.told and occasion.first_visit:
        return Addressed((alert_of(occasion, "", AlertKind.MATCHED, everything, now, "first_visit"),))
    hidden: dict[str, Alert] = {}
    wants: dict[str, list[_Want]] = {}
    for want in _wants(occasion, terms, now, hidden):
        wants.setdefault(want.wish.endpoint, []).append(want)
    alerts: dict[str, Alert] = {}
    deliveries = []
    for endpoint, listed in wants.items():
        alert, delivery = _told_together(occasion, listed, endpoint, now)
        told = occasion.told.get(endpoint)
        if told and told.open_delivery and told.fold and told.fold == delivery.fold and alert.kind not in AMENDING:
            continue  # the digest that it waits for tells the story as it then is
        alerts.setdefault(alert.id, alert)
        deliveries.append(delivery)
    if not alerts and not hidden and not occasion.told:
        hidden[""] = alert_of(occasion, "", AlertKind.MATCHED, everything, now, "no_route")
    amendments, relied = _waiting(occasion, {d.endpoint: d.kind for d in deliveries})
    return Addressed(
        (*alerts.values(), *hidden.values()), tuple(deliveries), amendments, relied, _busy(deliveries, now)
    )


def _wants(occasion: Occasion, terms: Terms, now: datetime, hidden: dict[str, Alert]) -> Iterator[_Want]:
    """What each route wants to send to each endpoint; what is kept from being told goes into `hidden`."""
    spoken = uninhibited(occasion.facts.tags, terms.policy.weights)
    facts = replace(occasion.facts, tags=spoken.tags)
    speaking = [tag.rule for tag in spoken.tags]
    for route in terms.routes:
        rules = fitting(route.criteria, facts)
        if not rules:
            inhibited = [r for r in fitting(route.criteria, occasion.facts) if r in spoken.inhibited]
            if inhibited and not occasion.told:
                by = spoken.inhibited[inhibited[0]]
                _hide(hidden, alert_of(occasion, route.id, AlertKind.MATCHED, tuple(inhibited), now, "inhibited", by))
            rules_told = _amended(occasion, route)
            if not rules_told:
                continue
            rules = rules_told
        for endpoint in dict.fromkeys((*route.endpoints, *route.confirm_to)):
            told = occasion.told.get(endpoint)
            kind = _kind(occasion, told, rules, route, endpoint, terms.policy)
            if kind is None:
                continue
            heard = unsilenced(speaking, occasion.report, occasion.silences, endpoint)
            left = rules if kind in AMENDING else tuple(sorted(set(rules) & set(heard.rules)))
            if not left:
                _hide(hidden, alert_of(occasion, route.id, kind, rules, now, "silenced", heard.hidden_by))
                continue
            yield _want(occasion, route, endpoint, kind, left, terms, now)


def _want(
    occasion: Occasion,
    route: Route,
    endpoint: str,
    kind: AlertKind,
    rules: tuple[str, ...],
    terms: Terms,
    now: datetime,
) -> _Want:
    tags = [tag for tag in occasion.facts.tags if tag.rule in rules]
    weights = terms.policy.weights
    wish = Wish(
        route=route,
        endpoint=endpoint,
        kind=kind,
        severity=severity(route, tags, kind, weights),
        told=occasion.told.get(endpoint),
        urgent=any(weights.get(rule, Weight()).urgent for rule in rules),
        late=occasion.is_old,
        source=occasion.careful,
        storm=_storming(occasion, terms),
    )
    return _Want(wish, rules, slot(wish, terms.policy, terms.traffic, now))


def _storming(occasion: Occasion, terms: Terms) -> str:
    """The report's source, if it has brought more stories in an hour than one source may."""
    most = terms.policy.per_source
    return occasion.source if most and terms.traffic.sources[occasion.source] >= most else ""


def _hide(hidden: dict[str, Alert], alert: Alert) -> None:
    hidden.setdefault(alert.id, alert)


def _amended(occasion: Occasion, route: Route) -> tuple[str, ...]:
    """A correction reaches those who were told along this route, whether it fits now or not."""
    if not occasion.corrected:
        return ()
    mine = [told for told in occasion.told.values() if route.id in told.route.split("+")]
    return tuple(sorted({rule for told in mine for rule in told.rules if rule}))


def _kind(
    occasion: Occasion, told: Told | None, rules: tuple[str, ...], route: Route, endpoint: str, policy: Policy
) -> AlertKind | None:
    owners = len(occasion.story.owners)
    first = route.confirmed or min(policy.confirmations, default=0)
    only_confirmed = endpoint not in route.endpoints
    if told is None:
        if only_confirmed or route.confirmed:
            return AlertKind.CONFIRMED if first and owners >= first else None
        return AlertKind.MATCHED
    is_first_waiting = bool(told.open_delivery) and told.open_kind in (AlertKind.MATCHED, AlertKind.CONFIRMED)
    if occasion.corrected:
        return None if is_first_waiting else AlertKind.CORRECTED
    if is_first_waiting and not told.fold:
        return None
    if any(told.owners < step <= owners for step in policy.confirmations) and (occasion.new_report or not told.fold):
        return AlertKind.CONFIRMED
    if told.open_delivery or only_confirmed or not route.updates:
        return None
    if occasion.new_report or occasion.note or set(rules) - set(told.rules):
        return AlertKind.UPDATED
    return None


def _told_together(occasion: Occasion, wants: list[_Want], endpoint: str, now: datetime) -> tuple[Alert, Delivery]:
    """Several routes to one endpoint make one message, of the strongest kind, at the earliest time;
    it goes alone if one of them would send it alone."""
    best = min(wants, key=lambda want: (bool(want.slot.fold), want.slot.ready_at))
    kind = max((want.wish.kind for want in wants), key=_STRENGTH.index)
    route = "+".join(dict.fromkeys(want.wish.route.id for want in wants))
    rules = tuple(sorted({rule for want in wants for rule in want.rules}))
    gravest = max((want.wish.severity for want in wants), key=lambda s: s.rank)
    alert = alert_of(occasion, route, kind, rules, now, gravest=gravest)
    return alert, delivery_of(alert, endpoint, best.slot, best.wish.route.expires_after)


def _waiting(occasion: Occasion, sent: Mapping[str, AlertKind]) -> tuple[tuple[Amendment, ...], tuple[str, ...]]:
    """What becomes of messages that still wait: an update is overtaken by a stronger message, or
    waits a little longer for each further report; all others will tell this as they are."""
    amendments, relied = [], []
    for told in occasion.told.values():
        if not told.open_delivery:
            continue
        stronger = sent.get(told.endpoint)
        if stronger is not None:
            if told.open_kind is AlertKind.UPDATED:
                reason = f"told with the message that it was {stronger.value}"
                state = DeliveryState.SUPERSEDED
                amendments.append(Amendment(delivery_id=told.open_delivery, state=state, reason=reason))
        elif occasion.new_report or occasion.corrected or occasion.note:
            relied.append(told.open_delivery)
            if told.open_kind is AlertKind.UPDATED and not told.fold and told.open_ready_at and occasion.new_report:
                later = min(told.open_ready_at + STRETCH, told.last_created_at + LONGEST_STRETCH)
                if later > told.open_ready_at:
                    amendments.append(Amendment(delivery_id=told.open_delivery, ready_at=later))
    return tuple(amendments), tuple(relied)


def _busy(deliveries: Sequence[Delivery], now: datetime) -> tuple[Notice, ...]:
    """One notice an hour for each cap that folds."""
    found = {}
    for delivery in deliveries:
        why, detail = parts(delivery.fold) if delivery.fold else (None, "")
        if why in (Why.BUSY, Why.STORM):
            kind, subject, text = _storm(detail) if why is Why.STORM else _cap(detail)
            told = notice_id(kind, detail, f"{now:%Y-%m-%d %H}")
            found[told] = Notice(id=told, kind=kind, subject=subject, text=text, at=now)
    return tuple(found.values())


def _cap(detail: str) -> tuple[str, str, str]:
    return (
        "route.busy",
        f"More than {detail}: the rest is folded into digests",
        "Nothing is lost. If this is no busy day, look for a source that repeats itself, or a rule "
        "that matches too much: marsad alerts list --state held",
    )


def _storm(source: str) -> tuple[str, str, str]:
    return (
        "source.storm",
        f"{source} brings more stories than alerts.per_source in an hour: the rest is folded into digests",
        "Nothing is lost, and other sources are told as ever. If this is no busy day, the source may repeat its "
        f"archive, or be in strange hands: marsad runs list --source {source}; to hide it: marsad silences add",
    )


def alert_of(
    occasion: Occasion,
    route: str,
    kind: AlertKind,
    rules: tuple[str, ...],
    now: datetime,
    why: str = "",
    by: str = "",
    gravest: Severity = Severity.NORMAL,
) -> Alert:
    """An alert of an occasion; with `why`, one that nobody is told."""
    story = occasion.story
    return Alert(
        id=alert_id(story.id, story.revision, route, f"{kind.value} {why}"),
        story_id=story.id,
        story_revision=story.revision,
        article_id=occasion.article_id,
        route=route,
        kind=kind,
        rules=tuple(sorted(rules)),
        created_at=now,
        suppressed=why,
        suppressed_by=by,
        note=occasion.note,
        severity=gravest,
    )


def delivery_of(alert: Alert, endpoint: str, when: Slot, expires_after: timedelta) -> Delivery:
    """The delivery that carries an alert to an endpoint."""
    return Delivery(
        id=delivery_id(alert.story_id, alert.story_revision, alert.kind, endpoint),
        alert_id=alert.id,
        story_id=alert.story_id,
        story_revision=alert.story_revision,
        kind=alert.kind,
        endpoint=endpoint,
        state=DeliveryState.HELD,
        created_at=alert.created_at,
        ready_at=when.ready_at,
        expires_at=when.ready_at + expires_after,
        route=alert.route,
        fold=when.fold,
    )

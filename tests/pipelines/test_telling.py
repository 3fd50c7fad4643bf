"""Stories, not noise, over a real store: G5, withdrawals, races, digests from intake to delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from news.alert import AlertKind, Policy, Route
from news.article import Withdrawal
from news.briefing import Briefing, Parcel, Roundup
from news.delivery import Delivery, DeliveryState
from news.health import Health, HealthState
from news.outlet import SourceState
from news.timetable import Every, Timetable
from storage import Store
from tests.pipelines.desk import MEMO, OWN, TEXT, Desk
from tests.samples import NOW, article, render
from tests.storage_steps import deliver

HEADLINES = [
    "Iraq and Syria sign security cooperation memorandum in Baghdad",
    "Baghdad: Iraqi and Syrian interior ministers sign security memorandum",
    "Syrian, Iraqi interior ministers sign memorandum on security cooperation",
    "Security cooperation memorandum signed by Iraq and Syria interior ministers",
    "Interior ministers of Iraq and Syria agree on security cooperation, sign memorandum",
]
BODIES = [
    "In Baghdad on Tuesday the interior ministers of Iraq and Syria put their names to a memorandum of understanding.",
    "A memorandum on border security and drug control was signed by the two interior ministers, Iraq and Syria said.",
    "Officials in the Iraqi capital said that the memorandum with Syria covers extradition and the control of drugs.",
    "The Syrian minister of interior flew to Baghdad, where Iraq and his country agreed on security cooperation.",
    "Both interior ministries, of Iraq and Syria, confirmed on Wednesday that a security memorandum had been signed.",
]


def report(number: int, outlet: str):
    """The same event in an outlet's own words."""
    text = f"{BODIES[number % 5]} {outlet.title()} has learnt of plans for liaison officers. " + " ".join(
        f"{outlet}{word}" for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
    )
    return article(f"report-{number}", outlet, title=HEADLINES[number % 5], text=text)


def test_g5_a_hundred_addresses_and_thirty_copying_outlets_make_one_alert(desk: Desk) -> None:
    variants = ["", "?utm_source=x", "?fbclid=1", "#top", "?utm_medium=rss&utm_campaign=y"]
    for number in range(100):
        url = MEMO.url + variants[number % len(variants)] if number % 10 else f"{MEMO.url}-{number}"
        from news.url import canonical_url

        desk.take(replace(MEMO, url=canonical_url(url), link=url))
        desk.clock.forward(seconds=30)
        desk.send_all()
    for number in range(30):
        outlet = f"outlet{number}"
        desk.take(article("wire", outlet, title=MEMO.title, text=TEXT), outlet=outlet)
        desk.clock.forward(minutes=1)
        desk.send_all()
    assert desk.deliveries() == [("matched", "delivered")]
    (story,) = desk.store.catalogue.stories(limit=100)
    assert story.story.owners == ("tigris",), "thirty copies are no confirmation"
    assert story.story.article_count == 41


def test_confirmations_count_owners_only_and_name_them(desk: Desk) -> None:
    shown: list[Briefing] = []

    def keep(one: Delivery, briefing: Briefing | Roundup) -> Parcel:
        if isinstance(briefing, Briefing):
            shown.append(briefing)
        return render(one, briefing)

    desk.take(MEMO)
    for number, outlet in enumerate(("zagros", "levant", "levant", "anatolia", "caspian")):
        desk.clock.forward(minutes=40)
        deliver(desk.store, keep, desk.clock.now())
        one = report(number, outlet)
        taken = desk.take(replace(one, url=f"{one.url}-{number}", link=f"{one.link}-{number}"), outlet=outlet)
        assert taken.rows[0].disposition in ("new", "copy")
    desk.clock.forward(minutes=40)
    deliver(desk.store, keep, desk.clock.now())
    (story,) = desk.store.catalogue.stories(limit=100)
    assert story.story.owners == ("tigris", "zagros", "levant", "anatolia", "caspian")
    kinds = [b.kind for b in shown]
    assert kinds.count(AlertKind.MATCHED) == 1
    assert [b.independent_count for b in shown if b.kind is AlertKind.CONFIRMED] == [3, 5]
    assert shown[-1].independents == ("Tigris", "Zagros", "Levant", "Anatolia", "Caspian")


def withdrawal(url: str, desk: Desk) -> Withdrawal:
    now = desk.clock.now()
    return Withdrawal(url=url, missing_at=now - timedelta(hours=1), withdrawn_at=now, detail="404 twice")


def test_a_withdrawn_report_is_told_in_the_thread_once(desk: Desk) -> None:
    desk.take(MEMO)
    desk.take(OWN, outlet="zagros")
    desk.clock.forward(minutes=2)
    desk.send_all()
    desk.take(withdrawal(MEMO.url, desk))
    desk.take(withdrawal(MEMO.url, desk))
    assert desk.deliveries() == [("matched", "delivered"), ("retracted", "held")]
    shown: list[Briefing] = []
    deliver(desk.store, lambda d, b: (shown.append(b), render(d, b))[1], desk.clock.now())
    (told,) = shown
    assert told.root is not None
    assert told.note == "Tigris withdrew its report"
    assert (told.independent_count, told.independents) == (1, ("Zagros",))
    assert [r.outlet for r in told.reports if r.withdrawn_at] == ["Tigris"]


def test_a_story_withdrawn_before_it_is_told_is_not_told(desk: Desk) -> None:
    desk.take(MEMO)
    desk.take(withdrawal(MEMO.url, desk))
    desk.clock.forward(minutes=2)
    desk.send_all()
    assert desk.deliveries() == [("matched", "cancelled")]


def test_an_edit_that_exchanges_a_number_is_a_correction_with_what_was_changed(desk: Desk) -> None:
    before = replace(MEMO, text="Some 40 officers of Iraq and Syria signed. " + TEXT)
    desk.take(before)
    desk.clock.forward(minutes=2)
    desk.send_all()
    desk.take(replace(before, text="Some 14 officers of Iraq and Syria signed. " + TEXT))
    assert desk.deliveries() == [("matched", "delivered"), ("corrected", "held")]
    assert desk.store.catalogue.alerts(limit=1)[0].alert.note == "number 40 \u2192 14"


def test_a_message_that_goes_out_while_a_report_is_decided_does_not_swallow_it(desk: Desk) -> None:
    """The decision "it will be in the message that waits" is made again if that message has gone."""
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    archive = desk.store.archive
    commit, races = archive.commit, []

    def late(chunk: object) -> None:
        if not races:
            races.append(deliver(desk.store, render, desk.clock.now()))
        commit(chunk)  # type: ignore[arg-type]

    archive.commit = late  # type: ignore[method-assign]
    desk.take(OWN, outlet="zagros")
    assert races == [1]
    assert desk.deliveries() == [("matched", "delivered"), ("updated", "held")]


def test_what_a_source_that_is_read_badly_brings_is_held_apart(desk: Desk) -> None:
    broken = SourceState(first_visit=False, health=Health(state=HealthState.SELECTOR_BROKEN))
    desk.take(MEMO, state=broken)
    (held,) = desk.store.catalogue.alerts()[0].deliveries
    assert (held.delivery.fold, held.delivery.state) == ("source tigris/en", DeliveryState.HELD)


def test_a_flood_of_stories_is_folded_and_named_to_operators(sqlite_store: Store) -> None:
    desk = Desk(sqlite_store, Route(id="r", endpoints=("hook",), per_hour=5, group_wait=timedelta()))
    flood(desk)
    folds = [d.delivery.fold for r in desk.store.catalogue.alerts(limit=0) for d in r.deliveries]
    assert (folds.count(""), len([f for f in folds if f.startswith("busy")])) == (5, 4)
    postings = [p for p, _, _ in desk.store.notices.latest(10)]
    assert [p.notice.kind for p in postings] == ["route.busy"]
    desk.clock.forward(minutes=15)
    desk.send_all()
    digest = desk.store.catalogue.alerts(limit=1)[0]
    assert (digest.title, len(digest.members)) == ("More than 5 an hour along r: 4 stories", 4)


def test_a_source_in_flood_is_folded_apart_and_takes_nothing_from_the_others(sqlite_store: Store) -> None:
    """A hijacked feed, or an archive that is published anew."""
    route = Route(id="r", endpoints=("hook",), per_hour=5, group_wait=timedelta())
    desk = Desk(sqlite_store, route, policy=Policy(per_source=3))
    flood(desk)
    desk.take(OWN, outlet="zagros")
    told = {r.title: d.delivery for r in desk.store.catalogue.alerts(limit=0) for d in r.deliveries}
    assert sorted(d.fold for d in told.values()) == [""] * 4 + ["storm tigris/en"] * 6
    assert told[OWN.title].fold == "", "another source is told as ever"
    postings = [p for p, _, _ in desk.store.notices.latest(10)]
    assert [p.notice.kind for p in postings] == ["source.storm"]
    assert postings[0].notice.subject.startswith("tigris/en brings more stories")
    desk.clock.forward(minutes=15)
    desk.send_all()
    digest = desk.store.catalogue.alerts(limit=1)[0]
    assert (digest.title, len(digest.members)) == ("Many at once from tigris/en: 6 stories", 6)
    desk.clock.forward(hours=2)
    late = article(
        "late", title="Iraq and Kuwait sign security cooperation memorandum in Basra", text="Nothing like it. " * 9
    )
    desk.take(replace(late, fetched_at=desk.clock.now(), published_at=desk.clock.now()))
    assert desk.store.catalogue.alerts(limit=1)[0].deliveries[0].delivery.fold == "", "it is over with the hour"


def flood(desk: Desk) -> None:
    """Nine stories of one source."""
    for number, place in enumerate(("Kirkuk", "Mosul", "Basra", "Erbil", "Najaf", "Aleppo", "Homs", "Hama", "Daraa")):
        other = ("Turkey", "Iran", "Jordan", "Lebanon", "Kuwait", "Egypt", "Qatar", "Oman", "Bahrain")[number]
        unlike = " ".join(f"{place.lower()}{n}" for n in range(60))
        text = f"Iraq and {other} signed a memorandum on security cooperation in {place}. {unlike}"
        title = f"Iraq, {other} interior ministers sign security cooperation memorandum in {place}"
        desk.take(article(f"flood-{number}", title=title, text=text))


def test_a_digest_route_tells_a_story_once_however_it_grows(sqlite_store: Store) -> None:
    daily = Timetable(every=Every.DAILY)
    desk = Desk(sqlite_store, Route(id="r", endpoints=("hook",), digest=daily))
    desk.take(MEMO)
    for number, outlet in enumerate(("zagros", "levant", "caspian")):
        desk.take(report(number, outlet), outlet=outlet)
    assert desk.deliveries() == [("matched", "held")]
    desk.clock.at = NOW.replace(hour=7) + timedelta(days=1)
    shown: list[Roundup] = []
    deliver(desk.store, lambda d, b: (shown.append(b), render(d, b))[1], desk.clock.now())
    (roundup,) = shown
    assert [(item.independent_count, item.kind) for item in roundup.items] == [(4, AlertKind.MATCHED)]
    desk.take(report(3, "anatolia"), outlet="anatolia")
    assert [d for d in desk.deliveries() if d[1] == "held"] == [("confirmed", "held")], "the fifth owner"

"""Rows that cannot be read: each is put aside and named, and everything else goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel, Roundup
from news.criteria import Criteria
from news.delivery import Delivery, DeliveryState, EndpointHealth, EndpointState, Receipt, SendResult, Settlement
from news.errors import Unreadable
from news.notice import Notice
from news.run import Run
from news.silence import Silence
from storage import Store
from storage.engine import writing
from tests.pipelines.desk import MEMO, Desk
from tests.samples import NOW, chunk, delivery, filing
from tests.samples import render as render_plainly

LEASE = timedelta(seconds=60)
LATE_BY = timedelta(hours=77)
LATE = NOW + LATE_BY


def render(one: Delivery, briefing: Briefing | Roundup) -> Parcel:
    if not isinstance(briefing, Roundup):
        return render_plainly(one, briefing)
    told = " ".join(item.story.id for item in briefing.items)
    return Parcel(body=f"{briefing.story_count}: {told}".encode(), media_type="text/plain")


def damage(store: Store, statement: str) -> None:
    with writing(store._engine) as connection:
        assert connection.execute(sql(statement)).rowcount == 1


def claim(store: Store, **facts: object) -> Sequence[Claim]:
    usual = {"owner": "w", "now": NOW, "lease": LEASE, "limit": 9, "per_endpoint": 9, "render": render}
    return store.outbox.claim(**{**usual, **facts})  # type: ignore[arg-type]


def dead(store: Store) -> dict[str, str]:
    """Why those that were put aside were, by story."""
    return {one.story_id: one.reason for one in store.outbox.settled(states=[DeliveryState.DEAD])}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stories SET doc = '{' WHERE story_id = 'sa'",
        "UPDATE articles SET article = '[]' WHERE article_id = 'aa'",
        "DELETE FROM stories WHERE story_id = 'sa'",
        "UPDATE alerts SET doc = '{}' WHERE alert_id = 'ala'",
    ],
)
def test_a_digest_tells_its_other_stories_and_the_unreadable_one_is_put_aside(store: Store, statement: str) -> None:
    store.archive.commit(chunk(filing("a"), filing("b"), filing("c")))
    damage(store, statement)
    [digest] = claim(store, now=LATE)
    assert digest.delivery.kind is AlertKind.DIGEST
    assert digest.parcel.body == b"2: sb sc"
    assert list(dead(store)) == ["sa"]
    assert "cannot be read" in dead(store)["sa"]
    assert "marsad alerts resend" in dead(store)["sa"]
    assert store.troubles.given_up(NOW)["hook"].reason == dead(store)["sa"], "operators are told"


def test_a_story_put_aside_from_a_digest_is_sent_alone_once_it_is_mended(sqlite_store: Store) -> None:
    store = sqlite_store
    store.archive.commit(chunk(filing("a"), filing("b")))
    damage(store, "UPDATE stories SET doc = '-' || doc WHERE story_id = 'sa'")
    assert len(claim(store, now=LATE)) == 1
    damage(store, "UPDATE stories SET doc = substr(doc, 2) WHERE story_id = 'sa'")
    [lost] = store.outbox.settled(states=[DeliveryState.DEAD])
    store.outbox.resend(lost.id, LATE)
    [sent] = claim(store, now=LATE)
    assert sent.delivery.story_id == "sa"
    assert b"memorandum" in sent.parcel.body


def test_a_story_is_told_by_the_reports_that_can_be_read(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    damage(store, "UPDATE articles SET story_id = 'sa' WHERE article_id = 'ab'")
    damage(store, "UPDATE articles SET article = '{' WHERE article_id = 'ab'")
    assert sorted(one.delivery.story_id for one in claim(store)) == ["sa", "sb"]
    assert [lost.what for lost in store.left_out()] == ["the article ab"]


def test_a_receiver_whose_state_cannot_be_read_is_switched_off_and_no_other_is(store: Store) -> None:
    slow = EndpointState(endpoint="hook", health=EndpointHealth.THROTTLED, share=0.5)
    store.archive.commit(chunk(filing("a"), filing("b"), filing("c", "mail")))
    first = claim(store, limit=1)[0]
    assert store.outbox.settle(_sent(first, slow), NOW)
    damage(store, "UPDATE endpoints SET doc = '{' WHERE endpoint = 'hook'")
    assert [one.delivery.endpoint for one in claim(store)] == ["mail"]
    [state] = store.catalogue.endpoints()
    assert (state.endpoint, state.health) == ("hook", EndpointHealth.DISABLED)
    assert "cannot be read" in state.reason
    assert store.outbox.endpoint("hook") == state, "what is on its way can be settled"
    store.outbox.enable("hook", NOW)
    assert [one.delivery.endpoint for one in claim(store)] == ["hook"]


def test_what_is_on_its_way_to_a_receiver_with_a_damaged_state_is_settled(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    first, second = claim(store)
    assert store.outbox.settle(_sent(first, EndpointState(endpoint="hook")), NOW)
    damage(store, "UPDATE endpoints SET doc = '{' WHERE endpoint = 'hook'")
    state = store.outbox.endpoint_states(["hook"])["hook"]
    assert store.outbox.settle(_sent(second, state), NOW)
    assert store.catalogue.endpoints() == [state], "and stays switched off, readable again"


def _sent(claimed: Claim, endpoint: EndpointState) -> Settlement:
    return Settlement(
        delivery_id=claimed.delivery.id, attempt=claimed.attempt, owner="w", state=DeliveryState.DELIVERED,
        receipt=Receipt(result=SendResult.ACCEPTED), endpoint=endpoint,
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deliveries SET kind = 'gossip' WHERE story_id = 'sa'",
        "UPDATE deliveries SET created_at = 9000000000000000000 WHERE story_id = 'sa'",
        "UPDATE deliveries SET ready_at = -9000000000000000000 WHERE story_id = 'sa'",
        "UPDATE deliveries SET expires_at = 9000000000000000000 WHERE story_id = 'sa'",
    ],
)
def test_a_delivery_that_cannot_be_read_is_put_aside_and_blocks_nothing(store: Store, statement: str) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    damage(store, statement)
    assert [one.delivery.story_id for one in claim(store)] == ["sb"]
    assert claim(store) == []
    reason = store.troubles.given_up(NOW)["hook"].reason
    assert "cannot be read" in reason
    assert "\n" not in reason


def test_a_member_that_cannot_be_read_is_put_aside_from_its_digest(store: Store) -> None:
    quiet = [replace(filing(n), deliveries=(delivery(n, fold="quiet"),)) for n in ("a", "b")]
    store.archive.commit(chunk(*quiet))
    damage(store, "UPDATE deliveries SET kind = 'gossip' WHERE story_id = 'sa'")
    [digest] = claim(store)
    assert digest.parcel.body == b"1: sb"
    assert "cannot be read" in store.troubles.given_up(NOW)["hook"].reason


def test_a_text_in_sqlite_that_is_no_time_is_put_aside(sqlite_store: Store) -> None:
    sqlite_store.archive.commit(chunk(filing("a"), filing("b")))
    damage(sqlite_store, "UPDATE deliveries SET created_at = 'today' WHERE story_id = 'sa'")
    assert [one.delivery.story_id for one in claim(sqlite_store)] == ["sb"]
    assert "cannot be read" in sqlite_store.troubles.given_up(NOW)["hook"].reason


def test_a_byte_that_is_no_character_keeps_nothing_from_being_read(sqlite_store: Store) -> None:
    sqlite_store.archive.commit(chunk(filing("a"), filing("b")))
    damage(sqlite_store, "UPDATE stories SET doc = CAST(replace(doc, 'Iraq', X'ff') AS TEXT) WHERE story_id = 'sa'")
    assert sorted(one.delivery.story_id for one in claim(sqlite_store)) == ["sa", "sb"]


def silence(name: str) -> Silence:
    return Silence(
        id=name, criteria=Criteria(rules=("x",)), author="a", reason="r", starts_at=NOW, ends_at=NOW + LATE_BY
    )


def test_what_is_one_of_many_is_left_out_and_told_of_until_it_can_be_read(store: Store) -> None:
    store.silences.add(silence("quiet"))
    store.silences.add(silence("loud"))
    damage(store, "UPDATE silences SET doc = '-' || doc WHERE id = 'quiet'")
    assert [one.id for one in store.silences.active(NOW)] == ["loud"]
    [lost] = store.left_out()
    assert lost.what == "the silence quiet"
    assert "marsad silences add" in str(lost)
    damage(store, "UPDATE silences SET doc = substr(doc, 2) WHERE id = 'quiet'")
    assert store.left_out() == []


def test_a_notice_that_cannot_be_read_is_given_up_and_the_others_are_told(store: Store) -> None:
    for name in ("one", "two"):
        store.notices.post(
            Notice(id=name, kind="trouble.disk", subject=name, text="", at=NOW), ["mail/ana@press.example"]
        )
    damage(store, "UPDATE notices SET doc = '{' WHERE id = 'one'")
    assert [posting.notice.id for posting in store.notices.claim(NOW, LEASE, 9)] == ["two"]
    assert store.notices.claim(NOW, LEASE, 9) == []
    assert [lost.what for lost in store.left_out()] == ["the notice one mail/***@press.example"], "nobody's address"


def test_a_run_that_cannot_be_read_keeps_no_daemon_from_starting(store: Store) -> None:
    for name in ("one", "two"):
        store.run_log.open(Run(id=name, source="tigris/en", started_at=NOW), "dead")
    damage(store, "UPDATE runs SET doc = '{' WHERE run_id = 'one'")
    assert store.run_log.interrupt(NOW) == 2
    assert store.run_log.interrupt(NOW) == 0
    assert [run.id for run in store.run_log.runs()] == ["two"]


def test_an_article_that_cannot_be_read_keeps_no_daemon_from_starting(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    damage(store, "UPDATE articles SET filed = '{' WHERE article_id = 'aa'")
    assert [one.article_id for one in store.archive.filed_since(0, NOW - LATE_BY)] == ["ab"]


def test_lists_show_what_can_be_read(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")), chunk(filing("c")))
    damage(store, "UPDATE stories SET doc = '{' WHERE story_id = 'sa'")
    damage(store, "UPDATE deliveries SET kind = 'gossip' WHERE story_id = 'sb'")
    damage(store, "UPDATE alerts SET doc = '{' WHERE alert_id = 'alc'")
    claim(store)
    assert sorted(row.story.id for row in store.catalogue.stories()) == ["sb", "sc"]
    records = store.catalogue.alerts()
    assert sorted(record.alert.id for record in records) == ["ala", "alb"]
    for record in records:
        [one] = record.deliveries
        assert one.delivery.state is DeliveryState.DEAD
        assert "cannot be read" in one.delivery.reason


def test_a_finding_without_a_verdict_is_none(store: Store) -> None:
    store.archive.commit(chunk(filing("a")))
    damage(store, "UPDATE tags SET verdict = 'perhaps'")
    assert store.archive.standings(["sa"])["sa"].tags == {}
    assert [row.rules for row in store.catalogue.stories()] == [()]


def test_an_article_whose_filing_cannot_be_read_is_filed_anew_and_corrects_nothing(store: Store) -> None:
    desk = Desk(store)
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    damage(store, "UPDATE articles SET filed = '{'")
    taken = desk.take(replace(MEMO, entry_hash="h2", text=f"{MEMO.text} More is to follow."))
    assert taken.counts.revision == 1
    desk.clock.forward(minutes=2)
    desk.send_all()
    assert desk.deliveries() == [("matched", "delivered")]
    assert store.left_out() == [], "it can be read again"
    assert store.check() == []


def test_a_story_that_cannot_be_read_is_begun_anew_by_its_next_report_and_not_told_twice(store: Store) -> None:
    desk = Desk(store)
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    [story] = [row.story.id for row in store.catalogue.stories()]
    with writing(store._engine) as connection:
        connection.execute(sql("UPDATE stories SET doc = '{'"))
    desk.take(replace(MEMO, url=f"{MEMO.url}/2", outlet="zagros", title=f"{MEMO.title} in Baghdad"), outlet="zagros")
    desk.clock.forward(minutes=2)
    desk.send_all()
    assert [row.story.id for row in store.catalogue.stories()] == [story]
    assert desk.deliveries() == [("matched", "delivered")]


def test_a_check_finds_what_cannot_be_read(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    assert store.check() == []
    damage(store, "UPDATE stories SET doc = '{' WHERE story_id = 'sa'")
    damage(store, "UPDATE deliveries SET state = 'raedy' WHERE story_id = 'sb'")
    damage(store, "UPDATE stories SET last_seen_at = 9000000000000000000 WHERE story_id = 'sb'")
    assert [(one.what, one.why) for one in store.check() if isinstance(one, Unreadable)] == [
        ("the story sa", "Invalid JSON: EOF while parsing an object at line 1 column 1"),
        (f"the row of deliveries {delivery('b').id}", "state is 'raedy'"),
        ("the row of stories sb", "last_seen_at is no time"),
    ]

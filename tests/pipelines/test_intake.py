"""The flow: dispositions, alerts, cursor; over a real SQLite store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from news.alert import Route
from news.article import Article, Withdrawal
from news.errors import FenceLost
from news.filing import Chunk
from news.outlet import Cursor, SourceState
from news.ports import Archive
from news.run import RunOutcome
from news.visit import VisitEnd
from pipelines.intake import Intake
from storage import Store
from tests.pipelines.desk import MEMO, OWN, RAIN, TAGGER, TEXT, Desk
from tests.pipelines.test_telling import report
from tests.samples import NOW, article, source


def test_a_matched_story_is_told_once_after_the_wait_for_copies(desk: Desk) -> None:
    taken = desk.take(MEMO, RAIN)
    assert [(r.disposition, r.verdict) for r in taken.rows] == [("new", "match"), ("new", "none")]
    assert desk.deliveries() == [("matched", "held")]
    assert desk.store.outbox.next_due(NOW) == NOW + timedelta(seconds=60)


def test_the_same_article_again_is_a_repeat_and_tells_nobody(desk: Desk) -> None:
    desk.take(MEMO)
    taken = desk.take(replace(MEMO, entry_hash="h2"))
    assert taken.rows[0].disposition == "repeat"
    assert desk.deliveries() == [("matched", "held")]


def test_the_same_find_twice_in_one_chunk_is_one_article(desk: Desk) -> None:
    taken = desk.take(MEMO, MEMO)
    assert [r.disposition for r in taken.rows] == ["new", "repeat"]


def test_a_report_while_the_first_alert_waits_needs_no_second_one(desk: Desk) -> None:
    story = desk.take(MEMO).rows[0].story_id
    other = article(
        "their-report", "levant", title="Syria and Iraq sign security memorandum in Baghdad", text=TEXT[:150]
    )
    taken = desk.take(other, outlet="levant")
    assert taken.rows[0].story_id == story
    assert desk.deliveries() == [("matched", "held")]


def test_a_later_independent_report_is_an_update_and_a_copy_is_not(desk: Desk) -> None:
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    copy = article("copied", "levant", text=TEXT)
    assert desk.take(copy, outlet="levant").rows[0].disposition == "copy"
    assert desk.deliveries() == [("matched", "delivered")]
    desk.take(OWN, outlet="zagros")
    assert desk.deliveries() == [("matched", "delivered"), ("updated", "held")]
    due = desk.store.outbox.next_due(desk.clock.now())
    assert due is not None
    assert due >= NOW + timedelta(minutes=10), "two messages on one story keep their distance"


def test_an_edited_copy_corrects_nothing_and_the_origin_seen_later_does(desk: Desk) -> None:
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    copy = article("copied", "levant", text=TEXT)
    origin = article("first", "zagros", text=TEXT, published_at=NOW - timedelta(hours=2))
    for one, outlet in ((copy, "levant"), (origin, "zagros")):
        assert desk.take(one, outlet=outlet).rows[0].disposition == "copy"
    title = "Iraq, Syria interior ministers sign border security memorandum"
    desk.take(replace(copy, title=title, entry_hash="h2"), outlet="levant")
    assert desk.deliveries() == [("matched", "delivered")]
    desk.take(replace(origin, title=title, entry_hash="h2"), outlet="zagros")
    assert [kind for kind, _ in desk.deliveries()] == ["matched", "corrected"]


def test_a_corrected_headline_of_a_told_story_is_told_as_a_correction(desk: Desk) -> None:
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    taken = desk.take(replace(MEMO, title="Iraqi and Syrian interior ministers sign border security memorandum"))
    assert taken.rows[0].disposition == "revision"
    assert desk.deliveries() == [("matched", "delivered"), ("corrected", "held")]


def test_an_edit_of_the_text_alone_is_a_revision_that_tells_nobody(desk: Desk) -> None:
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    assert desk.take(replace(MEMO, text=TEXT + "\n\nThe talks lasted two hours.")).rows[0].disposition == "revision"
    assert desk.deliveries() == [("matched", "delivered")]


def test_a_backlog_is_recorded_with_the_reason_and_told_to_nobody(desk: Desk) -> None:
    desk.take(MEMO, state=SourceState())
    assert desk.deliveries() == []
    assert [r.alert.suppressed for r in desk.store.catalogue.alerts()] == ["first_visit"]


def test_old_news_is_told_in_a_digest(desk: Desk) -> None:
    desk.take(replace(MEMO, published_at=NOW - timedelta(hours=30)))
    (record,) = desk.store.catalogue.alerts()
    (delivery,) = [d.delivery for d in record.deliveries]
    assert (delivery.fold, delivery.ready_at) == ("late", NOW.replace(hour=7) + timedelta(days=1))
    desk.clock.forward(hours=20)
    desk.send_all()
    assert desk.deliveries() == [("matched", "folded"), ("digest", "delivered")]


def test_a_story_nobody_has_a_route_for_is_recorded(desk: Desk) -> None:
    desk.route()
    desk.take(MEMO)
    assert [r.alert.suppressed for r in desk.store.catalogue.alerts()] == ["no_route"]


def test_the_cursor_is_saved_with_the_last_chunk_and_not_before(desk: Desk) -> None:
    desk.take(MEMO)
    assert desk.store.archive.source_state("tigris/en").first_visit
    end = VisitEnd(outcome=RunOutcome.OK, cursor=Cursor(etag='"2"'), listed=2)
    desk.take(RAIN, end=end, next_due_at=NOW + timedelta(minutes=10))
    state = desk.store.archive.source_state("tigris/en")
    assert (state.cursor.etag, state.first_visit, state.due_at) == ('"2"', False, NOW + timedelta(minutes=10))
    assert state.last_success_at == NOW


def test_a_failed_visit_counts_and_keeps_the_old_cursor_it_was_given(desk: Desk) -> None:
    before = SourceState(first_visit=False, cursor=Cursor(etag='"1"'))
    end = VisitEnd(outcome=RunOutcome.FAILED, cursor=before.cursor, error="the outlet answered 503")
    desk.take(state=before, end=end)
    state = desk.store.archive.source_state("tigris/en")
    assert (state.failure_count, state.cursor.etag, state.last_error) == (1, '"1"', "the outlet answered 503")


def test_a_crash_between_chunks_and_a_second_reading_tell_nobody_twice(desk: Desk, sqlite_store: Store) -> None:
    desk.take(MEMO)
    restarted = Desk(sqlite_store)
    restarted.intake.warm()
    taken = restarted.take(MEMO, RAIN)
    assert [r.disposition for r in taken.rows] == ["repeat", "new"]
    assert desk.deliveries() == [("matched", "held")]


def test_a_refused_commit_leaves_the_index_as_it_was(desk: Desk) -> None:
    desk.store.dispatch.enlist([source()], NOW - timedelta(hours=1))
    for _ in range(2):
        lease = desk.store.dispatch.take(owner="x", now=NOW, lease=timedelta(seconds=1), limit=1)[0]
        desk.store.dispatch.release(lease)
    with pytest.raises(FenceLost):
        desk.take(MEMO)
    assert desk.take(MEMO, fence=2).rows[0].disposition == "new"


def test_a_dry_run_decides_and_writes_nothing(desk: Desk) -> None:
    taken = desk.intake.consider([MEMO, RAIN], desk.context())
    assert taken.rows[0].verdict == "match"
    assert desk.store.catalogue.tally(NOW).articles == 0
    copy = article("copied", "levant", text=TEXT)
    again = desk.intake.consider([copy], desk.context("levant"))
    assert again.rows[0].disposition == "copy", "a dry run hangs together"


def test_control_characters_and_overrides_never_reach_the_archive(desk: Desk) -> None:
    desk.take(replace(RAIN, title="Rain\x07 \u202elifts\r\nBcc: x <!channel>"))
    stored = desk.store.catalogue.trace(RAIN.url).article
    assert stored is not None
    assert stored.title == "Rain lifts Bcc: x <!channel>"


def test_an_article_that_a_rule_speaks_of_is_read_again_and_no_other(desk: Desk) -> None:
    desk.take(MEMO, RAIN)
    state = desk.store.archive.source_state("tigris/en", NOW + timedelta(minutes=59))
    assert state.rereads == ()
    enlisted = SourceState(first_visit=False)
    desk.take(end=VisitEnd(outcome=RunOutcome.OK, cursor=Cursor()), state=enlisted)
    [due] = desk.store.archive.source_state("tigris/en", NOW + timedelta(minutes=61)).rereads
    assert (due.url, due.link, due.entry_hash) == (MEMO.url, MEMO.link, "h1")
    later = replace(due, step=1, due_at=NOW + timedelta(hours=6))
    end = VisitEnd(outcome=RunOutcome.OK, cursor=Cursor(), reread=(due.url,), reread_again=(later,))
    changed = replace(MEMO, title=MEMO.title.replace("sign", "initial"), published_at=None)
    taken = desk.take(changed, end=end, state=replace(enlisted, rereads=(due,)))
    assert taken.counts.revision == 1
    trace = desk.store.catalogue.trace(MEMO.url)
    assert [r.number for r in trace.revisions] == [1, 2]
    assert trace.article is not None
    assert trace.article.published_at == MEMO.published_at, "the page alone names no time; the list did"
    assert desk.store.archive.source_state("tigris/en", NOW + timedelta(hours=5)).rereads == ()
    assert desk.store.archive.source_state("tigris/en", NOW + timedelta(hours=7)).rereads == (later,)


def test_a_withdrawn_article_stays_with_the_word_that_it_is_gone(desk: Desk) -> None:
    desk.take(MEMO)
    gone = Withdrawal(url=MEMO.url, missing_at=NOW, withdrawn_at=NOW + timedelta(hours=1), detail="404 twice")
    desk.clock.forward(minutes=2)
    desk.send_all()
    taken = desk.take(gone)
    assert (taken.counts.withdrawn, taken.rows[0].disposition) == (1, "withdrawn")
    assert taken.counts.alerts == 1, "a withdrawal that is told is a message like others"
    trace = desk.store.catalogue.trace(MEMO.url)
    assert trace.article is not None
    assert trace.article.withdrawn_at == NOW + timedelta(hours=1)
    desk.take(replace(MEMO, title="It is back, with another headline"))
    back = desk.store.catalogue.trace(MEMO.url).article
    assert back is not None
    assert back.withdrawn_at is None


def test_one_article_under_two_addresses_is_one_and_found_under_both(desk: Desk) -> None:
    own = "https://tigris.example/memo"
    desk.take(replace(MEMO, aliases=("https://tigris.example/x?id=7",)))
    taken = desk.take(replace(MEMO, aliases=("https://tigris.example/y",)))
    assert taken.counts.repeat == 1
    for url in (own, "https://tigris.example/x?id=7", "https://tigris.example/y"):
        assert desk.store.catalogue.trace(url).article is not None
        assert desk.store.archive.entry_hashes([url]) == {url: "h1"}


PLAIN = replace(MEMO, url=MEMO.url.replace("https:", "http:"))


@pytest.mark.parametrize(("first", "second"), [(PLAIN, MEMO), (MEMO, PLAIN)])
def test_an_article_by_http_and_by_https_is_one_and_known_by_the_first(
    desk: Desk, first: Article, second: Article
) -> None:
    own = desk.take(first).rows[0]
    again = desk.take(replace(second, aliases=(first.url,), entry_hash="h2")).rows[0]
    assert (again.disposition, again.url) == ("repeat", own.url)
    assert desk.store.archive.entry_hashes([first.url, second.url]) == {first.url: "h2", second.url: "h2"}
    later = desk.take(replace(second, text=f"{TEXT}\n\nA date was set.", entry_hash="h3")).rows[0]
    assert (later.disposition, later.url) == ("revision", own.url)
    for url in (first.url, second.url):
        trace = desk.store.catalogue.trace(url)
        assert trace.article is not None
        assert (trace.url, len(trace.revisions)) == (first.url, 2)
    assert desk.store.catalogue.tally(NOW).articles == 1


def test_an_article_by_http_and_by_https_in_one_chunk_is_one(desk: Desk) -> None:
    assert [r.disposition for r in desk.take(PLAIN, MEMO).rows] == ["new", "repeat"]
    assert desk.store.catalogue.tally(NOW).articles == 1


class Overtaken:
    """An archive in which somebody else commits between our reading and our writing, once."""

    def __init__(self, archive: Archive, meanwhile: Callable[[], object]) -> None:
        self._archive, self._meanwhile = archive, [meanwhile]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def commit(self, *chunks: Chunk) -> range:
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._archive.commit(*chunks)


def test_two_processes_that_report_one_story_at_once_lose_neither_owner_nor_message(store: Store) -> None:
    """The daemon and `marsad crawl` beside it: each knows the story as it was before the other's report."""
    desk = Desk(store)
    desk.take(MEMO)
    desk.clock.forward(minutes=2)
    desk.send_all()
    archive: Any = Overtaken(store.archive, lambda: desk.take(OWN, outlet="zagros"))
    route = Route(id="r", endpoints=("hook",), group_wait=timedelta(seconds=60))
    ours = Intake(archive, TAGGER, [route], clock=desk.clock)
    ours.take([report(3, "levant")], desk.context("levant"))
    [row] = store.catalogue.stories()
    assert (row.story.revision, row.story.article_count) == (3, 3)
    assert row.story.owners == ("tigris", "zagros", "levant")
    assert desk.deliveries()[-1][0] == "confirmed", "three owners, so it is confirmed"


def test_two_processes_that_read_one_article_at_once_lose_none_of_its_storys_reports(store: Store) -> None:
    """Both find it new; until ours is written, the other has filed it and a second report beside it."""
    desk = Desk(store)

    def meanwhile() -> None:
        desk.take(MEMO)
        desk.take(OWN, outlet="zagros")

    archive: Any = Overtaken(store.archive, meanwhile)
    ours = Intake(archive, TAGGER, [Route(id="r", endpoints=("hook",))], clock=desk.clock)
    taken = ours.take([MEMO], desk.context())
    assert (taken.counts.new, taken.counts.repeat) == (0, 1)
    [row] = store.catalogue.stories()
    assert (row.story.revision, row.story.article_count, row.story.owners) == (2, 2, ("tigris", "zagros"))
    assert len(desk.deliveries()) == 1


@pytest.mark.parametrize(("first", "second"), [(PLAIN, MEMO), (MEMO, PLAIN)])
def test_two_processes_that_read_one_article_by_http_and_by_https_at_once_store_one(
    store: Store, first: Article, second: Article
) -> None:
    desk = Desk(store)
    desk.take(RAIN)
    archive: Any = Overtaken(store.archive, lambda: desk.take(first))
    ours = Intake(archive, TAGGER, [Route(id="r", endpoints=("hook",))], clock=desk.clock)
    taken = ours.take([second], desk.context())
    assert (taken.counts.copy, taken.counts.repeat, taken.rows[0].url) == (0, 1, first.url)
    assert store.catalogue.tally(NOW).articles == 2


def test_a_story_is_listed_under_the_best_verdict_of_its_reports_alone(desk: Desk) -> None:
    desk.take(MEMO)
    text = (
        "Iraq and Syria named twelve officers for their interior ministers to choose from, officials said. "
        "The memorandum of understanding of last week asks for six of them."
    )
    weak = replace(OWN, title="Iraq and Syria: twelve names in Baghdad", text=text)
    assert TAGGER.tag(weak.title, weak.text, "en")[0].verdict.value == "review"
    desk.take(weak, outlet="zagros")
    catalogue = desk.store.catalogue
    assert [row.story.article_count for row in catalogue.stories()] == [2]
    found = {verdict: len(catalogue.stories(verdict=verdict)) for verdict in ("match", "rupture", "review", "none")}
    assert found == {"match": 1, "rupture": 0, "review": 0, "none": 0}
    assert [len(catalogue.stories(verdict="review", rule=name)) for name in ("security-cooperation", "x")] == [0, 0]

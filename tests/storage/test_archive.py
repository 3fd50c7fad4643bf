"""T1 and what is read back, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from news.article import Disposition, Rejection
from news.errors import FenceLost, Outdated, StoreError
from news.filing import Filing
from news.outlet import Cursor, PendingPage, Reread, SourceState
from news.tag import Verdict
from storage import Store
from storage import tables as t
from tests.samples import NOW, article, chunk, filing, source

LATER = timedelta(hours=1)


def test_what_one_chunk_writes_is_read_back_equal(store: Store) -> None:
    state = SourceState(cursor=Cursor(etag='"1"'), first_visit=False, due_at=NOW + timedelta(minutes=10))
    written = filing()
    store.archive.commit(chunk(written, state=state))
    found = store.archive.filed_among(["https://tigris.example/one"]).get("https://tigris.example/one")
    assert found is not None
    assert found.fingerprint == written.fingerprint
    assert store.catalogue.trace("https://tigris.example/one").article == written.article
    assert store.archive.entry_hashes(["https://tigris.example/one", "https://x.example/"]) == {
        "https://tigris.example/one": "h1"
    }
    assert store.archive.source_state("tigris/en") == state
    standing = store.archive.standings(["sone"])["sone"]
    assert standing is not None
    assert standing.story == written.story
    assert standing.tags["security-cooperation"] == written.tags[0]
    assert standing.story.owners == ("tigris",)
    assert standing.told["hook"].open_delivery == written.deliveries[0].id


HTTP, HTTPS = "http://tigris.example/one", "https://tigris.example/one"


@pytest.mark.parametrize(("stored", "asked"), [(HTTP, HTTPS), (HTTPS, HTTP)])
def test_an_article_is_found_by_its_address_with_the_other_scheme_too(store: Store, stored: str, asked: str) -> None:
    written = filing()
    store.archive.commit(chunk(replace(written, article=replace(written.article, url=stored))))
    assert store.archive.entry_hashes([asked]) == {asked: "h1"}
    [(url, filed)] = store.archive.filed_among([asked]).items()
    assert (url, filed.url, filed.article_id) == (asked, stored, "aone")


def test_two_addresses_that_are_stored_both_are_two_as_before(store: Store) -> None:
    one, other = filing("one"), filing("other")
    store.archive.commit(
        chunk(
            replace(one, article=replace(one.article, url=HTTP, entry_hash="h")),
            replace(other, article=replace(other.article, url=HTTPS, entry_hash="s")),
        )
    )
    assert store.archive.entry_hashes([HTTP, HTTPS]) == {HTTP: "h", HTTPS: "s"}
    found = store.archive.filed_among([HTTP, HTTPS])
    assert {url: filed.article_id for url, filed in found.items()} == {HTTP: "aone", HTTPS: "aother"}


def test_a_page_that_was_refused_under_one_scheme_is_tried_under_the_other(store: Store) -> None:
    refused = Rejection(url=HTTP, reason="gone", detail="answered 404", quarantined=False, entry_hash="h")
    store.archive.commit(replace(chunk(), rejections=(refused,)))
    assert store.archive.entry_hashes([HTTP, HTTPS]) == {HTTP: "h"}


def test_a_port_says_which_scheme_is_meant(store: Store) -> None:
    written, url = filing(), "http://tigris.example:8080/one"
    store.archive.commit(chunk(replace(written, article=replace(written.article, url=url))))
    assert store.archive.entry_hashes([url.replace("http:", "https:")]) == {}


def test_a_fault_in_the_middle_of_a_chunk_writes_nothing(store: Store) -> None:
    good, broken = filing("good"), replace(filing("bad"), story=None)
    with pytest.raises(AssertionError):
        store.archive.commit(chunk(good, broken, state=SourceState(first_visit=False)))
    assert store.archive.filed_among(["https://tigris.example/good"]).get("https://tigris.example/good") is None
    assert store.archive.source_state("tigris/en").first_visit
    assert store.catalogue.tally(NOW).deliveries == {}


def test_a_story_that_somebody_else_opened_meanwhile_is_not_opened_again(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    with pytest.raises(Outdated):
        store.archive.commit(chunk(filing()))
    assert store.catalogue.tally(NOW).deliveries == {"held": 1}
    assert store.catalogue.tally(NOW).articles == 1


def test_an_article_that_somebody_else_stored_under_the_other_scheme_is_not_stored_again(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    other = filing("other")
    by_http = replace(other, article=replace(other.article, url="http://tigris.example/one"))
    with pytest.raises(Outdated, match="was stored by another process"):
        store.archive.commit(chunk(by_http))
    assert store.catalogue.tally(NOW).articles == 1


def test_an_older_fence_is_refused_and_nothing_is_written(store: Store) -> None:
    store.dispatch.enlist([source()], NOW - timedelta(hours=1))
    for _ in range(2):
        lease = store.dispatch.take(owner="w", now=NOW, lease=timedelta(seconds=1), limit=5)[0]
        store.dispatch.release(lease)
    with pytest.raises(FenceLost, match="taken over"):
        store.archive.commit(chunk(filing(), fence=1))
    assert store.archive.filed_among(["https://tigris.example/one"]).get("https://tigris.example/one") is None


def test_a_repeat_changes_the_entry_hash_alone(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    again = Filing(
        article_id="aone", disposition=Disposition.REPEAT, article=article(entry_hash="h2"), revision=1,
        fingerprint=filing().fingerprint,
    )  # fmt: skip
    store.archive.commit(chunk(again))
    assert store.archive.entry_hashes(["https://tigris.example/one"]) == {"https://tigris.example/one": "h2"}
    assert len(store.catalogue.trace("https://tigris.example/one").revisions) == 1


def test_a_revision_is_kept_beside_the_first_version(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    changed = replace(
        filing(), article=article(title="Corrected"), revision=2, disposition=Disposition.REVISION, built_on=1
    )
    store.archive.commit(chunk(changed))
    revisions = store.catalogue.trace("https://tigris.example/one").revisions
    assert [r.title for r in revisions] == [article().title, "Corrected"]


def test_articles_come_back_in_the_order_of_their_commits(store: Store) -> None:
    store.archive.commit(chunk(filing("a"), filing("b")))
    store.archive.commit(chunk(filing("c")))
    filed = store.archive.filed_since(0, NOW - timedelta(days=1))
    assert [f.article_id for f in filed] == ["aa", "ab", "ac"]
    assert [f.sequence for f in store.archive.filed_since(filed[1].sequence, NOW - timedelta(days=1))] == [3]


def test_one_stale_chunk_of_a_commit_keeps_all_of_it_from_being_written(store: Store) -> None:
    store.dispatch.enlist([source(), source("levant")], NOW - timedelta(hours=1))
    store.dispatch.take(owner="w", now=NOW, lease=timedelta(seconds=60), limit=5)
    seen = SourceState(first_visit=False)
    fresh = replace(chunk(state=seen, fence=1), source_id="levant/en", host="levant.example")
    with pytest.raises(FenceLost, match="tigris"):
        store.archive.commit(fresh, chunk(state=seen, fence=0))
    assert store.archive.source_state("levant/en").first_visit
    store.archive.commit(fresh, chunk(state=seen, fence=1))
    assert not store.archive.source_state("levant/en").first_visit
    assert not store.archive.source_state("tigris/en").first_visit


def test_a_lease_brings_the_states_of_sources_that_owe_no_page(store: Store) -> None:
    names = ("en", "ar", "fa", "ku")
    listed = [source(id=f"tigris/{name}") for name in names]
    store.dispatch.enlist(listed, NOW - timedelta(hours=1))
    page = PendingPage(url="https://tigris.example/later", reason="http_503", attempt_count=1, entry={"link": "x"})
    reread = Reread(url="https://tigris.example/one", link="https://tigris.example/one", due_at=NOW)
    due = NOW - timedelta(minutes=1)
    clean = SourceState(cursor=Cursor(etag='"1"'), first_visit=False, due_at=due)
    owing = chunk(state=replace(clean, pending=(page,)))
    store.archive.commit(
        replace(owing, source_id="tigris/ar"),
        replace(chunk(state=clean), source_id="tigris/fa", rereads=(reread,)),
        replace(chunk(state=clean), source_id="tigris/ku", rereads=(replace(reread, url="x", due_at=NOW + LATER),)),
    )
    [lease] = store.dispatch.take(owner="w", now=NOW, lease=timedelta(seconds=60), limit=5)
    assert set(lease.sources) == {f"tigris/{name}" for name in names}
    assert set(lease.states) == {"tigris/en", "tigris/ku"}
    assert lease.states["tigris/ku"] == clean
    assert lease.states["tigris/en"].first_visit


def test_a_state_that_cannot_be_read_is_begun_anew_but_is_no_first_visit(store: Store) -> None:
    store.dispatch.enlist([source(id="tigris/en"), source(id="tigris/ku")], NOW - timedelta(hours=1))
    with store._engine.begin() as connection:
        broken = update(t.sources).where(t.sources.c.source_id == "tigris/en").values(doc='{"cursor": 7}')
        connection.execute(broken)
    [lease] = store.dispatch.take(owner="w", now=NOW, lease=timedelta(seconds=60), limit=5)
    assert set(lease.sources) == {"tigris/en", "tigris/ku"}
    assert lease.states["tigris/ku"].first_visit
    anew = store.archive.source_state("tigris/en")
    assert lease.states["tigris/en"] == anew == SourceState(first_visit=False, due_at=anew.due_at)
    assert store.catalogue.source_states()["tigris/en"] == anew
    assert [lost.what for lost in store.left_out()] == ["the state of the source tigris/en"]
    store.archive.commit(chunk(state=anew, fence=lease.fence, host=lease.host))
    assert store.left_out() == []


def test_owed_pages_are_kept_until_the_next_state_replaces_them(store: Store) -> None:
    page = PendingPage(url="https://tigris.example/later", reason="http_503", attempt_count=1, entry={"link": "x"})
    store.archive.commit(chunk(state=SourceState(pending=(page,))))
    assert store.archive.source_state("tigris/en").pending == (page,)
    assert store.archive.entry_hashes([page.url]) == {}
    assert store.catalogue.trace(page.url).seen == "pending"
    store.archive.commit(chunk(state=SourceState()))
    assert store.archive.source_state("tigris/en").pending == ()


def test_a_refused_page_is_known_and_traced_with_its_reason(store: Store) -> None:
    refused = Rejection(
        url="https://tigris.example/photo", reason="no_text", detail="the page has no text", quarantined=True,
        entry_hash="h", fetched_at=NOW,
    )  # fmt: skip
    store.archive.commit(chunk(rejections=(refused,)))
    assert store.archive.entry_hashes([refused.url]) == {refused.url: "h"}
    trace = store.catalogue.trace(refused.url)
    assert (trace.seen, trace.detail) == ("quarantined", "no_text: the page has no text")
    assert store.catalogue.trace("https://tigris.example/never").seen == ""


def test_the_trace_of_an_article_leads_to_its_delivery(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    trace = store.catalogue.trace("https://tigris.example/one")
    assert trace.seen == "article"
    assert trace.sighting is not None
    assert trace.tags[0].verdict.value == "match"
    assert trace.alerts[0].deliveries[0].delivery.endpoint == "hook"


def test_the_catalogue_lists_stories_by_verdict_and_finds_them_by_the_beginning_of_their_id(store: Store) -> None:
    store.archive.commit(chunk(filing("one"), filing("two", told=False)))
    assert {row.story.id for row in store.catalogue.stories(verdict="match")} == {"sone", "stwo"}
    assert store.catalogue.stories(verdict="rupture") == []
    record = store.catalogue.story("so")
    assert record is not None
    assert record.row.story.id == "sone"
    assert store.catalogue.story("s") is None, "ambiguous"
    assert store.catalogue.alert("alone") is not None
    assert [r.alert.id for r in store.catalogue.alerts(state="held")] == ["alone"]


def test_a_whole_database_has_no_problems(store: Store) -> None:
    store.archive.commit(chunk(filing()))
    assert store.check() == []


def test_an_unknown_database_address_is_refused_without_naming_it() -> None:
    from storage import open_store

    with pytest.raises(StoreError) as refused:
        open_store("mysql://user:hunter2@host/db")
    assert "hunter2" not in str(refused.value)


def test_a_source_that_moves_to_another_host_during_its_visit_stays_there(store: Store) -> None:
    minute = timedelta(minutes=1)
    store.dispatch.enlist([source()], NOW - LATER)
    [lease] = store.dispatch.take(owner="a", now=NOW, lease=minute, limit=9)
    store.dispatch.enlist([source(url="https://euphrates.example/feed")], NOW)
    store.archive.commit(chunk(state=SourceState(due_at=NOW + minute), fence=lease.fence))
    store.dispatch.release(lease)
    [again] = store.dispatch.take(owner="a", now=NOW + LATER, lease=minute, limit=9)
    assert again.host == "euphrates.example"


def test_the_best_finding_of_a_story_is_the_same_read_back_as_decided(store: Store) -> None:
    """A rupture may outweigh a match and the other way round; what is only to be reviewed never does."""
    for number, (verdict, score) in enumerate([(Verdict.MATCH, 4.0), (Verdict.RUPTURE, 6.0), (Verdict.REVIEW, 9.0)]):
        one = filing(f"n{number}", told=False)
        assert one.story is not None
        assert one.sighting is not None
        story = replace(one.story, id="sone", revision=number + 1)
        sighting = replace(one.sighting, story_id="sone")
        tags = (replace(one.tags[0], verdict=verdict, score=score),)
        report = replace(one, story=story, sighting=sighting, tags=tags, matches=(), built_on=number)
        store.archive.commit(chunk(report))
    [found] = store.archive.standings(["sone"])["sone"].tags.values()
    assert (found.verdict, found.score) == (Verdict.RUPTURE, 6.0)

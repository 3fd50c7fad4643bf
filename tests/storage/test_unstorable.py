"""Text that no database takes (a NUL, half a character), wherever it came from: stored without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from news.article import Rejection
from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement
from news.outlet import Cursor, PendingPage, SourceState
from news.run import LogLine, Run, RunOutcome, RunRecord
from storage import Store
from storage.codec import dumps, loads
from tests.samples import NOW, article, chunk, filing, render

BAD = pytest.mark.parametrize("bad", ["\x00", "\ud83d", "\udc80 گفت"], ids=["nul", "half", "escaped"])


@BAD
def test_no_text_from_outside_fails_a_commit(store: Store, bad: str) -> None:
    urls = {name: f"https://tigris.example/{name}{bad}" for name in ("one", "alias", "owed", "refused")}
    written = article(
        url=urls["one"],
        link=urls["one"],
        title=f"Title {bad}",
        text=f"Text {bad}",
        aliases=(urls["alias"],),
        entry_hash=bad,
    )
    filed = filing()
    assert filed.story is not None
    filed = replace(filed, article=written, story=replace(filed.story, title=written.title), former_title=bad)
    owed = PendingPage(url=urls["owed"], reason=bad, attempt_count=1, entry_hash=bad, entry={bad: bad})
    state = SourceState(cursor=Cursor(etag=bad, polled_at=NOW), pending=(owed,), due_at=NOW + timedelta(minutes=10))
    refused = Rejection(
        url=urls["refused"],
        reason=bad,
        detail=bad,
        quarantined=True,
        entry_hash=bad,
        fetched_at=NOW,
        raw=b"x",
        charset=bad,
    )
    run = Run(id="r1", source="tigris/en", started_at=NOW, finished_at=NOW, outcome=RunOutcome.FAILED, error=bad)
    line = LogLine(at=NOW, level="info", event="page.read", facts={"url": urls["one"], bad: [bad, 1, True, None]})
    record = RunRecord(run=run, owner=bad, lines=(line,))
    store.archive.commit(chunk(filed, state=state, rejections=(refused,), record=record))

    assert len(store.archive.entry_hashes([urls["one"], urls["alias"], urls["refused"]])) == 3
    found = store.catalogue.trace(urls["one"]).article
    assert found is not None
    assert found.published_at == written.published_at
    [page] = store.archive.source_state("tigris/en").pending
    assert page.attempt_count == 1
    [kept] = store.run_log.runs()
    assert replace(kept, error="") == replace(run, error="")
    [told] = store.run_log.lines("r1")
    assert [1, True, None] in [value[1:] for value in told.facts.values() if isinstance(value, list)]


@BAD
def test_what_a_receiver_answered_fails_no_settlement(store: Store, bad: str) -> None:
    store.archive.commit(chunk(filing()))
    lease = timedelta(seconds=60)
    [claim] = store.outbox.claim(owner="w", now=NOW, lease=lease, limit=9, per_endpoint=9, render=render)
    receipt = Receipt(result=SendResult.ACCEPTED, status=bad, detail=bad, answer=f"no{bad}", remote_id=f"id{bad}")
    done = Settlement(
        delivery_id=claim.delivery.id,
        attempt=1,
        owner="w",
        state=DeliveryState.DELIVERED,
        receipt=receipt,
        endpoint=EndpointState(endpoint="hook", reason=bad),
        reason=bad,
    )
    assert store.outbox.settle(done, NOW)
    [delivery] = store.outbox.settled(states=[DeliveryState.DELIVERED])
    assert delivery.remote_id == f"id{bad}".replace(bad[0], "\ufffd")


def test_a_document_with_half_a_character_keeps_all_the_rest() -> None:
    whole = article(title="Said: 😀 گفت \\ud83d", text='a "quoted"\nline')
    assert loads(type(whole), dumps(whole)) == whole
    half = replace(whole, text=whole.text + "\ud83d")
    assert loads(type(half), dumps(half)) == replace(half, text=whole.text + "\ufffd")

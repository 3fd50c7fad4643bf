"""`marsad stories merge` and `stories split` at the command line, on a real store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marsad import exits
from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement
from storage import Store, open_store
from tests.marsad.said import said
from tests.pipelines.desk import MEMO, OWN, Desk
from tests.samples import chunk, filing, render

CONFIG = """\
store: sqlite:///m.db
outlets:
  - {id: tigris, name: Tigris Wire, country: IQ, sources: [{id: en, url: "https://tigris.example/feed"}]}
rules: [{use: builtin/security-cooperation}]
receivers:
  hook: {channel: webhook, url: "https://desk.example/hook", secret: SECRET}
routes: [{id: r, to: [hook]}]
""".replace("SECRET", "whsec_" + "A" * 43 + "=")


def opened(home: Path) -> Store:
    return open_store(f"sqlite:///{home / 'm.db'}", upgrade=True)


def hand_over(store: Store, now: datetime) -> list[str]:
    """Send all that is due; the kinds."""
    kinds = []
    lease = timedelta(seconds=60)
    while claims := store.outbox.claim(owner="w", now=now, lease=lease, limit=9, per_endpoint=9, render=render):
        for claim in claims:
            end = Settlement(
                delivery_id=claim.delivery.id,
                attempt=claim.attempt,
                owner="w",
                state=DeliveryState.DELIVERED,
                receipt=Receipt(result=SendResult.ACCEPTED),
                endpoint=EndpointState(endpoint="hook"),
            )
            store.outbox.settle(end, now)
            kinds.append(claim.delivery.kind.value)
    return kinds


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    now = datetime.now(UTC)
    store = opened(tmp_path)
    store.archive.commit(chunk(filing("one", now=now - timedelta(hours=2))))
    second = filing("two", now=now - timedelta(hours=1))
    assert second.story is not None
    late = replace(second.story, first_seen_at=now - timedelta(hours=1))
    store.archive.commit(chunk(replace(second, story=late)))
    assert hand_over(store, now) == ["matched", "matched"]
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    return tmp_path


def test_a_merge_points_once_to_the_older_story_and_both_ids_mean_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "stories", "merge", "stwo", "sone")
    assert (code, "sone has 2 articles now" in out) == (exits.OK, True), out
    store = opened(home)
    assert hand_over(store, datetime.now(UTC) + timedelta(minutes=5)) == ["merged"]
    store.close()
    shown = json.loads(said(capsys, "stories", "show", "stwo", "--json")[1])
    assert shown["row"]["story"]["id"] == "sone"
    notes = [alert["alert"]["note"] for alert in shown["alerts"] if alert["alert"]["kind"] == "merged"]
    assert notes == ["this is the same event as: Iraq, Syria interior ministers sign security cooperation memorandum"]
    code, _, err = said(capsys, "stories", "merge", "stwo", "sone")
    assert (code, "same story already" in err) == (exits.FAILED, True)


def test_a_split_makes_a_story_of_its_own_and_tells_nobody_what_was_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "stories", "merge", "stwo", "sone")
    code, out, _ = said(capsys, "stories", "split", "sone", "https://tigris.example/two", "--json")
    new = json.loads(out)["row"]["story"]
    assert (code, new["article_count"]) == (exits.OK, 1)
    shown = said(capsys, "stories", "show", new["id"])[1]
    assert ("split off by hand" in shown, "merged by hand" in shown) == (True, False), "the last that was done"
    store = opened(home)
    assert hand_over(store, datetime.now(UTC) + timedelta(minutes=5)) == ["merged"], (
        "of the merge; of the split nothing"
    )
    assert store.check() == []
    store.close()
    code, _, err = said(capsys, "stories", "split", "sone", "https://tigris.example/one")
    assert (code, "one at least has to stay" in err) == (exits.FAILED, True)
    code, _, err = said(capsys, "stories", "split", "sone", "https://tigris.example/nine")
    assert (code, "no article of sone" in err, "Traceback" in err) == (exits.USAGE, True, False), err


def test_what_was_told_before_a_split_is_not_said_to_wait_in_a_digest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = opened(home)
    desk = Desk(store)
    old = desk.take(MEMO).rows[0].story_id
    desk.take(OWN, outlet="zagros")
    desk.clock.forward(minutes=5)
    assert hand_over(store, desk.clock.now()) == ["matched"]
    store.close()
    new = json.loads(said(capsys, "stories", "split", old, OWN.url, "--json")[1])
    [mark] = new["alerts"]
    shown = said(capsys, "stories", "show", new["row"]["story"]["id"])[1]
    assert f"alert {mark['alert']['id'][:12]}  matched: hook told before" in shown
    assert "hook told before" in said(capsys, "alerts", "list")[1]
    name = mark["deliveries"][0]["delivery"]["id"]
    told = said(capsys, "alerts", "show", name)[1]
    assert f"{name} to hook: told before" in told
    assert f"in a message of story {old}, from before the split" in told
    assert "folded" not in said(capsys, "status")[1]
    assert "no alert" in said(capsys, "alerts", "list", "--state", "folded")[1]
    code, _, err = said(capsys, "alerts", "resend", name, "--yes")
    assert (code, "is told before" in err) == (exits.FAILED, True), err

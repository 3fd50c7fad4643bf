"""`marsad alerts route` and `alerts digests`; the keys that say how and when people are told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marsad import exits
from marsad.config import load
from news.errors import ConfigError
from news.timetable import Every, Severity
from storage import open_store
from tests.marsad.said import said
from tests.samples import chunk, delivery, filing

SECRET = "whsec_" + "A" * 43 + "="
CONFIG = """\
store: sqlite:///m.db
outlets:
  - {id: tigris, name: Tigris Wire, country: IQ, sources: [{id: en, url: "https://tigris.example/feed"}]}
rules:
  - {use: builtin/security-cooperation, severity: high, urgent: true}
receivers:
  desk:
    channel: webhook
    url: https://desk.example/hook
    secret: SECRET
    quiet: {from: "22:00", to: "07:00", zone: Asia/Baghdad, days: [fri, sat], unless: never}
  reader:
    channel: webhook
    url: https://reader.example/hook
    secret: SECRET
    digest: {every: weekly, day: sun, at: "08:30", zone: Africa/Cairo}
  chief: {channel: webhook, url: "https://chief.example/hook", secret: SECRET, waiting: 3, per_hour: 9}
routes:
  - {id: all, to: [reader]}
  - {id: arabic, languages: [ar], to: [desk]}
  - {id: chief, to: [chief], confirmed: 3}
  - {id: iraq, actors: [IQ], countries: [IQ], min_score: 2, to: [chief], confirm_to: [desk], severity: low}
""".replace("SECRET", SECRET)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing(now=datetime.now(UTC))))
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    return tmp_path


def test_route_says_who_hears_when_and_why_not(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "alerts", "route", "--story", "sone", "--json")
    assert code == exits.OK
    found = {(r["route"], r["endpoint"]): r for r in json.loads(out)}
    assert found["all", "reader"]["reached"]
    assert "Weekly digest" in found["all", "reader"]["when"]
    assert "languages: en; wanted ar" in found["arabic", "desk"]["why"][0]
    assert "1 independent owner; wanted 3" in found["chief", "chief"]["why"]
    assert found["iraq", "chief"]["severity"] == "low"
    assert "1 independent owner; wanted 3" in found["iraq", "desk"]["why"]
    code, out, _ = said(capsys, "alerts", "route", "--story", "sone")
    assert (code, "yes" in out, "wanted ar" in out) == (exits.OK, True, True)
    assert said(capsys, "alerts", "route", "--story", "zz")[0] == exits.USAGE


def test_route_fails_where_nobody_is_reached(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "silences", "add", "--story", "sone", "--until", "1h", "--reason", "r", "--author", "a")
    code, out, _ = said(capsys, "alerts", "route", "--story", "sone")
    assert (code, "hides it" in out) == (exits.FAILED, True)


def test_digests_lists_what_waits_for_whom(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing waits" in said(capsys, "alerts", "digests")[1]
    now = datetime.now(UTC)
    store = open_store("sqlite:///m.db")
    for name in ("x", "y"):
        held = delivery(name, "reader", now=now, ready_at=now + timedelta(hours=5), fold="digest weekly", route="all")
        store.archive.commit(chunk(replace(filing(name), deliveries=(held,))))
    store.close()
    (waiting,) = json.loads(said(capsys, "alerts", "digests", "--json")[1])
    assert (waiting["endpoint"], waiting["fold"], waiting["count"]) == ("reader", "digest weekly", 2)
    assert "Weekly digest" in said(capsys, "alerts", "digests")[1]
    assert "waits for a digest" in said(capsys, "alerts", "show", "alx")[1]


def test_the_file_becomes_routes_manners_and_weights(home: Path) -> None:
    config = load(home / "config.yaml")
    manner = config.policy.manners["desk"]
    assert manner.quiet is not None
    assert (manner.quiet.days, manner.quiet.unless) == (frozenset({4, 5}), None)
    reader = config.policy.manners["reader"].digest
    assert reader is not None
    assert (reader.every, reader.day, reader.at.hour, reader.at.minute) == (Every.WEEKLY, 6, 8, 30)
    assert (config.policy.manners["chief"].waiting, config.policy.manners["chief"].per_hour) == (3, 9)
    weight = config.policy.weights["security-cooperation"]
    assert (weight.severity, weight.urgent) == (Severity.HIGH, True)
    assert config.policy.confirmations == (3, 5, 10)
    assert [r.per_hour for r in config.routes] == [30] * 4
    assert config.routes[3].confirm_to == ("desk",)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"22:00"', '"25:00"', "is not a time of day"),
        ("Asia/Baghdad", "Asia/Bagdad", "is not a time zone"),
        ("every: weekly", "every: fortnightly", "receivers.reader.digest.every"),
        ("unless: never", "unles: never", "did you mean 'unless'?"),
        ("urgent: true", "inhibits: [other]", "unknown rule 'other'"),
        ("urgent: true", "urgnt: true", "urgnt"),
        ("confirm_to: [desk]", "confirm_to: [dsk]", "did you mean 'desk'?"),
        ("actors: [IQ]", "outlets: [tigriss]", "did you mean 'tigris'?"),
        ("severity: low", "severity: grave", "severity"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_place(home: Path, before: str, after: str, words: str) -> None:
    (home / "config.yaml").write_text(CONFIG.replace(before, after))
    with pytest.raises(ConfigError) as caught:
        load(home / "config.yaml")
    assert words in str(caught.value)
    assert "config.yaml:" in str(caught.value)

"""`marsad why`: what it says of an address is so, wherever the article's way ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marsad import exits
from news.alert import Route
from news.article import Rejection, Withdrawal
from news.criteria import Criteria
from news.outlet import Cursor, PendingPage, SourceState
from news.run import RunOutcome
from news.silence import Silence
from news.timetable import Every, Timetable
from news.visit import VisitEnd
from storage import Store, open_store
from tests.marsad.said import said
from tests.pipelines.desk import MEMO, OWN, RAIN, Desk
from tests.samples import NOW

RULES = "rules: [{use: builtin/security-cooperation}]\n"
OUTLETS = """\
store: sqlite:///m.db
outlets:
  - {id: tigris, name: Tigris, homepage: "https://tigris.example", sources: [{id: en, url: "https://feeds.example/t"}]}
  - {id: zagros, name: Zagros, sources: [{id: en, url: "https://zagros.example/feed", enabled: false}]}
"""
WIRE = replace(MEMO, url="https://zagros.example/wire", link="https://zagros.example/wire", outlet="zagros")
ENDED = VisitEnd(outcome=RunOutcome.OK, cursor=Cursor())
Why = Callable[..., str]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text(OUTLETS + RULES)
    return open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)


@pytest.fixture
def why(store: Store, capsys: pytest.CaptureFixture[str]) -> Why:
    def ask(url: str, code: int = exits.OK) -> str:
        got, out, err = said(capsys, "why", url)
        assert got == code, err
        return out

    return ask


@pytest.mark.parametrize(
    "url",
    [
        "https://tigris.example/memo", "http://tigris.example/memo", "tigris.example/memo", " HTTPS://WWW.Tigris.example/memo/ ",
        "http://m.tigris.example/memo?utm_source=x&fbclid=y#top", "https://tigris.example:443/amp/memo",
    ],
)  # fmt: skip
def test_an_article_is_known_by_whatever_a_reader_pastes(store: Store, why: Why, url: str) -> None:
    Desk(store).take(MEMO)
    assert "security-cooperation: match" in why(url)


def test_so_it_is_wherever_an_article_is_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(store)
    row = desk.take(MEMO).rows[0]
    desk.take(OWN, outlet="zagros")
    given = "http://tigris.example/memo?utm_source=x"
    assert said(capsys, "rules", "explain", "security-cooperation", given)[0] == exits.OK
    assert said(capsys, "articles", "revisions", given)[0] == exits.OK
    assert said(capsys, "feedback", "missed", given)[0] == exits.OK
    assert "https://tigris.example/memo" in said(capsys, "feedback", "list")[1]
    assert said(capsys, "stories", "split", row.story_id, given)[0] == exits.OK
    code, _, err = said(capsys, "search", "iraq", "--lang", "xx")
    assert (code, "'xx' is not one of 'en', 'ar'" in err) == (exits.USAGE, True)


def test_of_an_unknown_address_it_says_whether_its_source_was_ever_read(store: Store, why: Why) -> None:
    assert "no configured source is at gris.example" in why("https://gris.example/x", exits.FAILED)
    out = why("https://tigris.example/x", exits.FAILED)
    assert "tigris/en is at this host, but was not read yet" in out
    assert "marsad crawl tigris/en --dry-run" in out
    assert "zagros/en (switched off)" in why("https://zagros.example/x", exits.FAILED)
    Desk(store).take(RAIN, end=ENDED, state=SourceState())
    assert "last read 2026-11-24 12:00 UTC, but never listed the URL" in why("https://tigris.example/x", exits.FAILED)


def test_of_a_page_without_an_article_it_says_how_far_it_came(store: Store, why: Why) -> None:
    useless = Rejection(url="https://tigris.example/a", reason="no_text", detail="menus alone", quarantined=True)
    owed = PendingPage(url="https://tigris.example/b", reason="http_503", attempt_count=1)
    Desk(store).take(useless, end=replace(ENDED, pending=(owed,)))
    out = why("tigris.example/a")
    assert "read, useless" in out
    assert "no_text: menus alone" in out
    assert "marsad quarantine retry https://tigris.example/a" in out
    assert "seen, not read yet" in why("tigris.example/b")


def test_reports_are_called_by_outlet_and_time(store: Store, why: Why) -> None:
    desk = Desk(store)
    desk.take(MEMO)
    desk.take(WIRE, outlet="zagros")
    desk.take(OWN, outlet="zagros")
    assert "a copy of tigris, 2026-11-24 11:00 UTC: https://www.tigris.example/memo" in why(WIRE.url)
    assert "compared with zagros, 2026-11-24 11:00 UTC, 0 hours apart" in why(OWN.url)
    assert "actors: IQ “Iraq”, “Baghdad”, SY “Syria”" in why(OWN.url)


def test_a_report_of_another_story_is_named_so_that_it_can_be_found(
    store: Store, why: Why, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(store)
    first = desk.take(MEMO).rows[0]
    desk.take(WIRE, outlet="zagros")
    desk.take(OWN, outlet="zagros")
    assert said(capsys, "stories", "split", first.story_id, OWN.url, WIRE.url)[0] == exits.OK
    trace = store.catalogue.trace(WIRE.url)
    assert trace.filed is not None
    shown = said(capsys, "stories", "show", trace.filed.story_id)[1]
    for out in (why(WIRE.url), shown):
        assert f"tigris, 2026-11-24 11:00 UTC, 0 hours apart, in story {first.story_id[:9]}:" in out
        assert MEMO.title in out
        assert "https://www.tigris.example/memo" in out


def test_an_article_is_known_by_its_id_too(store: Store, why: Why, capsys: pytest.CaptureFixture[str]) -> None:
    Desk(store).take(MEMO)
    facts = json.loads(said(capsys, "why", MEMO.url, "--json")[1])
    name = facts["filed"]["article_id"]
    for given in (name, name[:9], f" {name} "):
        assert "security-cooperation: match" in why(given)
    assert said(capsys, "articles", "revisions", name)[0] == exits.OK
    code, _, err = said(capsys, "why", "abcdefgh")
    assert (code, "no article is called 'abcdefgh'" in err, "marsad search" in err) == (exits.USAGE, True, True)


def test_a_revision_and_a_withdrawal_are_told(store: Store, why: Why) -> None:
    desk = Desk(store)
    desk.take(MEMO)
    desk.take(replace(MEMO, title="Iraq, Syria sign no security memorandum"))
    desk.take(Withdrawal(url=MEMO.url, missing_at=NOW, withdrawn_at=NOW, detail="404"))
    out = why(MEMO.url)
    assert "revised  1 times" in out
    assert "withdrawn by the outlet" in out


@pytest.mark.parametrize(
    ("route", "first_visit", "words"),
    [
        (Route(id="r", endpoints=("hook",)), False, "hook: held"),
        (Route(id="r", endpoints=("hook",), digest=Timetable(every=Every.DAILY)), False, "waits for a digest"),
        (Route(id="r", endpoints=("hook",)), True, "found when the source was read for the first time"),
        (Route(id="r", endpoints=("hook",), criteria=Criteria(actors=("TR",))), False, "no route wants it"),
    ],
)
def test_who_was_told_or_why_nobody(store: Store, why: Why, route: Route, first_visit: bool, words: str) -> None:
    Desk(store, route).take(MEMO, state=SourceState(first_visit=first_visit))
    assert words in why(MEMO.url)


def test_a_silence_and_a_cap_are_named(store: Store, why: Why) -> None:
    desk = Desk(store, Route(id="r", endpoints=("hook",), per_hour=1))
    desk.take(MEMO)
    other = replace(MEMO, url="https://tigris.example/jo", title="Jordan, Turkey sign defence cooperation agreement",
                    text="The chiefs of staff of Jordan and Turkey signed an agreement on joint air force exercises. " * 3)  # fmt: skip
    desk.take(other)
    assert "waits for a digest" in why(other.url)
    store.silences.add(
        Silence(id="quiet", criteria=Criteria(actors=("EG",)), author="me", reason="x", starts_at=NOW, ends_at=NOW + timedelta(days=9))
    )  # fmt: skip
    hidden = replace(other, url="https://tigris.example/eg", title="Egypt, Sudan sign border security agreement",
                     text="Egypt and Sudan agreed on joint patrols along their border, the two interior ministries said. " * 3)  # fmt: skip
    desk.take(hidden)
    assert "a silence hides it" in why(hidden.url)


def test_a_story_that_matches_since_rules_were_changed_is_not_said_to_match_none(
    store: Store, why: Why, capsys: pytest.CaptureFixture[str]
) -> None:
    Desk(store).take(RAIN)
    assert "told     nobody: no rule matches its story" in why(RAIN.url)
    Path("config.yaml").write_text(OUTLETS + "rules: [{id: rain, query: rain}]\n")
    assert said(capsys, "retag")[0] == exits.OK
    assert "told     nobody: its story matches since rules were changed" in why(RAIN.url)
    Path("config.yaml").write_text(OUTLETS + "rules: [{id: rain, query: rain, languages: [ar]}]\n")
    assert said(capsys, "retag")[0] == exits.OK
    assert "tagged   by no rule: none is for its language (en)" in why(RAIN.url)
    Path("config.yaml").write_text(OUTLETS)
    assert said(capsys, "retag")[0] == exits.OK
    assert "tagged   by no rule: none is configured" in why(RAIN.url)


def test_stories_show_says_of_each_copy_why_it_is_there(
    store: Store, why: Why, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(store)
    desk.take(replace(WIRE, published_at=NOW), outlet="zagros")
    row = desk.take(MEMO).rows[0]
    out = said(capsys, "stories", "show", row.story_id)[1]
    assert "2026-11-24 11:00 UTC  tigris (en)  seen after a copy of it" in out
    assert "compared with zagros, 2026-11-24 12:00 UTC, 1 hours apart" in out
    assert "  copy 2026-11-24 12:00 UTC  zagros: https://zagros.example/wire\n    seen first, opened\n" in out


def test_of_texts_published_in_one_minute_the_one_seen_first_is_the_origin(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(store)
    row = desk.take(MEMO).rows[0]
    for number in range(4):
        copy = replace(WIRE, url=f"https://w{number}.example/wire", outlet=f"w{number}")
        desk.take(copy, outlet=copy.outlet)
    out = said(capsys, "stories", "show", row.story_id)[1]
    assert "2026-11-24 11:00 UTC  tigris (en)  opened" in out
    assert out.count("  copy 2026-11-24 11:00 UTC") == 4


def test_what_was_ruled_out_is_not_called_unlike(store: Store, why: Why) -> None:
    desk = Desk(store)
    desk.take(MEMO)
    pair = replace(OWN, title="Iraq and Turkey interior ministers agree on security cooperation in Baghdad")
    desk.take(pair, outlet="zagros")
    out = why(pair.url)
    assert "what is like it is ruled out" in out
    assert "other states (IQ, SY)" in out

"""Feedback is kept with author and time, and becomes a rule's precision."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marsad import exits
from news.feedback import Feedback, Opinion, Score, scores
from storage import Store, open_store
from tests.marsad.said import said
from tests.samples import NOW, chunk, filing

CONFIG = "store: sqlite:///m.db\nrules: [{use: builtin/security-cooperation}]\n"


def opinion(name: str, what: Opinion, minutes: int = 0, **changes: object) -> Feedback:
    facts: dict[str, object] = {
        "id": f"{name}{minutes}", "opinion": what, "author": "amal", "at": NOW + timedelta(minutes=minutes), "story_id": name,
        "rules": ("r",),
    }  # fmt: skip
    return Feedback(**{**facts, **changes})  # type: ignore[arg-type]


def test_opinions_are_read_back_newest_first(store: Store) -> None:
    given = [
        opinion("s1", Opinion.RELEVANT),
        opinion("s2", Opinion.MISSED, 1, rules=("other",), url="https://x.example/"),
    ]
    for one in given:
        store.opinions.add(one)
    assert store.opinions.list() == given[::-1]
    assert store.opinions.list(rule="r") == given[:1]
    assert store.opinions.list(limit=1) == given[1:]


def test_precision_counts_the_last_opinion_on_each_story() -> None:
    given = [
        opinion("s1", Opinion.RELEVANT),
        opinion("s2", Opinion.RELEVANT),
        opinion("s2", Opinion.IRRELEVANT, 5),
        opinion("s3", Opinion.RELEVANT),
        opinion("s4", Opinion.DUPLICATE),
        opinion("s5", Opinion.MISSED, url="https://x.example/"),
    ]
    assert scores(given) == {"r": Score(relevant=2, irrelevant=1, duplicates=1, missed=1)}
    assert scores(given)["r"].precision == pytest.approx(2 / 3)
    assert Score(missed=3).precision is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    for name in ("one", "two", "three"):
        made = filing(name)
        assert made.story is not None
        store.archive.commit(chunk(replace(made, story=replace(made.story, id=f"s{name}"))))
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    return tmp_path


def test_a_duplicate_is_noted_and_the_way_to_merge_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "feedback", "sthree", "duplicate-of", "sone")
    assert (code, "marsad stories merge sthree sone" in err) == (exits.OK, True)
    assert "story sthree is a duplicate of sone (" in out
    found = json.loads(said(capsys, "stories", "list", "--json")[1])
    assert {row["story"]["id"] for row in found} >= {"sthree", "sone"}


def test_people_judge_stories_and_rules_list_shows_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "feedback", "sone", "relevant", "--author", "Amal", "--note", "just so")
    assert (code, "is relevant (security-cooperation), by Amal" in out) == (exits.OK, True)
    assert said(capsys, "feedback", "stwo", "irrelevant")[0] == exits.OK
    code, out, _ = said(capsys, "feedback", "sthree", "duplicate-of", "sone", "--json")
    kept = json.loads(out)
    assert (kept["other"], kept["opinion"], kept["rules"]) == ("sone", "duplicate-of", ["security-cooperation"])
    code, out, err = said(capsys, "feedback", "missed", "https://tigris.example/one")
    assert (code, "marsad rules explain security-cooperation" in err) == (exits.OK, True)
    assert "/one was missed (" in out
    code, _, err = said(capsys, "feedback", "missed", "https://tigris.example/never-seen")
    assert (code, "the archive does not have it" in err) == (exits.OK, True)
    facts = json.loads(said(capsys, "rules", "list", "--json")[1])["rules"][0]
    assert (facts["stories"], facts["relevant"], facts["irrelevant"], facts["duplicates"]) == (3, 1, 1, 1)
    assert (facts["missed"], facts["precision"]) == (2, 0.5)
    assert "50%" in said(capsys, "rules", "list")[1]
    listed = json.loads(said(capsys, "feedback", "list", "--json")[1])["feedback"]
    assert [item["opinion"] for item in listed] == ["missed", "missed", "duplicate-of", "irrelevant", "relevant"]
    assert (listed[-1]["author"], listed[-1]["note"]) == ("Amal", "just so")
    assert "just so" in said(capsys, "feedback", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("zzz", "relevant"), "no story is called 'zzz'"),
        (("sone", "good"), "STORY relevant|irrelevant"),
        (("sone", "duplicate-of", "sone"), "cannot be a duplicate of itself"),
        (("sone", "duplicate-of", "zzz"), "no story is called"),
        (("missed", "nonsense"), "neither an article's address"),
        (("sone", "relevant", "--rule", "security-coop"), "did you mean 'security-cooperation'?"),
    ],
)
def test_wrong_feedback_is_refused_and_nothing_kept(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = said(capsys, "feedback", *arguments)
    assert (code, words in err) == (exits.USAGE, True), err
    assert said(capsys, "feedback", "list")[1] == "no feedback yet\n"


def test_the_reranker_learns_from_opinions_and_is_used_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    rule = "{id: r, query: bread, threshold: 2, review: 1, score: [{query: bread, add: 1.5}]}"
    (tmp_path / "config.yaml").write_text(f"store: sqlite:///m.db\nrules: [{rule}]\n")
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    for number in range(24):
        made = filing(f"n{number}", told=False)
        text = f"Bread and {'flour from the oven' if number % 2 else 'a wedding party'} {number}"
        store.archive.commit(chunk(replace(made, article=replace(made.article, title=text, text=""))))
        what = Opinion.RELEVANT if number % 2 else Opinion.IRRELEVANT
        if number < 8:
            store.opinions.add(opinion(f"s{number}", what, number, article_id=f"an{number}"))
    code, _, err = said(capsys, "rules", "train", "r")
    assert (code, "4 relevant and 4 irrelevant examples are too few" in err) == (exits.FAILED, True)
    for number in range(8, 24):
        what = Opinion.RELEVANT if number % 2 else Opinion.IRRELEVANT
        store.opinions.add(opinion(f"s{number}", what, number, article_id=f"an{number}"))
    store.close()
    code, out, _ = said(capsys, "rules", "train")
    assert code == exits.OK
    assert "learnt from 12 relevant and 12 irrelevant" in out
    arguments = ("rules", "test", "r", "--title", "Bread: flour and the oven")
    assert "r: review" in said(capsys, *arguments)[1]
    (tmp_path / "config.yaml").write_text(f"store: sqlite:///m.db\ntagging: {{model: linear}}\nrules: [{rule}]\n")
    out = said(capsys, *arguments)[1]
    assert "r: match" in out
    assert "% relevant (" in out
    (tmp_path / "m.db.models.json").write_text("{}")
    code, _, err = said(capsys, *arguments)
    assert (code, "cannot be read" in err) == (exits.CONFIG, True)

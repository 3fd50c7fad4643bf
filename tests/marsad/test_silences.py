"""`marsad silences`: preview, adding, listing, ending; wrong names."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marsad import exits
from storage import open_store
from tests.marsad.said import said
from tests.samples import chunk, filing

CONFIG = """\
store: sqlite:///m.db
outlets:
  - {id: tigris, name: Tigris Wire, country: IQ, sources: [{id: en, url: "https://tigris.example/feed"}]}
rules: [{use: builtin/security-cooperation}]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing(now=datetime.now(UTC))))
    store.close()
    monkeypatch.chdir(tmp_path)
    return tmp_path


WHY = ("--until", "8h", "--reason", "known", "--author", "dana")


@pytest.mark.parametrize(
    ("criteria", "count"),
    [(("--outlet", "tigris"), 1), (("--country", "TR"), 0), (("--country", "IQ", "--actor", "IQ"), 1), (("--story", "sone"), 1)],
)  # fmt: skip
def test_a_dry_run_shows_what_it_would_have_hidden_and_adds_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], criteria: tuple[str, ...], count: int
) -> None:
    code, out, _ = said(capsys, "silences", "add", *criteria, *WHY, "--dry-run", "--json")
    answer = json.loads(out)
    assert (code, answer["added"], len(answer["would_have_hidden"])) == (exits.OK, False, count)
    assert json.loads(said(capsys, "silences", "list", "--json")[1]) == []


def test_a_silence_can_hold_for_one_receiver(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mail = "receivers: {mail: {channel: email, host: 127.0.0.1, security: plain, from: m@example.org, to: [a@example.org]}}"
    (home / "config.yaml").write_text(f"{CONFIG}{mail}\n")
    code, out, _ = said(capsys, "silences", "add", "--outlet", "tigris", *WHY, "--receiver", "mail/a@example.org")
    assert (code, "hidden 0 alerts" in out, "outlet tigris, for mail/***@example.org only" in out) == (0, True, True)
    code, _, err = said(capsys, "silences", "add", "--outlet", "tigris", *WHY, "--receiver", "mial")
    assert code != exits.OK
    assert "mail" in err


def test_a_silence_is_added_listed_and_ended(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "silences", "add", "--outlet", "tigris", *WHY)
    assert (code, "hidden 1 alert." in out, "outlet tigris" in out) == (exits.OK, True, True)
    (listed,) = json.loads(said(capsys, "silences", "list", "--json")[1])
    assert (listed["author"], listed["criteria"]["outlets"]) == ("dana", ["tigris"])
    assert said(capsys, "silences", "expire", listed["id"][:5])[0] == exits.OK
    assert "nothing is silenced" in said(capsys, "silences", "list")[1]
    assert "ended" in said(capsys, "silences", "list", "--all")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "--outlet", "tigriss", *WHY), exits.USAGE, "did you mean 'tigris'?"),
        (("add", "--rule", "security-coop", *WHY), exits.USAGE, "did you mean 'security-cooperation'?"),
        (("add", "--story", "zz", *WHY), exits.USAGE, "no story is called 'zz'"),
        (("add", *WHY), exits.FAILED, "must say what it hides"),
        (("add", "--outlet", "tigris", "--until", "40d", "--reason", "r"), exits.FAILED, "30 days at most"),
        (("add", "--outlet", "tigris", "--until", "soon", "--reason", "r"), exits.USAGE, "is not a duration"),
        (("expire", "zz"), exits.USAGE, "no silence is called 'zz'"),
    ],
    ids=lambda v: " ".join(v[:3]) if isinstance(v, tuple) else None,
)
def test_a_wrong_silence_is_refused_with_a_reason(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    got, _, err = said(capsys, "silences", *arguments)
    assert (got, words in err, "Traceback" in err) == (code, True, False), err

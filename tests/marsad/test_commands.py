"""The command line: answers, JSON, exit codes, closest names, no traceback."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marsad import exits
from marsad.commands import _TREE, root
from news.health import Health, HealthState
from news.outlet import SourceState
from storage import open_store
from storage.schema import head
from tests.marsad.said import said
from tests.samples import NOW, chunk, delivery, filing, render
from tests.storage_steps import deliver, older

CONFIG = """\
store: sqlite:///m.db
outlets:
  - {id: tigris, name: Tigris Wire, sources: [{id: en, url: "https://tigris.example/feed"}]}
rules: [{use: builtin/security-cooperation}]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and a database that holds one matched story."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing()))
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    return tmp_path


LISTINGS = [
    ("sources", "list"), ("runs", "list"), ("stories", "list"), ("stories", "show", "sone"), ("alerts", "list"),
    ("alerts", "show", "alone"), ("status",), ("config", "show"), ("config", "check"), ("db", "check"),
    ("why", "https://tigris.example/one"), ("rules", "test", "--title", "Iraq, Syria sign security memorandum"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", LISTINGS, ids=" ".join)
def test_every_listing_answers_for_people_and_as_json(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, err) == (exits.OK, "")
    assert out.strip()
    code, out, err = said(capsys, *arguments, "--json")
    assert (code, err) == (exits.OK, "")
    json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("storys", "list"), exits.USAGE, "Did you mean 'stories'?"),
        (("stories", "lst"), exits.USAGE, "Did you mean 'list'?"),
        (("crawl", "tigriss"), exits.USAGE, "did you mean 'tigris'?"),
        (("runs", "show", "nope"), exits.USAGE, "no run is called 'nope'"),
        (("stories", "show", "zzz"), exits.USAGE, "no story is called 'zzz'"),
        (("alerts", "resend", "msg_none", "--yes"), exits.USAGE, "no alert is called"),
        (("channels", "test", "desk"), exits.USAGE, "no receiver is called 'desk'"),
        (("rules", "test", "security-coop"), exits.USAGE, "did you mean 'security-cooperation'?"),
        (("why", "not a url"), exits.USAGE, "neither an article's address (https://...) nor its id"),
        (("crawl", "tigr"), exits.USAGE, "several begin so: tigris, tigris/en"),
        (("feedback", "zzz", "relevant"), exits.USAGE, "known: sone"),
        (("quarantine", "list", "--source", "nope"), exits.USAGE, "no source is called 'nope'"),
        (("quarantine", "retry", "https://tigris.example/x"), exits.USAGE, "marsad quarantine list"),
        (("alerts", "resend", "--to", "nope", "--yes"), exits.USAGE, "no receiver is called 'nope'"),
        (("alerts", "show", "al_ne"), exits.USAGE, "no alert is called 'al_ne'"),
        (
            ("rules", "explain", "security-cooperation", "https://x.example/"),
            exits.USAGE,
            "marsad why https://x.example/",
        ),
        (("db", "backup", "none/x.db"), exits.FAILED, "none/x.db failed: No such file or directory"),
        (("demo", "--keep", "config.yaml/x"), exits.USAGE, "config.yaml/x cannot be made: Not a directory"),
        (("stories", "list", "--since", "yesterday"), exits.USAGE, "is not a duration"),
        (("-c", "none.yaml", "status"), exits.CONFIG, "there is no such file"),
        (("config", "init", "config.yaml"), exits.USAGE, "nothing was overwritten"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else None,
)
def test_a_wrong_name_is_answered_with_the_closest_and_a_code(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    got, _, err = said(capsys, *arguments)
    assert (got, words in err) == (code, True), err
    assert "fault of ours" not in err
    assert "Traceback" not in err


def test_why_follows_an_article_to_its_delivery_and_an_unknown_one_to_its_host(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = said(capsys, "why", "https://www.tigris.example/one?utm_source=x")
    for stage in ("seen", "read", "story", "security-cooperation: match", "hook: held"):
        assert stage in out
    code, out, _ = said(capsys, "why", "https://tigris.example/never")
    assert (code, "tigris/en" in out) == (exits.FAILED, True)


@pytest.mark.parametrize(("age", "code", "hangs"), [(4, exits.OK, False), (11, exits.PARTIAL, True)])
def test_status_says_that_a_running_daemon_has_stored_nothing_for_long(
    home: Path, capsys: pytest.CaptureFixture[str], age: int, code: int, hangs: bool
) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    store.see(datetime.now(UTC) - timedelta(minutes=age))
    assert said(capsys, "status", "--strict")[0] == exits.OK, "none runs"
    with store.lock("daemon"):
        answer = said(capsys, "status", "--strict")
    store.close()
    assert answer[0] == code
    assert (f"it has stored nothing since {age} min ago" in answer[1]) is hangs


def test_status_says_that_the_disk_is_full_though_no_trouble_can_be_stored(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config.yaml").write_text(CONFIG + "watch: {free_space: 100%}\n")
    code, out, _ = said(capsys, "status", "--strict")
    assert code == exits.PARTIAL
    assert f"are free at {home}, less than" in out
    assert json.loads(said(capsys, "status", "--json")[1])["disk_short"]


def test_an_alert_to_many_receivers_leaves_room_for_its_story(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    names = [f"receiver-of-the-desk-{number}" for number in range(8)]
    told = filing("two")
    told = replace(told, deliveries=tuple(delivery("two", name, id=f"msg_{name}") for name in names))
    store.archive.commit(chunk(told))
    title = store.catalogue.alerts(limit=1)[0].title
    store.close()
    out = said(capsys, "alerts", "list")[1]
    words = " ".join(out.split())
    assert all(word in words for word in title.split())
    assert all(name in words for name in names)


def test_status_names_a_source_that_answers_and_brings_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    frozen = Health(state=HealthState.FROZEN, since=datetime.now(UTC), evidence="its newest entry is 9 days old")
    store.archive.commit(chunk(state=SourceState(health=frozen)))
    store.close()
    code, out, _ = said(capsys, "status", "--strict")
    assert code == exits.PARTIAL
    assert "1 enabled, 0 failing, 1 not well" in out
    assert "tigris/en: frozen, since 0 s ago: its newest entry is 9 days old" in out


def test_what_came_while_a_command_started_is_not_of_the_future(home: Path) -> None:
    os.mkfifo(home / "slow.yaml")
    command = [sys.executable, "-m", "marsad", "-c", "slow.yaml", "stories", "list"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True, env=environment) as process:
        with (home / "slow.yaml").open("w") as config:  # now it waits for its configuration
            time.sleep(1.1)
            store = open_store(f"sqlite:///{home / 'm.db'}")
            store.archive.commit(chunk(filing("late", now=datetime.now(UTC))))
            store.close()
            config.write(CONFIG)
        out = process.communicate(timeout=30)[0]
    assert " s ago" in out, out
    assert "in 1 s" not in out


def test_a_backup_and_a_resend_do_what_they_say(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "db", "backup", "copy.db")
    assert (code, "checked" in out) == (exits.OK, True)
    code, _, err = said(capsys, "alerts", "resend", "alone", "--yes")
    assert (code, "held" in err) == (exits.FAILED, True), "what was never sent cannot be sent again"


def test_a_message_that_cannot_be_sent_again_keeps_no_other_from_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    assert deliver(store, render, NOW) == 1
    store.archive.commit(chunk(filing("two")))
    store.close()
    code, out, err = said(capsys, "alerts", "resend", "altwo", "alone", "--yes")
    assert (code, out.count("due now")) == (exits.PARTIAL, 1)
    assert "is held" in err
    code, out, err = said(capsys, "alerts", "resend", "altwo", "--yes", "--json")
    assert (code, json.loads(out)) == (exits.FAILED, [])
    assert "is held" in err


def test_a_message_whose_text_is_kept_no_more_is_said_to_be_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}")
    assert deliver(store, render, NOW) == 1
    store.outbox.forget_messages(NOW + timedelta(days=1))
    store.close()
    assert "its text is kept no longer" in said(capsys, "alerts", "show", "alone")[1]
    for option in ("--dry-run", "--yes"):
        code, out, _ = said(capsys, "alerts", "resend", "alone", option)
        assert (code, "its text is kept no longer, and is made anew" in out) == (exits.OK, True), out


def test_an_older_or_missing_database_is_made_by_db_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert f"made a new database: {tmp_path / 'm.db'}" in said(capsys, "db", "upgrade")[1]
    assert "nothing to do" in said(capsys, "db", "upgrade")[1]


@pytest.mark.parametrize(
    "command",
    [
        "status", "stories list", "stories show s1", "why https://tigris.example/one", "articles revisions tigris.example/one",
        "alerts list", "alerts resend --since 1d", "sources list", "runs list", "search iraq", "silences list", "rules list",
        "feedback list", "channels list", "retag", "quarantine list", "db check", "db backup copy.db", "db compact", "db reindex",
    ],
)  # fmt: skip
def test_no_database_is_made_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG.replace("sqlite:///m.db", "sqlite:///data/m.db"))
    code, out, err = said(capsys, *command.split())
    assert (code, out) == (exits.FAILED, ""), err
    assert f"there is no database at {tmp_path / 'data' / 'm.db'}; nothing was made." in err
    assert "marsad db upgrade" in err
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_nor_is_a_file_that_is_there_filled_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "m.db").touch()
    code, _, err = said(capsys, "status")
    assert (code, "there is no database at" in err) == (exits.FAILED, True), err
    assert (tmp_path / "m.db").stat().st_size == 0


def test_an_older_database_can_be_copied_before_it_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    older(tmp_path / "m.db")
    code, _, err = said(capsys, "status")
    assert (code, "marsad db upgrade" in err) == (exits.FAILED, True), err
    assert said(capsys, "db", "backup", "mine.db")[0] == exits.OK
    code, out, _ = said(capsys, "db", "upgrade", "--no-copy")
    assert (code, f"0012 -> {head()}" in out) == (exits.OK, True), out
    assert not [*tmp_path.glob("m.db.before-*")]
    assert said(capsys, "status")[0] == exits.OK


def test_the_filters_answer_line_by_line_and_report_bad_lines() -> None:
    lines = '{"id":1,"title":"Iraq, Syria sign security memorandum","text":""}\nnot json\n{"title":"x"}\n{"id":2,"title":"Rain","text":""}\n'
    command = [sys.executable, "-m", "marsad", "tag"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(lines.splitlines(keepends=True)[0])
        process.stdin.flush()
        first = json.loads(process.stdout.readline())
        assert (first["id"], first["verdict"]) == (1, "match"), "answered before the next line came"
        rest, err = process.communicate("".join(lines.splitlines(keepends=True)[1:]), timeout=30)
    assert [json.loads(line)["id"] for line in rest.splitlines()] == [2]
    assert "line 2" in err
    assert "line 3: the key 'id' is missing" in err
    assert process.returncode == exits.PARTIAL


def test_every_command_has_a_help_page() -> None:
    for name in _TREE:
        command = root.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help


def test_completion_is_printed_for_each_shell(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_MARSAD_COMPLETE" in said(capsys, "completion", shell)[1]


def test_an_unexpected_fault_is_one_sentence_without_a_traceback(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    broken = "import marsad.commands.status as s, marsad.__main__ as m; s.opened = None; print(m.main(['status']))"
    run = subprocess.run(
        [sys.executable, "-c", broken],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment,
        timeout=30,
        check=False,
    )
    assert "this is a fault of ours" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_finds_no_room_is_no_fault_of_ours(home: Path, unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "marsad", "status"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=home,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": unbuffered},
            timeout=30, check=False,
        )  # fmt: skip
    assert run.returncode == exits.FAILED
    assert "found no room: No space left on device" in run.stderr
    assert "fault of ours" not in run.stderr


def test_db_check_names_every_row_that_cannot_be_read_and_what_helps(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "db", "check") == (exits.OK, "the database is whole\n", "")
    with closing(sqlite3.connect(home / "m.db")) as raw:
        raw.execute("UPDATE articles SET article = '{'")
        raw.execute("UPDATE stories SET doc = CAST(replace(doc, 'Iraq', X'ff') AS TEXT)")
        raw.execute("UPDATE tags SET doc = '[]', verdict = 'perhaps'")
        raw.execute("UPDATE alerts SET created_at = 'today'")
        raw.execute("UPDATE deliveries SET kind = 'gossip', lease_until = 9000000000000000000")
        raw.execute("INSERT INTO endpoints VALUES ('hook', 'healthy', NULL, '')")
        raw.execute("INSERT INTO sources VALUES ('tigris/en', 'h', 1, 0, '{\"cursor\": 7}')")
        raw.commit()
    code, out, err = said(capsys, "db", "check")
    assert (code, err) == (exits.FAILED, "")
    for words in (
        "the article aone cannot be read from the database (Invalid JSON: EOF while parsing",
        "the story sone cannot be read from the database (Invalid JSON: invalid unicode code point",
        "the tag of aone security-cooperation cannot be read",
        "marsad retag",
        "the row of tags aone security-cooperation cannot be read from the database (verdict is 'perhaps')",
        "the row of alerts alone cannot be read from the database (created_at is no time)",
        "(kind is 'gossip')",
        "(lease_until is no time)",
        "the state of the receiver hook cannot be read",
        "marsad channels test",
        "the state of the source tigris/en cannot be read from the database (cursor: Input should be an object)",
    ):
        assert words in out
    code, out, _ = said(capsys, "db", "check", "--json")
    assert code == exits.FAILED
    answer = json.loads(out)
    assert len(answer["problems"]) == len(answer["unreadable"]) == 9
    assert {"what": "the article aone", "remedy": "Restore it from a backup."}.items() <= answer["unreadable"][
        0
    ].items()


def test_a_rule_that_is_broken_in_the_file_is_no_fault_of_the_daemon_that_is_asked_after(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It works on with the file it has; a container's supervisor that is told otherwise would end it."""
    (home / "config.yaml").write_text(
        CONFIG.replace("security-cooperation", "no-such-rule") + "console: {listen: 127.0.0.1:1}\n"
    )
    assert said(capsys, "config", "check")[0] == exits.CONFIG
    code, out, _ = said(capsys, "healthcheck")
    assert (code, "no answer from 127.0.0.1:1" in out) == (exits.FAILED, True)

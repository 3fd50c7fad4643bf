"""`marsad crawl` at the command line, of an outlet on loopback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from marsad import exits
from tests.crawler.conftest import Answer, LoopbackOutlet, outlet, page, rss
from tests.marsad.said import said

__all__ = ["outlet"]

CONFIG = """\
store: sqlite:///m.db
crawl: {{allow_networks: [127.0.0.0/8], delay: 0s}}
outlets: [{{id: tigris, name: Tigris Wire, sources: [{{id: en, url: "{base}/feed", languages: [en]}}]}}]
rules: [{{use: builtin/security-cooperation}}]
"""
TITLE = "Rain lifts the river by forty centimetres"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outlet: LoopbackOutlet) -> Path:
    def feed(headers: Mapping[str, str]) -> Answer:
        known = headers.get("if-none-match") == '"1"'
        listed = rss((f"{outlet.base}/rain", TITLE))
        return Answer(status=304) if known else Answer(body=listed, headers={"ETag": '"1"'})

    outlet.answers.update({"/feed": feed, "/rain": Answer(body=page(TITLE))})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text(CONFIG.format(base=outlet.base))
    return tmp_path


def test_a_dry_run_makes_no_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "crawl", "tigris", "--dry-run")
    assert (code, TITLE in out, "everything is new" in err) == (exits.OK, True, True)
    assert not (home / "m.db").exists()


def test_a_dry_run_of_an_unchanged_feed_says_how_to_see_it_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert "made a new database" in said(capsys, "crawl", "tigris")[2]
    out = said(capsys, "crawl", "tigris", "--dry-run")[1]
    assert TITLE not in out
    assert "has not changed since the last visit" in out
    assert "marsad crawl tigris/en --dry-run --fresh" in out
    assert "--fresh" not in said(capsys, "crawl", "tigris")[1]
    code, out, err = said(capsys, "crawl", "tigris/en", "--dry-run", "--fresh")
    assert (code, TITLE in out, "new 1" in out, err) == (exits.OK, True, True, "")
    assert said(capsys, "crawl", "tigris", "--fresh")[0] == exits.USAGE


def test_a_dry_run_of_a_list_that_is_all_known_says_so(
    capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    outlet.answers["/feed"] = Answer(body=rss((f"{outlet.base}/rain", TITLE)))
    said(capsys, "crawl", "tigris")
    outlet.answers["/feed"] = Answer(body=rss((f"{outlet.base}/rain", TITLE), extra="<category>x</category>"))
    out = said(capsys, "crawl", "tigris", "--dry-run")[1]
    assert ("all it lists is known (1)" in out, "--fresh" in out) == (True, True), out

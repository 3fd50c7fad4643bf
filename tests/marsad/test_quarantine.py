"""Quarantine: bytes are kept, another try needs no network, and what is saved takes the usual way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marsad import exits
from marsad.__main__ import main
from storage import open_store
from tests.crawler.conftest import Answer, LoopbackOutlet, page, rss

SCRIPTED = (
    "<html><head><title>Interior ministers of Iraq and Syria sign security memorandum</title></head><body>"
    "<h1>Interior ministers of Iraq and Syria sign security memorandum</h1><div id=app></div></body></html>"
)


def config(folder: Path, outlet: LoopbackOutlet, keep: str = "14d") -> str:
    file = folder / "c.yaml"
    file.write_text(
        f"""
store: sqlite:///m.db
crawl: {{allow_networks: [127.0.0.0/8], delay: 0s, obey_robots: false, keep_pages: {keep}}}
outlets: [{{id: demo, name: Demo, sources: [{{id: en, url: "{outlet.base}/feed", languages: [en]}}]}}]
rules: [{{use: builtin/security-cooperation}}]
"""
    )
    return str(file)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(list(arguments))
    return code, capsys.readouterr().out


def test_a_page_without_text_is_kept_listed_and_read_again_from_its_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet = LoopbackOutlet()
    link = f"{outlet.base}/memo-12345"
    outlet.answers["/feed"] = Answer(rss((link, "Interior ministers sign")))
    outlet.answers["/memo-12345"] = Answer(SCRIPTED)
    file = config(tmp_path, outlet)
    assert said(capsys, "-c", file, "crawl", "demo")[0] == exits.OK
    outlet.close()
    code, out = said(capsys, "-c", file, "quarantine", "list")
    assert (code, "no_text" in out, link in out) == (exits.OK, True, True)
    [row] = json.loads(said(capsys, "-c", file, "quarantine", "list", "--json")[1])
    assert (row["title"], row["kept_bytes"]) == ("Interior ministers sign", len(SCRIPTED))
    code, out = said(capsys, "-c", file, "quarantine", "retry")
    assert (code, "0 of 1 page made an article" in out) == (exits.OK, True), "nothing was mended yet"

    # A better reader comes along: here the page with its text, as if a profile found it now.
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    [kept] = store.catalogue.quarantined()
    assert kept.raw == SCRIPTED.encode()
    _put_raw(store, kept.url, page("Interior ministers of Iraq and Syria sign security memorandum").encode())
    store.close()
    code, out = said(capsys, "-c", file, "quarantine", "retry", link)
    assert (code, "1 of 1 page made an article" in out) == (exits.OK, True)
    assert "no page is in quarantine" in said(capsys, "-c", file, "quarantine", "list")[1]
    assert said(capsys, "-c", file, "why", link)[0] == exits.OK


def _put_raw(store: object, url: str, body: bytes) -> None:
    import zlib

    from sqlalchemy import update

    from storage import tables as t
    from storage.engine import writing

    with writing(store._engine) as connection:  # type: ignore[attr-defined]
        statement = update(t.raw_pages).where(t.raw_pages.c.url == url)
        connection.execute(statement.values(body=zlib.compress(body)))


def test_kept_bytes_are_dropped_in_time_and_the_page_stays_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet = LoopbackOutlet()
    outlet.answers["/feed"] = Answer(rss((f"{outlet.base}/memo-12345", "Interior ministers sign")))
    outlet.answers["/memo-12345"] = Answer(SCRIPTED)
    file = config(tmp_path, outlet)
    said(capsys, "-c", file, "crawl", "demo")
    outlet.close()
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    assert store.archive.forget_raw_pages(datetime.now(UTC) - timedelta(days=1)) == 0
    assert store.archive.forget_raw_pages(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert [p.raw for p in store.catalogue.quarantined()] == [b""]
    store.close()
    assert "1 are not kept any more" in said(capsys, "-c", file, "quarantine", "retry")[1]


def test_revisions_show_what_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outlet = LoopbackOutlet()
    link = f"{outlet.base}/river"
    outlet.answers["/feed"] = Answer(rss((link, "Rain lifts the river")))
    outlet.answers["/river"] = Answer(page("Rain lifts the river by 40 centimetres"))
    file = config(tmp_path, outlet)
    said(capsys, "-c", file, "crawl", "demo")
    outlet.answers["/feed"] = Answer(rss((link, "Rain lifts the river more")))
    outlet.answers["/river"] = Answer(page("Rain lifts the river by 60 centimetres"))
    said(capsys, "-c", file, "crawl", "demo")
    outlet.close()
    code, out = said(capsys, "-c", file, "articles", "revisions", link)
    assert (code, "river by [-40-]{+60+} centimetres" in out) == (exits.OK, True)
    facts = json.loads(said(capsys, "-c", file, "articles", "revisions", link, "--json")[1])
    assert [r["number"] for r in facts["revisions"]] == [1, 2]
    assert {"kind": "in", "text": "60"} in facts["revisions"][1]["headline_changes"]
    assert said(capsys, "-c", file, "articles", "revisions", f"{outlet.base}/never")[0] == exits.FAILED

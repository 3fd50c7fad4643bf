"""The catalogue, and every way a source comes into the configuration file."""

from __future__ import annotations

import json
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler import opml
from marsad import exits
from marsad.catalogue import chosen, entries, found
from marsad.config import load
from marsad.config.edit import add_outlets, added, lines_of
from marsad.config.model import OutletSection, SourceSection
from news.errors import ConfigError, ParseError, UnknownName
from news.language import NAMES
from storage import Store, open_store
from tests.crawler.conftest import Answer, LoopbackOutlet, page, rss
from tests.marsad.said import said

BASE = """\
# the desk's own file
store: sqlite:///m.db   # kept
crawl: {allow_networks: [127.0.0.0/8], delay: 0s}
outlets:
  # ours first
  - id: tigris
    name: Tigris Wire
    sources:
      - {id: en, url: "https://tigris.example/feed", languages: [en]}   # the English one

  # nothing after this one yet
rules: [{use: builtin/security-cooperation}]
"""


@pytest.fixture
def outlet() -> Iterator[LoopbackOutlet]:
    made = LoopbackOutlet()
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    written = tmp_path / "config.yaml"
    written.write_text(BASE, encoding="utf-8")
    return written


# -- the catalogue ---------------------------------------------------------------


def test_the_catalogue_holds_sixty_outlets_and_more_each_of_which_is_valid_configuration() -> None:
    assert len(entries()) >= 60
    assert len({entry.id for entry in entries()}) == len(entries())
    for entry in entries():
        ZoneInfo(entry.zone)
        assert entry.confidence in ("high", "medium", "low")
        assert len({source.id for source in entry.sources}) == len(entry.sources), entry.id
        for source in entry.sources:
            assert set(source.languages) <= set(NAMES), source
            assert source.confidence in ("high", "medium", "low")
            assert source.seen
        sections = [
            SourceSection(id=s.id, url=s.url, kind=s.kind, languages=list(s.languages), links=s.links)
            for s in entry.sources
        ]
        OutletSection(
            id=entry.id, name=entry.name, homepage=entry.homepage, country=entry.country, zone=entry.zone,
            sources=sections,
        )  # fmt: skip


def test_the_catalogue_reaches_the_region_and_its_languages() -> None:
    assert {"IQ", "SY", "TR", "IR", "JO", "LB", "SA", "EG", "AM", "AZ", "GE"} <= {entry.country for entry in entries()}
    assert {"ar", "en", "ckb", "kmr", "sdh", "fa", "tr"} <= {l for entry in entries() for l in entry.languages}  # noqa: E741
    assert [entry.id for entry in found("kurdistan24")] == ["kurdistan24"]
    assert all(entry.country == "LB" for entry in found(countries=["LB"]))


def test_an_outlet_is_chosen_whole_by_language_or_by_source() -> None:
    _, whole = chosen("kurdistan24")
    assert {"en", "ar", "ckb"} <= {source.languages[0] for source in whole}
    assert [s.languages for s in chosen("kurdistan24-en")[1]] == [("en",)]
    assert [s.id for s in chosen("shafaq/ku")[1]] == ["ku"]
    with pytest.raises(UnknownName, match="kurdistan24"):
        chosen("kurdistan42")


def test_the_listing_marks_what_is_configured_and_shows_one_in_full(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "sources", "add", "shafaq/en")[0] == exits.OK
    code, out, _ = said(capsys, "sources", "catalogue", "shafaq")
    assert (code, "works" in out, "configured" in out, "robots.txt" in out) == (exits.OK, True, True, True)
    rows = json.loads(said(capsys, "sources", "catalogue", "shafaq", "--json")[1])
    assert rows[0]["configured"] == ["en"]
    assert "no outlet of the catalogue fits" in said(capsys, "sources", "catalogue", "nonesuch")[1]


# -- into the file ---------------------------------------------------------------


def test_adding_changes_nothing_else_in_the_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "sources", "add", "kurdistan24-en", "naharnet")
    assert (code, "- id: kurdistan24" in out, "SIGHUP" in err) == (exits.OK, True, True)
    after = file.read_text()
    assert [line for line in BASE.splitlines() if line not in after.splitlines()] == []
    assert {s.outlet.id for s in load(file).sources} == {"tigris", "kurdistan24", "naharnet"}
    code, _, err = said(capsys, "sources", "add", "naharnet")
    assert (code, "configured already" in err, file.read_text()) == (exits.OK, True, after)
    said(capsys, "sources", "add", "kurdistan24-ar")
    assert len([s for s in load(file).sources if s.outlet.id == "kurdistan24"]) == 2
    assert file.read_text().count("- id: kurdistan24") == 1


def test_a_dry_run_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "sources", "add", "naharnet", "--dry-run")
    assert (code, "naharnet" in out, "nothing was written" in err) == (exits.OK, True, True)
    assert file.read_text() == BASE


OUTLET = {
    "id": "new",
    "name": "يومية: «جديد»",
    "sources": [{"id": "ar", "url": "https://new.example/f?a=1&b=#x", "languages": ["ar"]}],
}


@pytest.mark.parametrize(
    "text",
    [
        "store: sqlite:///m.db\n",
        "store: sqlite:///m.db\noutlets: []\nlog: {level: info}\n",
        "outlets: []",
        "outlets:\n- id: a\n  name: A\n  sources:\n  - {id: x, url: 'https://a.example/f'}\n# end\nlog: {level: info}\n",
        "outlets:\n    - id: a\n      name: A\n      sources: [{id: x, url: 'https://a.example/f'}]\n\n\n# end\n",
        "outlets:\n  - id: a\n    sources:\n      - id: x\n        url: https://a.example/f\n    name: >\n      folded\n      name\nlog: {level: info}\n",
        "outlets:\r\n  - id: a\r\n    name: A\r\n    sources: [{id: x, url: 'https://a.example/f'}]\r\n",
    ],
)
def test_lines_find_their_place_in_files_of_every_style(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(text.encode())
    before = [s.id for s in load(file).sources]
    config = add_outlets(file, [OUTLET])
    assert [s.id for s in config.sources] == [*before, "new/ar"]
    assert config.sources[-1].outlet.name == OUTLET["name"]
    assert config.sources[-1].url == "https://new.example/f?a=1&b=#x"
    for line in text.replace("[]", "").split("\n"):
        assert line.strip() in file.read_text()
    again = {**OUTLET, "id": "newer"}
    assert add_outlets(file, [again]).sources[-1].id == "newer/ar"


def test_a_file_written_in_one_line_is_left_alone_and_the_lines_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    text = "outlets: [{id: a, name: A, sources: [{id: x, url: 'https://a.example/f'}]}]\n"
    file.write_text(text)
    with pytest.raises(ConfigError, match="Put these lines in yourself") as caught:
        add_outlets(file, [OUTLET])
    assert "- id: new" in str(caught.value)
    assert file.read_text() == text


def test_what_would_not_be_valid_is_not_written_and_the_mode_stays(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("outlets: []\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="Nothing was changed") as caught:
        add_outlets(file, [{**OUTLET, "zone": "Mars/Olympus"}])
    assert ".new" not in str(caught.value)
    assert file.read_text() == "outlets: []\n"
    assert list(tmp_path.iterdir()) == [file]
    add_outlets(file, [OUTLET])
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_names_that_yaml_would_misread_are_quoted() -> None:
    lines = "\n".join(lines_of({"id": "x", "name": "No", "country": "NO", "sources": []}))
    assert 'name: "No"' in lines
    assert 'country: "NO"' in lines
    assert added("", [OUTLET], "f").startswith("\n\noutlets:\n") or "outlets:" in added("", [OUTLET], "f")


# -- discovery -------------------------------------------------------------------

SITE = """<html lang="ar"><head><title>دجلة نيوز | أخبار</title>
<link rel="alternate" type="application/rss+xml" href="/feed">
<link rel="alternate" type="application/rss+xml" href="/comments/feed"></head><body>{links}</body></html>"""


def dated(outlet: LoopbackOutlet, count: int = 4) -> str:
    from email.utils import format_datetime

    stamp = f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
    titles = "وزير الداخلية العراقي يبحث مع نظيره السوري التعاون الأمني وضبط الحدود"
    return rss(*((f"{outlet.base}/news/{n}00000", f"{titles} {n}") for n in range(count)), extra=stamp)


def test_an_unknown_site_is_searched_politely_and_its_best_sources_can_be_added(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    links = "".join(
        f'<a href="/news/{n}11111-a-long-slug">عنوان طويل بما يكفي لخبر رقم {n} اليوم</a>' for n in range(9)
    )
    outlet.answers["/"] = Answer(SITE.replace("{links}", links), headers={"Content-Type": "text/html; charset=utf-8"})
    outlet.answers["/robots.txt"] = Answer(
        f"User-agent: *\nDisallow: /private\nSitemap: {outlet.base}/sitemap-news.xml\n"
    )
    outlet.answers["/feed"] = Answer(dated(outlet))
    outlet.answers["/comments/feed"] = Answer(rss((f"{outlet.base}/c/1", "تعليق")))
    code, out, _ = said(capsys, "sources", "discover", outlet.base + "/")
    assert code == exits.OK
    assert "the page declares it" in out
    assert f"{outlet.base}/feed" in out.split("For the configuration")[1]
    assert "languages: [ar]" in out
    assert "sitemap-news.xml: answered 404" in out
    assert file.read_text() == BASE, "nothing is written unasked"
    assert len(outlet.seen) <= 16
    assert outlet.most_at_once == 1
    code, out, _ = said(capsys, "sources", "discover", outlet.base + "/", "--json")
    ranked = [c["url"] for c in json.loads(out)["discovery"]["candidates"]]
    assert ranked[0] == f"{outlet.base}/feed"
    assert ranked[-1] == f"{outlet.base}/comments/feed"
    assert said(capsys, "sources", "discover", outlet.base + "/", "--add")[0] == exits.OK
    [fresh] = [s for s in load(file).sources if s.url == f"{outlet.base}/feed"]
    assert fresh.outlet.name == "دجلة نيوز"


def test_a_page_that_lists_feeds_is_followed_one_level_and_news_sitemaps_are_preferred(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    outlet.answers["/"] = Answer('<html lang=en><body><a href="/rss">RSS</a></body></html>')
    outlet.answers["/rss"] = Answer('<html><body><a href="/rss/politics.xml">Politics</a></body></html>')
    outlet.answers["/rss/politics.xml"] = Answer(dated(outlet))
    outlet.answers["/robots.txt"] = Answer(f"Sitemap: {outlet.base}/all.xml\nSitemap: {outlet.base}/news.xml")
    entry = f"<url><loc>{outlet.base}/n/1</loc><news:news><news:title>Rain lifts the river again today</news:title></news:news></url>"
    outlet.answers["/news.xml"] = Answer(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entry}</urlset>'
    )
    out = said(capsys, "sources", "discover", outlet.base)[1]
    assert "a page that lists feeds links to it" in out
    assert "a news sitemap" in out


def test_a_feed_given_itself_is_found_and_a_dead_site_is_a_clear_failure(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    outlet.answers["/feed"] = Answer(dated(outlet))
    assert "the address itself" in said(capsys, "sources", "discover", f"{outlet.base}/feed")[1]
    code, _, err = said(capsys, "sources", "discover", f"{outlet.base}/missing")
    assert (code, "answered 404" in err) == (exits.UNREACHABLE, True)
    outlet.answers["/plain"] = Answer(page(), headers={"Content-Type": "text/html"})
    code, out, _ = said(capsys, "sources", "discover", f"{outlet.base}/plain")
    assert (code, "nothing to poll was found" in out) == (exits.FAILED, True)
    code, _, err = said(capsys, "sources", "discover", "http://")
    assert (code, "Traceback" in err) == (exits.USAGE, False)


def test_a_feed_of_no_known_language_gives_lines_that_are_true(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    outlet.answers["/map.xml"] = Answer(f"<urlset><url><loc>{outlet.base}/n/1</loc></url></urlset>")
    code, out, err = said(capsys, "sources", "discover", f"{outlet.base}/map.xml")
    assert (code, f"homepage: {outlet.base}/\n" in out, "languages" in out.split("For the")[1]) == (
        exits.OK,
        True,
        False,
    )
    assert ("--dry-run" in err, "--add" in err) == (False, True)
    outlet.answers["/plain"] = Answer("<html></html>", headers={"Content-Type": "text/html"})
    assert said(capsys, "sources", "discover", f"{outlet.base}/plain")[1].count("nothing to poll was found") == 1


def test_a_host_that_cannot_be_reached_is_told_from_an_unread_robots_txt(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    for address, fault, advice in (
        ("https://tigris.invalid/", "the host name cannot be resolved", "Check the spelling"),
        (f"http://127.0.0.1:{port}/", "does not take connections", "Check scheme and port"),
        (outlet.base.replace("http:", "https:"), "TLS certificate or connection is not valid", "in a browser"),
    ):
        code, _, err = said(capsys, "sources", "discover", address)
        assert (code, fault in err, advice in err) == (exits.UNREACHABLE, True, True), err


def test_what_is_wrong_with_the_feed_that_was_given_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    outlet.answers["/feed.xml"] = Answer('<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel/></rss>')
    outlet.answers["/"] = Answer('<html><link rel="alternate" type="application/rss+xml" href="/feed.xml"></html>')
    for address in (f"{outlet.base}/feed.xml", f"{outlet.base}/"):
        code, out, _ = said(capsys, "sources", "discover", address)
        [told] = [line for line in out.splitlines() if f"tried {outlet.base}/feed.xml:" in line]
        assert (code, "refused as dangerous" in told) == (exits.FAILED, True)
        assert f"tried {outlet.base}/:" not in out, "a web page is no fault"


def test_an_unknown_outlet_is_pointed_to_the_catalogue(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "sources", "add", "nope")
    assert (code, "marsad sources catalogue" in err, "known:" in err) == (exits.USAGE, True, False)
    assert "did you mean 'kurdistan24'" in said(capsys, "sources", "add", "kurdistan23")[2]


def test_a_check_of_nothing_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("store: sqlite:///m.db\n")
    assert "marsad sources catalogue" in said(capsys, "sources", "check")[1]
    said(capsys, "db", "upgrade")
    assert "marsad sources catalogue" in said(capsys, "sources", "list")[1]
    file.write_text(BASE.replace("{id: en,", "{id: en, enabled: false,"))
    assert "no source is switched on" in said(capsys, "sources", "check")[1]


# -- whose turn a host is ----------------------------------------------------------


def configured(file: Path, outlet: LoopbackOutlet) -> Store:
    """The outlet's feed is in the configuration, and a daemon has opened its database."""
    outlet.answers["/feed"] = Answer(dated(outlet))
    file.write_text(BASE.replace("https://tigris.example/feed", f"{outlet.base}/feed"))
    return open_store(load(file).store, upgrade=True)


VERBS = [("sources", "check", "tigris"), ("sources", "discover", "{base}/feed")]


@pytest.mark.parametrize("verb", [*VERBS, ("crawl", "tigris"), ("crawl", "--dry-run", "tigris")])
def test_a_host_that_asked_to_be_left_alone_is_asked_only_when_told_so(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet, verb: tuple[str, ...]
) -> None:
    store = configured(file, outlet)
    command = [*verb[:-1], verb[-1].format(base=outlet.base)]
    now = datetime.now(UTC)
    lease = store.dispatch.take_host("127.0.0.1", owner="daemon", now=now, lease=timedelta(minutes=1))
    assert lease is not None
    store.dispatch.release(lease, now + timedelta(hours=1))
    code, out, err = said(capsys, *command)
    assert (code, outlet.seen) == (exits.UNREACHABLE, [])
    assert "wants no request before" in out + err
    assert "--now" in out + err
    said(capsys, *command, "--now")
    assert "/feed" in outlet.paths()
    store.close()


@pytest.mark.parametrize("verb", VERBS)
def test_a_host_that_the_daemon_visits_is_waited_for(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet, verb: tuple[str, ...]
) -> None:
    store = configured(file, outlet)
    now = datetime.now(UTC)
    lease = store.dispatch.take_host("127.0.0.1", owner="daemon", now=now, lease=timedelta(seconds=2))
    assert lease is not None
    _, _, err = said(capsys, *verb[:-1], verb[-1].format(base=outlet.base))
    assert datetime.now(UTC) >= lease.until
    assert "waiting for our turn" in err
    assert "/feed" in outlet.paths()
    again = store.dispatch.take_host("127.0.0.1", owner="daemon", now=datetime.now(UTC), lease=timedelta(seconds=1))
    assert again is not None, "it was given back"
    store.close()


@pytest.mark.parametrize("verb", [*VERBS, ("crawl", "tigris")])
def test_what_a_host_asks_of_a_command_it_asks_of_the_daemon_too(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet, verb: tuple[str, ...]
) -> None:
    store = configured(file, outlet)
    outlet.answers["/feed"] = Answer(status=429, headers={"Retry-After": "600"})
    said(capsys, *verb[:-1], verb[-1].format(base=outlet.base))
    assert store.dispatch.held_until("127.0.0.1", datetime.now(UTC)) is not None
    store.close()


@pytest.mark.parametrize("verb", [*VERBS, ("crawl", "tigris")])
def test_a_pause_of_seconds_is_waited_for(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet, verb: tuple[str, ...]
) -> None:
    store = configured(file, outlet)
    now = datetime.now(UTC)
    lease = store.dispatch.take_host("127.0.0.1", owner="daemon", now=now, lease=timedelta(minutes=1))
    assert lease is not None
    store.dispatch.release(lease, now + timedelta(seconds=2))
    _, _, err = said(capsys, *verb[:-1], verb[-1].format(base=outlet.base))
    assert datetime.now(UTC) >= now + timedelta(seconds=2)
    assert "wants a pause" in err
    assert "/feed" in outlet.paths()
    store.close()


def test_sources_are_checked_though_the_database_cannot_be_used(
    file: Path, capsys: pytest.CaptureFixture[str], outlet: LoopbackOutlet
) -> None:
    configured(file, outlet).close()
    with closing(sqlite3.connect(file.parent / "m.db")) as damaged:
        damaged.execute("DROP TABLE hosts")
    _, _, err = said(capsys, "sources", "check")
    assert "without looking whether the daemon is at it" in err
    assert outlet.paths().count("/feed") == 2
    file.write_text(file.read_text().replace("m.db", "config.yaml/m.db"))
    _, _, err = said(capsys, "sources", "check")
    assert "without looking whether the daemon is at it" in err
    assert outlet.paths().count("/feed") == 4


# -- OPML ------------------------------------------------------------------------


def test_opml_goes_out_and_comes_back(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said(capsys, "sources", "add", "shafaq", "kurdistan24")
    assert said(capsys, "sources", "export", "out.opml")[0] == exits.OK
    feeds, faults = opml.read((tmp_path / "out.opml").read_bytes(), "out.opml")
    assert faults == []
    assert {feed.url for feed in feeds} == {s.url for s in load(file).sources if s.kind.value == "feed"}
    assert {feed.folder for feed in feeds} == {"Tigris Wire", "Shafaq News", "Kurdistan24"}
    file.write_text(BASE)
    code, _, err = said(capsys, "sources", "import", "out.opml")
    assert (code, "tigris.example/feed is configured already" in err) == (exits.OK, True)
    assert {s.url for s in load(file).sources} == {feed.url for feed in feeds}


def test_a_reader_s_opml_with_bad_lines_is_taken_as_far_as_it_goes(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "in.opml").write_text(
        '<?xml version="1.0"?><opml version="1.0"><head/><body><outline text="أخبار"><outline text="Wire" type="rss" '
        'xmlUrl="https://wire.example/rss" htmlUrl="javascript:x" language="ar-IQ"/><outline text="Wire two" '
        'xmlUrl="https://wire.example/rss2"/><outline text="bad" xmlUrl="ftp://x/y"/></outline></body></opml>'
    )
    code, _, err = said(capsys, "sources", "import", "in.opml")
    assert (code, "left out: bad" in err) == (exits.PARTIAL, True)
    added_ones = {s.id: s for s in load(file).sources if s.outlet.id == "wire-example"}
    assert set(added_ones) == {"wire-example/ar", "wire-example/feed"}
    assert added_ones["wire-example/ar"].outlet.name == "أخبار"
    for text in ("<html></html>", "not xml", "", '<!DOCTYPE x [<!ENTITY a "b">]><opml/>', "<rss/>"):
        (tmp_path / "in.opml").write_text(text)
        code, _, err = said(capsys, "sources", "import", "in.opml")
        assert (code, err.startswith("marsad: in.opml")) == (exits.FAILED, True)
    with pytest.raises(ParseError):
        opml.read(b"<rss/>", "x")


def test_feed_addresses_of_readers_are_web_addresses(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    urls = ("feed://one.example/rss", "feed:https://two.example/rss", "FEED://three.example/rss", "feed:x")
    lines = "".join(f'<outline text="S" xmlUrl="{url}"/>' for url in urls)
    (tmp_path / "in.opml").write_text(f'<opml version="2.0"><head/><body>{lines}</body></opml>')
    code, _, err = said(capsys, "sources", "import", "in.opml")
    assert (code, err.count("is no web address")) == (exits.PARTIAL, 1)
    taken = {"http://one.example/rss", "https://two.example/rss", "http://three.example/rss"}
    assert taken <= {s.url for s in load(file).sources}


def test_a_reader_s_two_thousand_feeds_are_taken_in_seconds(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    feeds = "".join(f'<outline text="S{n}" xmlUrl="https://s{n}.example/rss"/>' for n in range(2000))
    (tmp_path / "in.opml").write_text(f'<opml version="2.0"><head/><body>{feeds}</body></opml>')
    begun = time.process_time()
    code, _, err = said(capsys, "sources", "import", "in.opml")
    assert (code, "2000 sources written" in err, len(err) < 1000) == (exits.OK, True, True)
    assert time.process_time() - begun < 30
    assert len(load(file).sources) == 2001

"""Search: every spelling is found in every language; the index follows, is complete, and goes with its article."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from marsad import exits
from marsad.__main__ import main
from marsad.indexing import catch_up
from news.archive_index import Wanted
from news.article import Disposition
from news.filing import Filing, Telling
from news.regrouping import Joined
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.searching import Search
from storage import Store, open_store
from storage.engine import reading, writing
from storage.search import trigrams
from tests.marsad.search_pairs import PAIRS
from tests.samples import NOW, chunk, filing

WORDS = builtin_lexicons()


def filed(name: str, title: str = "", text: str = "", language: str = "en", **changes: object) -> Filing:
    made = filing(name, told=False)
    article = replace(made.article, title=title, text=text, language=language, **changes)
    return replace(made, article=article)


def found(store: Store, query: str, **asked: object) -> list[str]:
    search = Search(query, WORDS)
    ids = store.index.candidates(replace(search.wanted, **asked))
    return [article_id for article_id, _, article in store.index.articles(ids) if search.look(article)]


def indexed(store: Store, *filings: Filing) -> Store:
    for start in range(0, len(filings), 5):
        store.archive.commit(chunk(*filings[start : start + 5]))
    catch_up(store.index, Indexer(WORDS))
    return store


def test_the_fixture_is_large_enough() -> None:
    assert len(PAIRS) >= 60
    assert {language for language, _, _ in PAIRS} == {"ar", "ckb", "kmr", "tr", "fa", "en"}


def test_every_spelling_of_a_word_is_found_through_the_index(store: Store) -> None:
    """Each query finds its text (in title or body), marks words that stand there, and not an unrelated text."""
    other = filed("other", "Harvest fair opens", "Apples and pears were sold at the river market.")
    indexed(
        store,
        other,
        *(filed(f"t{number}", text, "", language) for number, (language, _, text) in enumerate(PAIRS)),
        *(filed(f"b{number}", "", f"…\n\n{text}", language) for number, (language, _, text) in enumerate(PAIRS)),
    )
    assert store.index.state(Indexer(WORDS).make).pending == 0
    for number, (_, query, text) in enumerate(PAIRS):
        ids = found(store, query)
        assert {f"at{number}", f"ab{number}"} <= set(ids), (query, text)
        assert "aother" not in ids, query
        look = Search(query, WORDS).look(filed("x", text, "").article)
        assert look is not None
        assert look.title.marks
        for span in look.spans:
            assert text[span.start : span.end] == span.surface


SEARCHES = [
    ("iraq", ["two", "one"]),
    ("iraq NOT syria", ["two"]),
    ('"border crossing"', ["two"]),
    ("bord*", ["two"]),
    ("title:(border OR syria)", ["two", "one"]),
    ("lang:ar", ["three"]),
    ("states>=2", ["three", "one"]),
    ("drugs NEAR/3 seized", ["two"]),
    ("NOT iraq", ["three"]),
    ("EU iraq", ["one"]),
    ("/cross\\w+/", ["two"]),
    ("outlet:tigris theme:drugs", ["two"]),
    ("سوريا OR crossing", ["three", "two"]),
    ("zebra", []),
]


@pytest.mark.parametrize("late", [False, True], ids=["indexed", "not yet indexed"])
def test_the_query_language_searches_the_archive_newest_first(store: Store, late: bool) -> None:
    filings = (
        filed("one", "Iraq and Syria talk", "An EU envoy listened."),
        filed("two", "Iraq closes border crossing", "Drugs were seized there. Drugs again."),
        filed("three", "العراق وسوريا", "زيارة رسمية", "ar"),
    )
    if late:
        store.archive.commit(chunk(*filings))
    else:
        indexed(store, *filings)
    for query, names in SEARCHES:
        assert found(store, query) == [f"a{name}" for name in names], query


def test_a_revision_is_found_by_its_new_words_and_no_longer_by_the_old(store: Store) -> None:
    first = filed("one", "Talks on wheat", "")
    indexed(store, first)
    revised = replace(
        first,
        disposition=Disposition.REVISION,
        revision=2,
        article=replace(first.article, title="Talks on barley"),
        built_on=1,
    )
    indexed(store, revised)
    assert found(store, "wheat") == []
    assert found(store, "barley") == ["aone"]
    assert store.index.state("").entries == 1
    assert store.check() == []


def test_an_entry_goes_with_its_article(store: Store) -> None:
    from sqlalchemy import delete, text

    from storage import tables as t

    indexed(store, filed("one", "Talks on wheat", ""), filed("two", "Talks on wheat again", ""))
    with writing(store._engine) as connection:
        connection.execute(delete(t.articles).where(t.articles.c.article_id == "aone"))
        if connection.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO texts_found(texts_found, rank) VALUES ('integrity-check', 1)"))
    assert found(store, "wheat") == ["atwo"]
    assert store.index.state("").entries == 1


def test_candidates_are_few_where_the_words_are_rare(store: Store) -> None:
    indexed(
        store, *(filed(f"n{n}", f"Report {n}", "plain words of every day") for n in range(40)), filed("rare", "Quince")
    )
    assert store.index.candidates(Search("quince", WORDS).wanted) == ["arare"]
    assert store.index.candidates(Wanted(groups=(("qu", "quince"),))) == ["arare"], "short words are read for"
    assert len(store.index.candidates(Wanted())) == 41


def test_what_a_person_moved_between_stories_is_not_newer_for_that(store: Store) -> None:
    old = filed("old", "Wheat harvest", "", fetched_at=NOW - timedelta(days=2))
    indexed(store, old, filed("new", "Wheat market", ""))
    store.regrouping.merge(
        "sold", "snew", NOW, lambda older, younger, _traffic, _now: Joined(telling=Telling(story=younger.story))
    )
    assert found(store, "wheat") == ["anew", "aold"]
    catch_up(store.index, Indexer(WORDS))
    assert found(store, "wheat") == ["anew", "aold"]


def test_since_and_language_narrow(store: Store) -> None:
    old = filed("old", "Wheat", "", fetched_at=NOW - timedelta(days=9))
    indexed(store, old, filed("new", "Wheat", ""), filed("fa", "Wheat", "", "fa"))
    assert found(store, "wheat", since=NOW - timedelta(days=1)) == ["afa", "anew"]
    assert found(store, "wheat", languages=("fa",)) == ["afa"]


def test_trigrams_of_a_literal_stand_together() -> None:
    assert trigrams([("abcd", "xyz")]) == '(("abc" AND "bcd") OR ("xyz"))'
    assert trigrams([('a"b',)]) == '(("a""b"))'
    assert trigrams([]) == ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is given: a folder with a configuration whose database is `m.db`."""
    (tmp_path / "config.yaml").write_text("store: sqlite:///m.db\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    return tmp_path


def test_the_command_marks_words_and_answers_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing("one", told=False), filed("two", "وبالتعاون الأمني", "", "ar")))
    store.close()

    def said(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        out = capsys.readouterr()
        return code, out.out, out.err

    code, out, _ = said("db", "reindex")
    assert (code, out) == (exits.OK, "2 articles indexed\n")
    assert said("db", "reindex")[1] == "0 articles indexed\n"
    assert said("db", "reindex", "--all")[1] == "2 articles indexed\n"
    code, out, _ = said("search", "تعاون")
    assert code == exits.OK
    assert "[وبالتعاون] الأمني" in out
    assert out.endswith("\n1 article\n")
    assert said("search", "iraq OR تعاون")[1].endswith("\n2 articles\n")
    code, out, _ = said("search", "memorandum title:iraq", "--json")
    answer = json.loads(out)
    assert (code, answer["count"], answer["more"]) == (exits.OK, 1, False)
    item = answer["articles"][0]
    assert item["spans"]
    for span in item["spans"]:
        if span["field"] == "title":
            assert item["title"]["text"][span["start"] : span["end"]] == span["surface"]
    assert said("search", "iraq OR تعاون", "--limit", "1", "--json")[1].count('"more": true') == 1
    assert said("search", "iraq OR تعاون", "--lang", "ar", "--json")[1].count("article_id") == 1
    assert said("search", "zebra")[1] == "no article has it\n"
    code, _, err = said("search", "title:(iraq")
    assert code == exits.USAGE
    assert "column 12: ')' is missing" in err
    assert "Traceback" not in err
    code, _, err = said("search", "@acts")
    assert (code, "did you mean 'act'?" in err) == (exits.USAGE, True)


def test_an_article_that_was_damaged_after_it_was_indexed_is_left_out_and_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = indexed(
        open_store(f"sqlite:///{home / 'm.db'}", upgrade=True),
        filed("a", "Border pact"),
        filed("b", "Border fence"),
    )
    with writing(store._engine) as connection:
        connection.execute(sql("UPDATE articles SET article = '{' WHERE article_id = 'aa'"))
    store.close()
    assert main(["search", "border", "--json"]) == exits.OK
    out = capsys.readouterr()
    assert [one["article_id"] for one in json.loads(out.out)["articles"]] == ["ab"]
    assert "left out: the article aa cannot be read from the database" in out.err
    assert "Traceback" not in out.err


def test_a_line_in_arabic_turns_nothing_around_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}", upgrade=True)
    indexed(store, filed("a", "اتفاق على الحدود", "", "ar"), filed("b", "Border pact")).close()
    assert main(["search", "الحدود"]) == exits.OK
    [line, *_] = capsys.readouterr().out.splitlines()
    assert line == f"{NOW:%Y-%m-%d}  \u2068اتفاق على [الحدود]\u2069"
    assert main(["search", "border"]) == exits.OK
    [line, *_] = capsys.readouterr().out.splitlines()
    assert line == f"{NOW:%Y-%m-%d}  [Border] pact"


def test_pg_trgm_finds_every_spelling_through_its_index(trigram_store: Store) -> None:
    texts = [filed(f"t{number}", text, text, language) for number, (language, _, text) in enumerate(PAIRS)]
    fillers = [
        filed(f"f{number}", f"Harvest {number}", f"Apples and pears {number} at the market") for number in range(300)
    ]
    store = indexed(trigram_store, *texts, *fillers)
    for number, (_, query, _) in enumerate(PAIRS):
        assert f"at{number}" in found(store, query), query
    with reading(store._engine) as connection:
        connection.execute(sql("SET LOCAL enable_seqscan = off"))
        plan = connection.scalars(
            sql("EXPLAIN SELECT article_id FROM texts WHERE title LIKE :word ESCAPE '/' OR text LIKE :word ESCAPE '/'"),
            {"word": "%memorandum%"},
        ).all()
    assert any("texts_text_trigrams" in line for line in plan), plan
    assert any("texts_title_trigrams" in line for line in plan), plan

"""Rules in files, word lists of one's own, and explanations on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marsad import exits
from marsad.config import load
from marsad.taggers import tagger_of
from news.errors import ConfigError
from pipelines.tagging.lexicon import builtin_lexicons
from storage import open_store
from tests.marsad.said import said
from tests.samples import article, chunk, filing

BASE = """\
store: sqlite:///m.db
outlets: [{id: tigris, name: Tigris, sources: [{id: en, url: 'https://tigris.example/feed', kind: feed}]}]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.yaml").write_text(BASE)
    return tmp_path


def test_rules_come_from_the_folder_and_from_named_files_with_word_lists_of_ones_own(home: Path) -> None:
    (home / "words.yaml").write_text("water: {en: [reservoir], ar: [سد], themes: [border]}\n")
    (home / "rules" / "b.yaml").write_text("- {id: two, query: '@words.water'}\n- {id: three, query: dam}\n")
    (home / "rules" / "_draft.yaml").write_text("not: [a, rule")
    (home / "energy.yaml").write_text("{id: energy, slots: {w: {use: words.water}}, match: w}\n")
    (home / "config.yaml").write_text(
        BASE
        + "lexicons: [words.yaml]\nrules:\n  - {use: energy.yaml, title: Energy}\n  - {use: builtin/security-cooperation}\n"
    )
    config = load(home / "config.yaml")
    assert [rule.id for rule in config.rules] == ["energy", "security-cooperation", "two", "three"]
    assert config.rules[0].title == "Energy"
    tags = {tag.rule: tag.verdict.value for tag in tagger_of(config).tag("Reservoir reopened", "", "en")}
    assert (tags["energy"], tags["two"], tags["three"]) == ("match", "match", "none")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("id: x\nquery: 'title:(iraq'\n", "rules/x.yaml:2:8", "')' is missing"),
        ("id: x\nquery: 'NOT iraq'\n", "rules/x.yaml:2:8", "match nearly everything"),
        ("id: x\nslots: {a: {words: {en: [b]}}}\nmatch: c\n", "rules/x.yaml:3:8", "unknown slot 'c'"),
        ("id: x\nlanguages: [en, ar]\nslots:\n  a: {words: {en: [bread]}}\nmatch: a\n", "rules/x.yaml:4:6", "no words in 'ar'"),
        ("id: x\nslots:\n  a: {words: {en: [ok, ab*]}}\nmatch: a\n", "rules/x.yaml:3:24", "too short"),
        ("id: x\nslots:\n  a: {words: {en: ['*act']}}\nmatch: a\n", "rules/x.yaml:3:20", "only at the end of a word"),
        ("id: x\nslots:\n  a: {words: {en: [pa*ct]}}\nmatch: a\n", "rules/x.yaml:3:20", "only at the end of a word"),
        ("id: x\nslots:\n  a: {words: {english: [b]}}\nmatch: a\n", "rules/x.yaml:3:24", "did you mean 'en'?"),
        ("id: x\nslots:\n  a: {words: {en: []}}\nmatch: a\n", "rules/x.yaml:3:6", "no word in it"),
        ("id: x\nslots:\n  a b: {use: act}\nmatch: a\n", "rules/x.yaml:3:3", "cannot be a slot's name"),
        ("id: x\nslots:\n  in: {use: act}\nmatch: in\n", "rules/x.yaml:3:3", "cannot be a slot's name"),
        ("id: x\nlanguages: [arabic]\nquery: pact\n", "rules/x.yaml:2:13", "did you mean 'ar'?"),
        ("id: x\nquery: 'pact lang:xx'\n", "rules/x.yaml:2:8", "no language has the code 'xx'"),
        ("id: x\nquery: 'pact outlet:tigirs'\n", "rules/x.yaml:2:8", "unknown outlet 'tigirs' (did you mean 'tigris'?)"),
        ("id: x\nquery: 'pact actor:iq'\n", "rules/x.yaml:2:8", "did you mean 'IQ'?"),
        ("id: x\nquery: 'pact actor:syria'\n", "rules/x.yaml:2:8", "did you mean 'SY'?"),
        ("id: x\nquery: pact\nthreshold: 3\n", "rules/x.yaml:3:12", "give 1 at most, and 3 is wanted"),
        ("id: x\nquery: pact\nthreshold: 1\nreview: [2, 1]\n", "rules/x.yaml:4:9", "above the threshold"),
        ("id: x\nquery: pact\nthreshold: .nan\n", "rules/x.yaml:3:12", "must be a number"),
        ("id: x\nquery: pact\nrupture: {wen: pact}\n", "rules/x.yaml:3:10", "give the condition itself"),
        ("id: ''\nquery: pact\n", "rules/x.yaml:1:5", "called by one word"),
        ("id: 5\nquery: pact\n", "rules/x.yaml:1:5", "must be a text; put it in quotes"),
        ("id: x\nquery: pact\ntests: [{title: Pact, language: xx, expect: match}]\n", "rules/x.yaml:3:33", "no language has the code"),
        ("id: x\nslots:\n  a: {use: securty}\nmatch: a\n", "rules/x.yaml:3:12", "did you mean 'security'?"),
        ("id: x\nslots:\n  a: {regex: '(a)\\1'}\nmatch: a\n", "rules/x.yaml:3:14", "refused"),
        ("id: x\nquery: bread\nmatch: a\n", "rules/x.yaml:2:8", "not both"),
        ("id: x\n", "rules/x.yaml:1:1", "give `match` or `query`"),
        ("id: x\nquery: bread\ntreshold: 1\n", "rules/x.yaml:3:1", "did you mean 'threshold'?"),
        ("id: x\nquery: bread\ntests:\n  - {title: bread, expect: match}\n  - {title: Rain, expect: match}\n", "rules/x.yaml:5:5", "expected match, got none"),
        ("- {id: x, query: bread}\n- {id: x, query: cake}\n", "rules/x.yaml:2:8", "given twice"),
        ("id: x\nscore: [{add: 1}]\nquery: bread\n", "rules/x.yaml:2:9", "either `when` or `query`"),
        ("just text\n", "rules/x.yaml:1:1", "a rule is a mapping"),
        ("use: other.yaml\n", "rules/x.yaml:1:6", "there is no such file"),
        ("id: [x\n", "rules/x.yaml:2:1", "not valid YAML"),
    ],
)  # fmt: skip
def test_a_bad_rule_refuses_the_load_at_its_file_line_and_column(home: Path, text: str, place: str, words: str) -> None:
    (home / "rules" / "x.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(home / "config.yaml")
    assert any(f"{place}: " in line and words in line for line in refused.value.places), refused.value.places


def test_a_failed_example_refuses_what_goes_by_the_rules_and_nothing_else(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "rules" / "x.yaml").write_text("id: x\nquery: bread\ntests:\n  - {title: Rain, expect: match}\n")
    open_store(load(home / "config.yaml", rules="shape").store, upgrade=True).close()
    for command in ("config check", "run", "crawl tigris", "retag", "rules test"):
        code, _, err = said(capsys, *command.split())
        assert (code, "rules/x.yaml:4:5: rule x: " in err) == (exits.CONFIG, True), command
    assert said(capsys, "stories", "list")[0] == exits.OK


@pytest.mark.parametrize(
    ("rule", "lexicons"),
    [
        ("{use: builtin/security-cooperation, threshold: 3.5, review: 3}", ""),
        ("{use: builtin/security-cooperation}", "lexicons: [act.yaml]\n"),
    ],
)
def test_the_examples_of_a_built_in_rule_are_tried_once_it_or_the_lists_are_changed(
    home: Path, rule: str, lexicons: str
) -> None:
    acts = [name.removeprefix("act.") for name in builtin_lexicons() if name.startswith("act.")]
    (home / "act.yaml").write_text("".join(f"{name}: {{en: [reservoir]}}\n" for name in acts))
    (home / "config.yaml").write_text(BASE + f"rules: [{rule}]\n" + lexicons)
    with pytest.raises(ConfigError) as refused:
        load(home / "config.yaml")
    assert any("rule security-cooperation: example " in line for line in refused.value.places), refused.value.places


def test_a_word_of_a_rule_refuses_what_goes_by_the_rules_and_nobody_who_looks_at_what_is_stored(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "words.yaml").write_text("water: {en: [ab*]}\n")
    (home / "rules" / "x.yaml").write_text("id: x\nquery: '@words.fire'\n")
    (home / "config.yaml").write_text(BASE + "lexicons: [words.yaml]\n")
    assert said(capsys, "db", "upgrade")[0] == exits.OK
    for command in ("config check", "run", "crawl tigris", "retag", "rules test", "rules list", "search dam"):
        code, _, err = said(capsys, *command.split())
        assert (code, "rules/x.yaml:2:8: rule x: " in err, "words.yaml:1:14" in err) == (exits.CONFIG, True, True)
    assert said(capsys, "status")[0] == exits.OK
    (home / "rules" / "x.yaml").write_text("id: x\nqueri: dam\n")
    code, _, err = said(capsys, "status")
    assert (code, "rules/x.yaml:2:1: rule x: " in err) == (exits.CONFIG, True), "its shape is looked at"


def test_word_lists_that_were_not_read_with_the_configuration_are_read_when_asked_for(home: Path) -> None:
    (home / "words.yaml").write_text("water: {en: [reservoir]}\n")
    (home / "config.yaml").write_text(BASE + "lexicons: [words.yaml]\n")
    config = load(home / "config.yaml", rules="shape")
    assert config.lexicons == load(home / "config.yaml").lexicons
    assert config.lexicons is config.lexicons
    (home / "words.yaml").write_text("water: [dam]\n")
    with pytest.raises(ConfigError):
        _ = load(home / "config.yaml", rules="shape").lexicons


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("water: {en: [ab*]}\n", "words.yaml:1:14", "too short"),
        ("water: {eng: [dam], en: [dam]}\n", "words.yaml:1:9", "unknown key (did you mean 'en'?)"),
        ("water: {themes: [border]}\n", "words.yaml:1:8", "no words in any language"),
        ("water: [dam]\n", "words.yaml:1:8", "a mapping is wanted"),
        ("water: {en: dam}\n", "words.yaml:1:13", "must be a list of words"),
        ("[dam]\n", "words.yaml:1:1", "a mapping is wanted"),
    ],
)
def test_a_bad_word_list_is_refused_at_its_place(home: Path, text: str, place: str, words: str) -> None:
    (home / "words.yaml").write_text(text)
    (home / "config.yaml").write_text(BASE + "lexicons: [words.yaml, none.yaml]\n")
    with pytest.raises(ConfigError) as refused:
        load(home / "config.yaml")
    assert any(f"{place}: " in line and words in line for line in refused.value.places), refused.value.places
    assert any("config.yaml:3:24: lexicons[1]" in line and "no such file" in line for line in refused.value.places)


WHY_NOT = [
    ("memorandum NEAR/8 border", "14 words apart when 8 are allowed: “memorandum” … “border”"),
    ("title:border", "not in title, only in lead (“border”)"),
    ("states>=3", "2, but >= 3 is wanted (“Iraq”, “Syria”)"),
    ("reservior", "nowhere in the article; closest: “reservoir”"),
    ("iraq NOT syria", "it is there (“Syria”)"),
    ("SENTENCE(memorandum reservoir)", "never in one sentence: “memorandum” … “reservoir”"),
    ("iraq lang:ar", "it is en"),
    ("ATLEAST 2 (egypt, syria, jordan)", "1 of 2 hold"),
    ("iraq NEAR/3 egypt", "no egypt"),
    ("iraq theme:cyber", "the article has"),
    ("(egypt OR jordan) AND iraq", "nowhere in the article"),
]


@pytest.mark.parametrize(("query", "words"), WHY_NOT)
def test_why_not_names_the_first_failing_condition_and_the_nearest_miss(
    home: Path, capsys: pytest.CaptureFixture[str], query: str, words: str
) -> None:
    text = (
        "Iraq and Syria: the memorandum one two three four five six seven eight nine ten eleven twelve thirteen border. "
        "The reservoir is full."
    )
    (home / "rules" / "x.yaml").write_text(json.dumps({"id": "x", "query": query}))
    arguments = ("rules", "explain", "x", "--title", "Water talks", "--text", text, "--language", "en")
    code, out, err = said(capsys, *arguments, "--why-not")
    assert (code, err) == (exits.OK, "")
    assert words in out.partition("nearest miss: ")[2], out
    code, out, _ = said(capsys, *arguments, "--json")
    found = json.loads(out)
    assert words in found["first_failing"]["detail"]
    code, out, _ = said(capsys, *arguments)
    assert "NO " in out


def test_a_score_that_falls_short_says_by_how_much_and_what_would_help(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "rules" / "x.yaml").write_text(
        "id: x\nquery: bread\nthreshold: 2\nreview: 0.5\nscore:\n  - {query: bread, add: 1.4}\n  - {query: 'title:butter', add: 1}\n"
    )
    code, out, _ = said(capsys, "rules", "explain", "x", "--title", "Bread", "--text", "and butter", "--why-not")
    assert code == exits.OK
    assert "score 1.4 is 0.6 short of 2; it would take:" in out
    assert "+1  title:butter: not in title, only in lead (“butter”)" in out


def test_each_part_that_a_score_line_lacks_says_how_near_it_came(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "rules" / "x.yaml").write_text(
        "id: x\nquery: bread\nthreshold: 2\nreview: 0.5\nscore:\n  - {query: bread, add: 1}\n"
        "  - {query: 'bread AND title:butter AND (jam OR honey)', add: 1}\n"
    )
    code, out, _ = said(capsys, "rules", "explain", "x", "--title", "Bread", "--text", "and butter", "--why-not")
    assert code == exits.OK
    assert (
        "title:butter: not in title, only in lead (“butter”); jam: nowhere in the article; honey: nowhere in the article"
    ) in out


def test_an_archived_article_is_explained_by_its_address(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{home / 'm.db'}", upgrade=True)
    store.archive.commit(chunk(filing()))
    store.close()
    (home / "rules" / "x.yaml").write_text("{id: x, query: 'memorandum outlet:tigris'}")
    code, out, _ = said(capsys, "rules", "explain", "x", article("one").url)
    assert code == exits.OK
    assert "yes memorandum: “memorandum”" in out
    assert "x: match" in out
    code, _, err = said(capsys, "rules", "explain", "x", "https://tigris.example/none")
    assert (code, "no article of the archive" in err) == (exits.USAGE, True)


@pytest.mark.parametrize("verb", ["test", "train"])
def test_without_rules_it_is_said_that_there_are_none(
    home: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    said(capsys, "db", "upgrade")
    code, _, err = said(capsys, "rules", verb)
    assert code != exits.OK
    assert "the configuration has no rules" in err
    assert "builtin/security-cooperation" in err
    assert "None" not in err

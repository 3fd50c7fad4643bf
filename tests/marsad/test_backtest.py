"""Back-tests: the quick way gives what reading every article gives; an edit's gains and losses."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marsad import exits
from marsad.__main__ import main
from marsad.backtest import back_test
from marsad.indexing import catch_up
from news.filing import Filing
from news.rule import Rule
from news.tag import Verdict
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from storage import Store, open_store
from tests.samples import NOW, chunk, filing

WORDS = builtin_lexicons()
PIECES = {
    "en": [
        "Iraq",
        "Syria",
        "Turkey",
        "Iran",
        "ministers",
        "sign",
        "security",
        "cooperation",
        "memorandum",
        "border",
        "drugs",
        "police",
        "football",
        "trade",
        "talks",
        "suspend",
        "Baghdad",
        "agreement",
        "UN-brokered",
        "intelligence",
        "army",
        "exercise",
        "extradite",
        "harvest",
        "river",
        "lantern.",
        "market",
        "The",
        "co-operation",
        "US",
        "us",
    ],
    "ar": [
        "العراق",
        "وسوريا",
        "تركيا",
        "وزير",
        "الداخلية",
        "يوقعان",
        "مذكرة",
        "التعاون",
        "الأمني",
        "الحدود",
        "المخدرات",
        "كرة",
        "القدم.",
        "اتفاقية",
        "بغداد",
        "إيران",
        "نهر",
        "سوق",
        "وبالتعاون",
    ],
    "ckb": [
        "عێراق",
        "سووریا",
        "تورکیا",
        "یاداشتنامە",
        "هاوکاریی",
        "ئەمنی",
        "واژۆ",
        "سنور",
        "پۆلیس",
        "رووبار.",
        "بازاڕ",
        "هەولێر",
        "ڕێککەوتن",
    ],
    "tr": [
        "Irak",
        "Suriye",
        "güvenlik",
        "iş",
        "birliği",
        "mutabakatı",
        "imzaladı",
        "sınır",
        "polis",
        "nehir.",
        "pazar",
        "Türkiye",
        "İran",
        "anlaşma",
        "futbol",
    ],
}


def archive(count: int) -> list[Filing]:
    """Invented word salads, rich in the lexicons' words."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        language = chance.choice(list(PIECES))
        words = PIECES[language]
        title = " ".join(chance.choices(words, k=chance.randint(3, 9)))
        text = "\n\n".join(
            " ".join(chance.choices(words, k=chance.randint(5, 60))) for _ in range(chance.randint(0, 5))
        )
        one = filing(f"n{number}", told=False)
        said = language if chance.random() < 0.9 else "und"
        article = replace(
            one.article, title=title, text=text, language=said, fetched_at=NOW - timedelta(minutes=number),
            outlet=chance.choice(["tigris", "levant"]),
        )  # fmt: skip
        made.append(replace(one, article=article))
    return made


def rules() -> list[Rule]:
    queries = [
        'title:("security cooperation" OR memorand*) AND states>=2 NOT football',
        "@security NEAR/6 @act", "drugs OR مخدرات", "SENTENCE(@states police)", "theme:drugs iraq", "lang:ar @states", "actor:SY @act.agreement",
        "/memor\\w+/ AND states>=1", "ATLEAST 2 (@security, football, river)", "states>=3 NOT @security", "outlet:levant @act",
        '"co-operation" border', "US @security",
    ]  # fmt: skip
    made = [rule_from({"id": f"q{n}", "query": query}, origin="x") for n, query in enumerate(queries)]
    made.append(rule_from(builtin_rules()["security-cooperation"], origin="x"))
    made.append(
        rule_from(
            {
                "id": "slots", "languages": ["en", "ar"], "threshold": 1.5, "review": 0.5,
                "slots": {"d": {"use": "security"}, "own": {"words": {"en": ["lantern*"], "ar": ["نهر"]}}, "s": {"use": "states"}},
                "match": "d and s >= 2 in title|lead",
                "score": [{"when": "near(d, s, 5)", "add": 0.4, "per": "sentence", "max": 3}, {"when": "own", "add": 1.0}],
                "rupture": "own in title and d",
            },
            origin="x",
        )
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str, list[Filing]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('a') / 'm.db'}"
    store = open_store(url, upgrade=True)
    filings = archive(600)
    for start in range(0, len(filings), 100):
        store.archive.commit(chunk(*filings[start : start + 100]))
    indexer = Indexer(WORDS)
    catch_up(store.index, indexer, limit=400)
    pending = store.index.pending(100)
    stale = [replace(indexer.entry(s, a, article), make="older") for s, a, article in pending if article is not None]
    store.index.put(stale, stale[-1].sequence)
    assert store.index.state(indexer.make).pending == 100
    assert store.index.state(indexer.make).stale == 100
    return store, url, filings


SINCE = NOW - timedelta(minutes=550)
PARALLEL = ("q0", "slots", "security-cooperation")
TRIED = [(rule, 1) for rule in rules()] + [(rule, 2) for rule in rules() if rule.id in PARALLEL]


@pytest.fixture(scope="module")
def read(filled: tuple[Store, str, list[Filing]]) -> dict[str, dict[str, tuple[Verdict, float]]]:
    """What reading every article gives, rule by rule: read once for all of them, which must not matter to any."""
    found: dict[str, dict[str, tuple[Verdict, float]]] = defaultdict(dict)
    tagger = Tagger(rules(), WORDS)
    for one in filled[2]:
        a = one.article
        for tag in tagger.tag(a.title, a.text, a.language, a.outlet):
            if tag.verdict is not Verdict.NONE and a.fetched_at >= SINCE:
                found[tag.rule][one.article_id] = (tag.verdict, tag.score)
    return found


@pytest.mark.parametrize(("rule", "processes"), TRIED, ids=lambda value: getattr(value, "id", str(value)))
def test_a_back_test_gives_what_reading_every_article_gives(
    filled: tuple[Store, str, list[Filing]],
    read: dict[str, dict[str, tuple[Verdict, float]]],
    rule: Rule,
    processes: int,
) -> None:
    """Of indexed articles, of stale entries and of those not yet indexed, alone and in two processes."""
    store, url, _ = filled
    full = read[rule.id]
    found = back_test(store, url, rule, WORDS, since=SINCE, processes=processes)
    assert len(found) == len({trial.article_id for trial in found})
    assert {trial.article_id: (trial.verdict, trial.score) for trial in found} == full
    assert full, "a rule that finds nothing would prove nothing"


def test_the_command_counts_stories_and_says_what_an_edit_gained_and_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARSAD_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text("store: sqlite:///m.db\n")
    (tmp_path / "rules").mkdir()
    rule = tmp_path / "rules" / "bread.yaml"
    rule.write_text("{id: bread, query: 'bread OR cake'}")
    (tmp_path / "old.yaml").write_text("{id: bread, query: 'bread OR wheat'}")
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}", upgrade=True)
    now = NOW.replace(year=2100)
    tagger = Tagger([rule_from({"id": "bread", "query": "bread OR wheat"}, origin="x")], WORDS)
    for number, title in enumerate(["Bread is dear", "Wheat is dear", "Cake is dear", "Rain"]):
        one = filing(f"n{number}", told=False, now=now)
        tags = tagger.tag(title, "", "en")
        article = replace(one.article, title=title, text="", fetched_at=now)
        store.archive.commit(chunk(replace(one, article=article, tags=tags, matches=())))
    store.close()

    def said(*arguments: str) -> tuple[int, str]:
        code = main(["rules", "test", "bread", "--since", "4w", *arguments])
        out = capsys.readouterr()
        assert out.err == ""
        return code, out.out

    code, out = said()
    assert code == exits.OK
    assert "2 of 4 articles" in out
    assert "2 stories would be told, about 0.5 a week" in out
    assert "against what is stored: gained 1, lost 1" in out
    assert "+ match      1.0  2100-11-24  Cake is dear" in out
    assert "- match      1.0  2100-11-24  Wheat is dear" in out
    code, out = said("--against", "old.yaml", "--json")
    facts = json.loads(out)["rules"][0]
    assert [item["title"] for item in facts["gained"]] == ["Cake is dear"]
    assert [item["title"] for item in facts["lost"]] == ["Wheat is dear"]
    assert (facts["stories"], facts["compared_with"]) == (2, "old.yaml (bread)")
    assert said("--expect-matches", "2")[0] == exits.OK
    assert said("--expect-matches", "3")[0] == exits.FAILED

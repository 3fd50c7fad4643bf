"""A rule over an archive of invented articles: by the words kept, and by reading every article, in one run.

python -m bench.bench_backtest [COUNT] [FILE]      FILE is kept and used again
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

from sqlalchemy import text

from marsad.backtest import back_test
from marsad.indexing import catch_up
from news.rule import Rule
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.searching import Search
from pipelines.tagging.tagger import Tagger
from storage import Store, open_store
from storage.engine import writing
from tests.samples import NOW, chunk, filing

WORDS = builtin_lexicons()
DIFFERENT = 5000
COPIES = (
    "INSERT INTO articles(article_id, url, sequence, story_id, source_id, fetched_at, entry_hash, run_id, article, filed, sighting) "
    "SELECT article_id || :copy, url || :copy, sequence + :step, story_id, source_id, fetched_at, entry_hash, run_id, article, filed, sighting "
    "FROM articles WHERE sequence <= :last",
    "INSERT INTO texts(article_id, sequence, fetched_at, language, outlet, make, words, title, text) "
    "SELECT article_id || :copy, sequence + :step, fetched_at, language, outlet, make, words, title, text FROM texts WHERE sequence <= :last",
)
FULL = 500
"""Articles of the same archive that are read whole, for comparison and to check the findings."""


def articles(count: int):
    """About 3,500 characters each: an invented vocabulary by Zipf's law, and in most articles words of
    the lexicons: two fifths name two states or more, a third speaks of security, a tenth of both and acts."""
    chance = random.Random(3)
    syllables = [a + b for a in "bcdfgklmnprstvz" for b in "aeiou"]
    vocabulary = list({"".join(chance.choices(syllables, k=chance.choice([2, 2, 3, 3, 4]))) for _ in range(60_000)})
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
    topics = {
        topic: [
            p.written.strip("=*")
            for name, e in WORDS.items()
            if name.startswith(topic)
            for p in e.patterns
            if p.language == "en"
        ]
        for topic in ("states.", "security.", "act.", "context.")
    }
    for number in range(count):
        body = chance.choices(vocabulary, cum_weights=weights, k=520)
        title = chance.choices(vocabulary, cum_weights=weights, k=8)
        kinds = [
            t
            for t, share in (("states.", 0.7), ("security.", 0.33), ("act.", 0.5), ("context.", 0.4))
            if chance.random() < share
        ]
        for kind in kinds:
            for _ in range(chance.randint(1, 9)):
                body.insert(chance.randint(0, len(body)), chance.choice(topics[kind]))
            if chance.random() < 0.35:
                title.insert(chance.randint(0, len(title)), chance.choice(topics[kind]))
        text = ". ".join(" ".join(body[at : at + 18]) for at in range(0, len(body), 18))
        one = filing(f"n{number}", told=False)
        changed = {"title": " ".join(title), "text": text, "fetched_at": NOW - timedelta(seconds=26 * (count - number))}
        yield replace(one, article=replace(one.article, **changed), tags=(), matches=())


def filled(file: Path, count: int) -> tuple[Store, str]:
    """The archive: DIFFERENT articles, filed and indexed as ever, and each again under further addresses
    until there are `count`."""
    url = f"sqlite:///{file}"
    store = open_store(url, upgrade=True)
    if store.history.count():
        return store, url
    different = min(count, DIFFERENT)
    made = list(articles(different))
    for start in range(0, different, 500):
        store.archive.commit(chunk(*made[start : start + 500]))
    begun, busy = time.perf_counter(), time.process_time()
    done = catch_up(store.index, Indexer(WORDS))
    wall, spent = time.perf_counter() - begun, time.process_time() - busy
    print(
        f"indexing: {done} articles, {spent / done * 1000:.2f} ms of processor each ({wall / done * 1000:.2f} ms in all)"
    )
    for copy in range(1, count // different):
        with writing(store._engine) as connection:
            for statement in COPIES:
                connection.execute(text(statement), {"copy": f"-{copy}", "step": copy * different, "last": different})
    with writing(store._engine) as connection:
        connection.execute(text("UPDATE counters SET value = (SELECT max(sequence) FROM articles)"))
    return store, url


def rules() -> list[Rule]:
    query = 'title:("security cooperation" OR memorand*) AND states>=2 NOT football'
    return [
        rule_from(builtin_rules()["security-cooperation"], origin="x"),
        rule_from({"id": "query", "query": query}, origin="x"),
        rule_from({"id": "near", "query": "@security NEAR/8 @act.agreement"}, origin="x"),
    ]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "m.db"
        store, url = filled(file, count)
        print(f"archive: {count} articles, {file.stat().st_size / 1e6:.0f} MB")
        sample = store.index.articles(store.index.candidates(Search("lang:en", WORDS).wanted)[:FULL])
        for rule in rules():
            begun = time.perf_counter()
            found = {trial.article_id: trial.score for trial in back_test(store, url, rule, WORDS)}
            quick = time.perf_counter() - begun
            tagger = Tagger([rule], WORDS)
            begun = time.perf_counter()
            tags = {a: tagger.tag(x.title, x.text, x.language, x.outlet)[0] for a, _, x in sample}
            whole = (time.perf_counter() - begun) / len(tags) * count
            assert all(found.get(a) == (None if t.verdict == "none" else t.score) for a, t in tags.items())
            print(f"{rule.id}: {len(found)} findings in {quick:.1f} s; reading every article would take {whole:.0f} s")
        for query in ("memorandum syria", '"security cooperation"', "zebra", "drug* NEAR/5 border"):
            search = Search(query, WORDS)
            begun = time.perf_counter()
            ids = store.index.candidates(search.wanted)
            middle = time.perf_counter()
            shown = [a for a, _, x in store.index.articles(ids[:50]) if search.look(x)]
            end = time.perf_counter()
            print(
                f"search {query}: {len(ids)} candidates in {(middle - begun) * 1000:.0f} ms, first {len(shown)} in {(end - middle) * 1000:.0f} ms"
            )
        store.close()


if __name__ == "__main__":
    main()

"""Fold, tag, group and store: the real Intake into SQLite (FULL), one process, chunks of five articles of which
five share a commit, as in a daemon whose visits hand in faster than it writes.

    python -m bench.bench_intake [stored ...]        default: 10000 100000

Each size is measured in several rounds, a fresh store and the very same articles each time. All rounds are shown.
Other work on the machine only ever adds to what the code takes, so every commit counts with the best of its rounds,
as Python's `timeit` advises; how fast the core ran meanwhile is told beside it (`bench/core.py`).

The store is filled by a fast path: rows of old articles (short documents, out of the window) and 10,000
live articles, each a story, which the intake loads as after a restart. What is measured is Intake.take
alone. Beside it, datasketch's MinHash LSH on the texts of the same articles.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from datasketch import MinHash, MinHashLSH
from sqlalchemy import insert

from bench.core import Core
from bench.wording import Wording, words
from marsad.group_commit import MOST
from marsad.heap import settle
from marsad.visits import CHUNK
from news.article import Article
from news.filing import Filed
from news.outlet import SourceState
from news.story import Evidence, Relation, Sighting, Story
from pipelines.fingerprint import fingerprint
from pipelines.intake import Intake, Order, VisitContext
from pipelines.normalise import article_id, normalise, story_id
from pipelines.reading import read
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from storage import open_store
from storage import tables as t
from storage.codec import dumps
from storage.store import Store
from tests.samples import NOW, FrozenClock, article, source

LIVE = 10_000
MEASURED = 500
ROUNDS = 5
READ_BEFORE = 2_000
"""Articles, before the clock starts: the automaton of the language is made, and as many of a new article's words
are unknown (15) as in the labelled English set after five hundred."""


class Newsroom:
    """Articles of 250 words: common words by Zipf's law, and a dozen of their story's own with names."""

    def __init__(self) -> None:
        self._chance = random.Random(7)
        self._wording = Wording()

    def write(self, story: int, number: int) -> Article:
        own = words(14, random.Random(story))
        names = [word.capitalize() for word in words(6, random.Random(-story - 1))]
        body = self._wording.say(210, self._chance)
        for word in [*own, *own, *names, str(100 + story)]:
            body.insert(self._chance.randrange(len(body)), word)
        title = " ".join([names[0], *own[:4], names[1]])
        return article(f"s{story}n{number}", title=title, text=" ".join(body), published_at=NOW, fetched_at=NOW)


def fill(store: Store, old: int, live: list[Article]) -> None:
    with store._engine.begin() as connection:
        for start in range(0, old, 5_000):
            rows = [_old(number) for number in range(start, min(old, start + 5_000))]
            for table, part in zip((t.articles, t.revisions, t.stories, t.tags), zip(*rows, strict=True), strict=True):
                connection.execute(insert(table), list(part))
        rows = [_live(one, number + 1) for number, one in enumerate(live)]
        for table, part in zip((t.articles, t.stories), zip(*rows, strict=True), strict=True):
            connection.execute(insert(table), list(part))
        connection.execute(insert(t.counters), [{"name": "sequence", "value": len(live)}])


def _old(number: int) -> tuple[dict[str, Any], ...]:
    url = f"https://old.example/{number}"
    name, at = article_id(url), NOW - timedelta(days=30)
    story = story_id(name)
    return (
        {"article_id": name, "url": url, "sequence": 0, "story_id": story, "source_id": "old/en", "fetched_at": at,
         "entry_hash": "", "run_id": "r", "article": "{}" * 200, "filed": "{}" * 200, "sighting": "{}"},
        {"article_id": name, "number": 1, "title": "x" * 60, "text": "x" * 400, "seen_at": at, "run_id": "r"},
        {"story_id": story, "last_seen_at": at, "doc": "{}" * 100},
        {"article_id": name, "rule": "r", "story_id": story, "verdict": "none", "score": 0.0, "doc": "{}" * 60},
    )  # fmt: skip


def _live(one: Article, sequence: int) -> tuple[dict[str, Any], dict[str, Any]]:
    name = article_id(one.url)
    story = Story(id=story_id(name), title=one.title, language="en", revision=1, first_seen_at=NOW, last_seen_at=NOW)
    filed = Filed(
        sequence=sequence, article_id=name, story_id=story.id, url=one.url, outlet=one.outlet, owner=one.outlet,
        source=one.source, title=one.title, language="en", revision=1, published_at=NOW, fetched_at=NOW,
        fingerprint=fingerprint(normalise(one)),
    )  # fmt: skip
    sighting = Sighting(article_id=name, story_id=story.id, relation=Relation.OPENED, evidence=Evidence(rule="new"))
    return (
        {"article_id": name, "url": one.url, "sequence": sequence, "story_id": story.id, "source_id": one.source,
         "fetched_at": NOW, "entry_hash": "", "run_id": "r", "article": dumps(one), "filed": dumps(filed),
         "sighting": dumps(sighting)},
        {"story_id": story.id, "last_seen_at": NOW, "doc": dumps(story)},
    )  # fmt: skip


def batches(articles: list[Article], visit: VisitContext) -> Iterator[list[Order]]:
    for start in range(0, len(articles), MOST):
        part = articles[start : start + MOST]
        yield [Order(finds=part[at : at + CHUNK], visit=visit) for at in range(0, len(part), CHUNK)]


def measure(stored: int, live: list[Article], fresh: list[Article], core: Core) -> list[float]:
    """Seconds of processor time, commit by commit."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(stored, live, fresh, Path(folder), core)


def _measured(stored: int, live: list[Article], fresh: list[Article], folder: Path, core: Core) -> list[float]:
    store = open_store(f"sqlite:///{folder / 'm.db'}", upgrade=True)
    fill(store, max(0, stored - len(live)), live)
    tagger = Tagger([rule_from(given, origin=name) for name, given in builtin_rules().items()])
    intake = Intake(store.archive, tagger, [], clock=FrozenClock())
    for one in live[:READ_BEFORE]:
        read(one, tagger)  # a daemon has read what lives
    before, begun = _memory(), time.process_time()
    intake.warm()
    warmed = time.process_time() - begun
    settle()  # as the daemon does
    facts = {"source": source(), "state": SourceState(first_visit=False), "run_id": "r", "host": "tigris.example"}
    visit = VisitContext(**facts, fence=1)  # type: ignore[arg-type]
    joined, known = 0, {story_id(article_id(one.url)) for one in live}
    costs: list[float] = []
    wall = 0.0
    for part in batches(fresh, visit):
        core.feel()
        clock, begun = time.perf_counter(), time.process_time()
        taken = intake.take_all(part)
        costs.append(time.process_time() - begun)
        wall += time.perf_counter() - clock
        joined += sum(row.story_id in known for one in taken for row in one.rows)
    print(
        f"{stored:>9,} stored, {intake._index.stories:,} live stories: {len(fresh) / sum(costs):.0f} articles/s of processor "
        f"time, {len(fresh) / wall:.0f} on the clock; {joined} joined; warm {warmed:.1f} s, "
        f"{max(0, _memory() - before):.0f} MB more than before (the first size tells what the window takes)"
    )
    store.close()
    return costs


def _memory() -> float:
    """Resident, in MB; grows only."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def minhash(live: list[Article], fresh: list[Article]) -> float:
    """Signing, asking and adding with 128 permutations: only the near-duplicate part of the work."""
    index = MinHashLSH(threshold=0.5, num_perm=128)

    def sign(one: Article) -> MinHash:
        tokens = one.text.split()
        signed = MinHash(num_perm=128)
        signed.update_batch([" ".join(tokens[i : i + 3]).encode() for i in range(len(tokens) - 2)])
        return signed

    for one in live[:2_000]:
        index.insert(one.url, sign(one))
    begun = time.process_time()
    for one in fresh:
        signed = sign(one)
        index.query(signed)
        index.insert(one.url, signed)
    return len(fresh) / (time.process_time() - begun)


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 100_000]
    room = Newsroom()
    live = [room.write(story, 0) for story in range(LIVE)]
    chance = random.Random(3)
    fresh = [room.write(chance.randrange(2 * LIVE), number + 1) for number in range(MEASURED)]
    core = Core()
    rounds = [{size: measure(size, live, fresh, core) for size in sizes} for _ in range(ROUNDS)]
    costs = {size: sum(map(min, zip(*(one[size] for one in rounds), strict=True))) / MEASURED for size in sizes}
    smallest = min(costs)
    for size, cost in costs.items():
        print(
            f"{size:>9,} stored: {1 / cost:.0f} articles/s, every commit at its best; {1000 * cost:.2f} ms an article, "
            f"{cost / costs[smallest]:.2f} times {smallest:,}"
        )
    print(core)
    print(f"datasketch MinHash LSH, signing and asking alone: {minhash(live, fresh):.0f} articles/s")


if __name__ == "__main__":
    main()

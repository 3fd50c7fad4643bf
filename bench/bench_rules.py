"""Tagging with 10, 100 and 1,000 rules, with the index of candidates and without, in one run."""

from __future__ import annotations

import random
import time
from itertools import islice

from bench.bench_backtest import WORDS, articles
from pipelines.tagging.candidates import Candidates
from pipelines.tagging.rules import rule_from
from pipelines.tagging.tagger import Tagger

ARTICLES = 60


def queries(count: int) -> list[str]:
    """Rules as people of a media monitor write them: groups of names and words, one NOT, one NEAR."""
    chance = random.Random(5)
    words = sorted(
        {
            p.written
            for e in WORDS.values()
            for p in e.patterns
            if p.language == "en" and p.written.isalpha() and len(p.written) > 3
        }
    )
    made = []
    for _ in range(count):
        a, b, c, d, e, f = chance.sample(words, 6)
        made.append(
            f"({a} OR {b}) AND ({c} OR {d}) NOT {e}" if chance.random() < 0.5 else f"({a} OR {b}) NEAR/8 ({c} OR {f})"
        )
    return made


def main() -> None:
    texts = [one.article for one in islice(articles(ARTICLES), ARTICLES)]
    warm = Tagger([rule_from({"id": "warm", "query": "iraq"}, origin="x")], WORDS)
    for one in texts:
        warm.tag(one.title, one.text, "en")
    for count in (10, 100, 1000):
        rules = [rule_from({"id": f"r{n}", "query": query}, origin="x") for n, query in enumerate(queries(count))]
        begun = time.process_time()
        tagger = Tagger(rules, WORDS)
        made = time.process_time() - begun
        spent = {}
        for name, full in (("all", count), ("candidates", 0)):
            tagger._candidates = Candidates(tagger.compiled, full=full)
            begun = time.process_time()
            found = [[t for t in tagger.tag(a.title, a.text, "en") if t.verdict != "none"] for a in texts]
            spent[name] = (time.process_time() - begun) / len(texts), sum(map(len, found))
        assert spent["all"][1] == spent["candidates"][1], "the index may leave out only rules that say nothing"
        a, b = spent["all"][0], spent["candidates"][0]
        print(
            f"{count} rules: {1 / b:.0f} articles/s of processor time with the index, {1 / a:.0f} without; made in {made:.1f} s"
        )


if __name__ == "__main__":
    main()

"""The whole flow into SQLite (FULL) against committing the same filings without deciding, in one run."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from news.outlet import SourceState
from pipelines.intake import Intake, VisitContext
from pipelines.tagging import Tagger, builtin_rules, rule_from
from storage import open_store
from tests.journeys.kill_nursery import article
from tests.samples import NOW, FrozenClock, chunk, filing, source

COUNT = 500


def main() -> None:
    tagger = Tagger([rule_from(given, origin=name) for name, given in builtin_rules().items()])
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'a.db'}", upgrade=True)
        intake = Intake(store.archive, tagger, [], clock=FrozenClock())
        visit = VisitContext(
            source=source(), state=SourceState(first_visit=False), run_id="r", host="tigris.example", fence=1
        )
        begun = time.perf_counter()
        for start in range(0, COUNT, 5):
            intake.take([article(n, NOW) for n in range(start, start + 5)], visit)
        whole = time.perf_counter() - begun
        bare_store = open_store(f"sqlite:///{Path(folder) / 'b.db'}", upgrade=True)
        begun = time.perf_counter()
        for start in range(0, COUNT, 5):
            bare_store.archive.commit(chunk(*(filing(f"n{n}", told=False) for n in range(start, start + 5))))
        bare = time.perf_counter() - begun
        store.close()
        bare_store.close()
    print(f"intake: {COUNT / whole:.0f} articles/s, {whole / bare:.1f} times the bare commit of as many")


if __name__ == "__main__":
    main()

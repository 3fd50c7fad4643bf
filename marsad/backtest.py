"""Runs a back-test over the archive, on all processors."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

from news.archive_index import IndexRow, Wanted
from news.rule import Rule
from pipelines.tagging.backtest import BackTest, Trial
from pipelines.tagging.lexicon import Entry
from storage import Store, open_store

SHARES = 16
"""Parts of the archive; each ends with a step of progress."""

ALONE = 4000
"""Fewer articles are not worth another process."""

PAGE = 200
"""Articles read again at a time."""

_ALL = 10_000_000


@dataclass(frozen=True, slots=True)
class _Ready:
    """What forked processes inherit as it is: making or sending it takes longer than their work."""

    url: str
    test: BackTest
    since: datetime | None
    own: frozenset[str]
    only: frozenset[str] | None


_inherited: dict[str, _Ready] = {}
_opened: dict[int, Store] = {}


def back_test(
    store: Store,
    url: str,
    rule: Rule,
    lexicons: Mapping[str, Entry],
    *,
    since: datetime | None = None,
    told: Callable[[int], None] = lambda count: None,
    processes: int = 0,
) -> list[Trial]:
    """Every article of which the rule would say something. `told` hears of steps, SHARES in all."""
    test = BackTest(rule, lexicons)
    own = frozenset(store.index.candidates(replace(test.own, since=since))) if test.own else frozenset()
    narrowing = test.narrowing
    only = frozenset(store.index.candidates(replace(narrowing, since=since))) if narrowing else None
    ready = _Ready(url, test, since, own, only)
    workers = processes or (1 if store.index.state("").entries < ALONE else os.cpu_count() or 1)
    trials: list[Trial] = []
    if workers == 1 or sys.platform == "win32":
        for share in range(SHARES):
            trials += _share(store, ready, share)
            told(1)
    else:
        for part in _in_processes(ready, workers):
            trials += part
            told(1)
    late = [(article_id, article) for _, article_id, article in store.index.pending(_ALL) if article is not None]
    newer = {article_id for article_id, _ in late}
    kept = [trial for trial in trials if trial.article_id not in newer]
    read = (test.read(a, article) for a, article in late if since is None or article.fetched_at >= since)
    return kept + [trial for trial in read if trial is not None]


def _in_processes(ready: _Ready, workers: int) -> Iterator[list[Trial]]:
    _inherited["ready"] = ready
    context = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for done in as_completed([pool.submit(_alone, share) for share in range(SHARES)]):
                yield done.result()
    finally:
        _inherited.clear()


def _alone(share: int) -> list[Trial]:
    """One share in a process of its own, over its own connection."""
    ready = _inherited["ready"]
    if os.getpid() not in _opened:
        _opened[os.getpid()] = open_store(ready.url)
    return _share(_opened[os.getpid()], ready, share)


def _share(store: Store, ready: _Ready, share: int) -> list[Trial]:
    rows = store.index.rows(Wanted(since=ready.since), share=share, shares=SHARES)
    if ready.only is not None:
        rows = (row for row in rows if row.article_id in ready.only)
    trials: list[Trial] = []
    again: list[str] = []
    for found in ready.test.over(rows, ready.own):
        if isinstance(found, IndexRow):
            again.append(found.article_id)
        else:
            trials.append(found)
    for start in range(0, len(again), PAGE):
        read = (ready.test.read(a, article) for a, _, article in store.index.articles(again[start : start + PAGE]))
        trials += [trial for trial in read if trial is not None]
    return trials

"""A process with everything imported that forks a worker per line of standard input.

Line: JSON {db, url, secret, total, failpoint}. The worker does what the daemon does between
fetching and delivering: intake commits matched articles, the dispatcher sends. Answers the
worker's pid, then `end <status>` when it is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
from datetime import UTC, datetime, timedelta

from alerts.channels import ChannelContext, kinds
from alerts.dispatcher import Dispatcher, DispatchSettings
from marsad import log
from news import failpoint
from news.alert import Route
from news.article import Article
from news.clock import SystemClock
from news.outlet import Outlet, Source, SourceState
from pipelines.intake import Intake, VisitContext
from pipelines.settings import GroupingSettings
from pipelines.tagging import Tagger, builtin_rules, rule_from
from storage import Store, open_store

_TAGGER = Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])
_WORDS = [
    "river",
    "road",
    "valley",
    "harvest",
    "market",
    "school",
    "bridge",
    "garden",
    "window",
    "lantern",
    "copper",
    "saddle",
    "orchard",
    "pebble",
]


def article(number: int, now: datetime) -> Article:
    """A matched article like no other."""
    chance = random.Random(number)
    filler = " ".join(chance.choice(_WORDS) + str(chance.randrange(10_000)) for _ in range(30))
    url = f"https://tigris.example/{number}"
    return Article(
        url=url, link=url, outlet="tigris", source="tigris/en", language="en", fetched_at=now,
        published_at=now - timedelta(seconds=1 + number % 1000),
        title=f"Iraq, Syria ministers sign security cooperation memorandum {number}", text=filler,
    )  # fmt: skip


def work(order: dict[str, object]) -> None:
    """Until all is committed and delivered, or killed."""
    store = open_store(str(order["db"]))
    clock = SystemClock()
    store.outbox.recover(clock.now(), everyone=True)
    routes = [Route(id="r", endpoints=("hook",), group_wait=timedelta())]
    # No window: every article is its own story, which is what is counted here.
    intake = Intake(store.archive, _TAGGER, routes, clock=clock, grouping=GroupingSettings(window=timedelta()))
    kind = kinds()["webhook"]
    settings = kind.settings.model_validate({"url": order["url"], "secret": order["secret"], "allow_http": True})
    context = ChannelContext(install_id="kill", user_agent="Marsad/test", allow_networks=("127.0.0.0/8",), clock=clock)
    channel = kind.build("hook", settings, context)
    sending = DispatchSettings(limit=16, per_endpoint=8)
    dispatcher = Dispatcher(store.outbox, {"hook": channel}, clock=clock, owner=f"w{os.getpid()}", settings=sending)
    total = int(str(order["total"]))
    done = threading.Event()

    def commit_all() -> None:
        _commit(intake, store, total)
        done.set()

    async def main() -> None:
        stop = asyncio.Event()
        thread = threading.Thread(target=commit_all, daemon=True)
        thread.start()
        pump = asyncio.create_task(dispatcher.run_until(stop))
        while not done.is_set() or store.outbox.next_due(clock.now()) is not None or dispatcher_busy(store):
            await asyncio.sleep(0.02)
        stop.set()
        await pump

    asyncio.run(main())


def dispatcher_busy(store: Store) -> bool:
    return bool(store.catalogue.tally(datetime.now(UTC)).deliveries.get("sending"))


def _commit(intake: Intake, store: Store, total: int) -> None:
    source = Source(id="tigris/en", outlet=Outlet(id="tigris", name="Tigris"), url="https://tigris.example/feed")
    visit = VisitContext(
        source=source, state=SourceState(first_visit=False), run_id="r", host="tigris.example", fence=1
    )
    known = store.archive.entry_hashes([f"https://tigris.example/{n}" for n in range(total)])
    missing = [n for n in range(total) if f"https://tigris.example/{n}" not in known]
    for start in range(0, len(missing), 5):
        now = datetime.now(UTC)
        intake.take([article(n, now) for n in missing[start : start + 5]], visit)


def main() -> None:
    """One worker at a time."""
    log.configure("error", "json")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.environ.pop(failpoint.VARIABLE, None)
            if order["failpoint"]:
                os.environ[failpoint.VARIABLE] = str(order["failpoint"])
            try:
                work(order)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("end", status, flush=True)


if __name__ == "__main__":
    main()

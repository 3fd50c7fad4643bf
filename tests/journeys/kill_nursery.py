"""A process with everything imported that forks a worker per line of standard input.

The worker does what the daemon does between fetching and delivering: intake commits matched
articles and corrections of them, the dispatcher sends each to a webhook, a Slack channel and a
mailbox. Answers the worker's pid, then `end <status>` when it is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from alerts.channels import ChannelContext, kinds
from alerts.dispatcher import Dispatcher, DispatchSettings
from marsad import log
from news import failpoint
from news.alert import Route
from news.article import Article
from news.clock import SystemClock
from news.errors import StoreError
from news.outlet import Outlet, Source, SourceState
from news.ports import Channel
from pipelines.intake import Intake, VisitContext
from pipelines.normalise import article_id, story_id
from pipelines.settings import GroupingSettings
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from storage import Store, open_store

_TAGGER = Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])
_WORDS = ["river", "road", "valley", "harvest", "market", "school", "bridge", "garden", "window", "lantern"]
_WORDS += ["copper", "saddle", "orchard", "pebble"]

ENDPOINTS = ("hook", "desk", "mail/reader@example.org")
CORRECTED = 5
"""Every fifth story is corrected once it has been told: an update, which Slack threads."""

VISIT = VisitContext(
    source=Source(id="tigris/en", outlet=Outlet(id="tigris", name="Tigris"), url="https://tigris.example/feed"),
    state=SourceState(first_visit=False),
    run_id="r",
    host="tigris.example",
    fence=1,
)


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


def corrected(number: int, now: datetime) -> Article:
    """The same article with another headline."""
    before = article(number, now)
    return replace(before, title=f"Correction: {before.title}", text=f"{before.text} corrected")


class Ahead(SystemClock):
    """The system's clock, so much later."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


class Worker:
    """One life: until all is committed and delivered, or killed."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.order = order
        self.store = open_store(str(order["db"]), upgrade=bool(order.get("upgrade")))
        self.clock = Ahead(timedelta(seconds=int(order.get("ahead", 0))))
        self.total = int(order["total"])
        self.intake = intake_of(self.store, ENDPOINTS)
        self.dispatcher = Dispatcher(
            self.store.outbox,
            channels(order, order["secret"]),
            clock=self.clock,
            owner=f"w{os.getpid()}",
            settings=DispatchSettings(limit=int(order.get("limit", 24)), per_endpoint=8),
        )
        self.done = threading.Event()

    def live(self) -> None:
        self.store.outbox.recover(self.clock.now(), everyone=True)
        print("up", flush=True)
        threading.Thread(target=self._commit, daemon=True).start()
        if self.order.get("compact"):
            threading.Thread(target=self._compact, daemon=True).start()
        asyncio.run(self._send())

    async def _send(self) -> None:
        stop = asyncio.Event()
        pump = asyncio.create_task(self.dispatcher.run_until(stop))
        if self.order.get("rotate"):
            await asyncio.sleep(0.1)
            self.dispatcher.replace_channels(channels(self.order, [self.order["rotate"], *self.order["secret"]]))
        while not self.done.is_set() or self._owes():
            await asyncio.sleep(0.1)
        stop.set()
        await pump

    def _owes(self) -> bool:
        waiting = self.store.outbox.next_due(self.clock.now()) is not None
        return waiting or bool(self.store.catalogue.alerts(state="sending", limit=1))

    def _commit(self) -> None:
        """This life's share of new articles and corrections; 0 means all there are."""
        share = int(self.order.get("share", 0))
        known = self.store.archive.entry_hashes([f"https://tigris.example/{n}" for n in range(self.total)])
        missing = [n for n in range(self.total) if f"https://tigris.example/{n}" not in known]
        for start in range(0, len(missing[: share or self.total]), 5):
            now = datetime.now(UTC)
            self.intake.take([article(n, now) for n in missing[start : start + 5]], VISIT)
        asked = range(0, self.total - len(missing) if share else self.total, CORRECTED)
        filed = self.store.archive.filed_among([f"https://tigris.example/{n}" for n in asked])
        done = {url for url, one in filed.items() if one.revision > 1}
        to_correct = [n for n in asked if f"https://tigris.example/{n}" not in done]
        left = share // CORRECTED or self.total
        while to_correct and left > 0:
            before = len(to_correct)
            to_correct = [n for n in to_correct if not (left > 0 and self._correct(n))]
            left -= before - len(to_correct)
            time.sleep(0.05)
        self.done.set()

    def _correct(self, number: int) -> bool:
        """Commit the correction once all three have been told; True if that is done."""
        story = story_id(article_id(f"https://tigris.example/{number}"))
        standing = self.store.archive.standings([story]).get(story)
        told = standing.told if standing else {}
        if any(endpoint not in told or told[endpoint].open_delivery for endpoint in ENDPOINTS):
            return False
        self.intake.take([corrected(number, datetime.now(UTC))], VISIT)
        return True

    def _compact(self) -> None:
        while not self.done.is_set():
            time.sleep(0.05)
            with suppress(StoreError):
                self.store.compact()


def channels(order: Mapping[str, Any], secret: list[str]) -> dict[str, Channel]:
    """The three receivers, all on this machine."""
    context = ChannelContext(
        install_id="kill", user_agent="Marsad/test", allow_networks=("127.0.0.0/8",), clock=SystemClock()
    )
    given: dict[str, dict[str, Any]] = {
        "webhook": {"url": order["hook"], "secret": secret, "allow_http": True},
        "slack": {
            "bot_token": order["token"], "to": order["channel"], "api_url": order["slack"], "allow_http": True,
            "pace": 0,
        },
        "email": {
            "host": "127.0.0.1", "port": order["smtp"], "security": "plain", "from": "a@example.org",
            "to": "reader@example.org",
        },
    }  # fmt: skip
    names = {"webhook": "hook", "slack": "desk", "email": "mail"}
    found = kinds()
    return {
        names[kind]: found[kind].build(names[kind], found[kind].settings.model_validate(settings), context)
        for kind, settings in given.items()
    }


def intake_of(store: Store, endpoints: Sequence[str], per_hour: int = 0) -> Intake:
    """An intake for which every article is its own story, which is what is counted here."""
    no_wait = timedelta()
    routes = [
        Route(id="r", endpoints=tuple(endpoints), group_wait=no_wait, update_wait=no_wait, per_hour=per_hour),
    ]
    grouping = GroupingSettings(window=timedelta())
    return Intake(store.archive, _TAGGER, routes, clock=SystemClock(), grouping=grouping)


def commit_only(store: Store, total: int, endpoints: Sequence[str] = ENDPOINTS, per_hour: int = 0) -> None:
    """So many matched stories, told to nobody yet; those that are there already stay as they are."""
    intake = intake_of(store, endpoints, per_hour)
    for start in range(0, total, 5):
        now = datetime.now(UTC)
        intake.take([article(n, now) for n in range(start, min(start + 5, total))], VISIT)


def main() -> None:
    """One worker at a time."""
    log.configure("error", "json")
    for kind in kinds():  # these import the channels, and make the words ready: here once, not in each worker
        import_module(f"alerts.channels.{kind}.client")
    _TAGGER.tag("one", "two", "en")
    for line in sys.stdin:
        order = json.loads(line)
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(ready, 1)  # once our parent has said who we are
            os.environ.pop(failpoint.VARIABLE, None)
            if order["failpoint"]:
                os.environ[failpoint.VARIABLE] = str(order["failpoint"])
            try:
                Worker(order).live()
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print("pid", pid, flush=True)
        os.write(go, b"!")
        _, status = os.waitpid(pid, 0)
        print("end", status, flush=True)
        os.close(ready)
        os.close(go)


if __name__ == "__main__":
    main()

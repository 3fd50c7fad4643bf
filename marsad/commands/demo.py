"""`marsad demo`: the real daemon against a newsroom of its own, on this machine only."""

from __future__ import annotations

import asyncio
import base64
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marsad import exits, loop
from marsad.commands.context import console, table
from marsad.commands.reasons import print_excerpt
from news.counting import counted

if TYPE_CHECKING:
    from marsad.config import Config
    from marsad.demo.newsroom import Newsroom
    from marsad.demo.receivers import MailSink, WebhookSink
    from news.ports import StoryRecord
    from storage import Store

PATIENCE = 60.0
"""Seconds any step may take, before the demo says that it failed."""


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the rounds; exit 0 only if all came exactly once.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep database and config here.")
def command(once: bool, keep: Path | None) -> int:
    """Start invented outlets, a webhook receiver and a mail sink on loopback, and run the real
    scheduler, crawler, pipeline and outbox against them."""
    from marsad import log

    log.configure("error", "text")
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{keep} cannot be made: {error.strerror}") from error
        return loop.run(_Demo(keep, once).run())
    with tempfile.TemporaryDirectory(prefix="marsad-demo-") as folder:
        return loop.run(_Demo(Path(folder), once).run())


class _Demo:
    def __init__(self, folder: Path, once: bool) -> None:
        self._folder, self._once = folder, once
        self._begun = time.monotonic()
        self._shown: set[str] = set()

    async def run(self) -> int:
        from marsad.demo.newsroom import Newsroom
        from marsad.demo.receivers import MailSink, WebhookSink

        secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        newsroom, hook, mail = Newsroom(), WebhookSink(secret), MailSink()
        try:
            config = self._config(newsroom, hook, mail, secret)
            return await self._with_daemon(config, newsroom, hook, mail)
        finally:
            newsroom.close()
            hook.close()
            mail.close()

    def _config(self, newsroom: Newsroom, hook: WebhookSink, mail: MailSink, secret: str) -> Config:
        """A configuration file like any other; only loopback is opened and time is short."""
        import yaml

        from marsad.config import load

        content: dict[str, Any] = {
            "store": "sqlite:///demo.db",
            "contact": "demo@marsad.invalid",
            "crawl": {"interval": "1s", "delay": "0s", "allow_networks": ["127.0.0.0/8"]},
            "outlets": newsroom.outlets(),
            "rules": [{"use": "builtin/security-cooperation"}],
            "receivers": {
                "hook": {"channel": "webhook", "url": hook.url, "secret": secret, "allow_http": True},
                "mail": {
                    "channel": "email",
                    "host": "127.0.0.1",
                    "port": mail.port,
                    "security": "plain",
                    "from": "Marsad <marsad@example.org>",
                    "to": ["desk@example.org"],
                },
            },
            "routes": [{"id": "security", "to": ["hook", "mail"]}],
            "alerts": {"group_wait": "6s", "update_wait": "1s", "allow_networks": ["127.0.0.0/8"]},
        }
        file = self._folder / "config.yaml"
        file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        file.chmod(0o600)
        return load(file)

    async def _with_daemon(self, config: Config, newsroom: Newsroom, hook: WebhookSink, mail: MailSink) -> int:
        from marsad.daemon import Daemon
        from storage import open_store

        store = open_store(config.store, upgrade=True)
        try:
            with store.lock("daemon"):
                daemon = Daemon(config, store)
                running = asyncio.create_task(daemon.run())
                try:
                    return await self._rounds(store, newsroom, hook, mail, running)
                finally:
                    daemon.stop()
                    await running
        finally:
            store.close()

    async def _rounds(
        self,
        store: Store,
        newsroom: Newsroom,
        hook: WebhookSink,
        mail: MailSink,
        running: asyncio.Task[None],
    ) -> int:
        from marsad.demo.expectations import problems

        out = console()
        out.rule("Marsad demo: five invented outlets, four languages, this machine only")
        out.print(f"newsroom  {'  '.join(s.base for s in newsroom.stations)}")
        out.print(f"receivers {hook.url}  smtp://127.0.0.1:{mail.port}\n")

        async def until(condition: Callable[[], bool], what: str) -> bool:
            limit = time.monotonic() + PATIENCE
            while not condition():
                if time.monotonic() > limit or running.done():
                    out.print(f"[red]{what} did not happen within {PATIENCE:.0f} s[/red]")
                    return False
                await asyncio.sleep(0.1)
                self._new_alerts(store, hook)
            return True

        good = await until(lambda: len(hook.events) >= 2 and len(mail.mails) >= 2, "the first alerts")
        good = good and await until(lambda: _settled(store), "the settling of deliveries")
        self._round(store, "Round one: everything is new")
        newsroom.correct()
        good = good and await until(lambda: _corrected(hook), "the correction")
        good = good and await until(lambda: _settled(store), "the settling of deliveries")
        before = (len(hook.events), len(mail.mails), sum(hook.times.values()), sum(mail.times.values()))
        polls = len(store.run_log.runs(limit=10000))
        good = good and await until(
            lambda: len(store.run_log.runs(limit=10000)) >= polls + 2 * len(newsroom.stations), "another round"
        )
        after = (len(hook.events), len(mail.mails), sum(hook.times.values()), sum(mail.times.values()))
        self._deliveries(store)
        found = problems(hook, mail)
        if before != after:
            found.append("a round without news sent something")
        else:
            out.print(f"another round: {2 * len(newsroom.stations)} visits, nothing new, nothing sent")
        return self._end(good, found)

    def _new_alerts(self, store: Store, hook: WebhookSink) -> None:
        """Print each alert as soon as it was received."""
        for name, event in list(hook.events.items()):
            if name in self._shown:
                continue
            self._shown.add(name)
            record = store.catalogue.story(event["subject"].removeprefix("story/"))
            if record is not None:
                self._alert(event, record)

    def _alert(self, event: dict[str, Any], record: StoryRecord) -> None:
        out = console()
        after = time.monotonic() - self._begun
        out.rule(f"{event['type']} after {after:.1f} s", align="left")
        former = event["data"]["story"].get("former_title")
        if former:
            out.print(f"  before: {former}", markup=False)
        shown: set[str] = set()
        for article in record.articles:
            tag = next((t for t in article.tags if t.verdict.value == "match"), None)
            language = article.filed.language
            if tag is None or language in shown:
                continue
            shown.add(language)
            marks = sorted({(s.start, s.end) for r in tag.reasons for s in r.spans if s.field == "title"})
            from marsad.commands.reasons import merged, print_marked

            print_marked(article.filed.title, merged(marks), f"  [{language}] ")
        copies = sum(1 for a in record.articles if a.filed.copy_of)
        out.print(
            f"  {counted(len(record.articles), 'report')} ({counted(copies, 'copy', 'copies')}) "
            f"by {counted(len(record.row.story.outlets), 'outlet')} "
            f"in {', '.join(record.row.languages)}",
            markup=False,
        )
        for match in record.matches[:1]:
            tag = match.tag
            out.print(f"  why: {match.rule_title}, score {tag.score:g} of {tag.threshold:g}", markup=False)
            out.print(
                f"       {', '.join(tag.subtypes)}; {', '.join(tag.actors)}; {', '.join(tag.themes)}", markup=False
            )
            print_excerpt(match.sentence, "       ")
        out.print()

    def _round(self, store: Store, heading: str) -> None:
        rows: dict[str, list[int]] = {}
        for run in store.run_log.runs(limit=1000):
            counts = run.counts
            cells = rows.setdefault(run.source, [0] * 6)
            parts = (counts.new, counts.copy, counts.repeat, counts.quarantined + counts.rejected, counts.matched)
            for index, value in enumerate(parts):
                cells[index + 1] += value
            cells[0] += 1
        console().print(heading)
        headings = ("source", "visits", "new", "copies", "repeated", "refused", "matched")
        table(headings, [(name, *cells) for name, cells in sorted(rows.items())], "nothing")

    def _deliveries(self, store: Store) -> None:
        rows = []
        for record in reversed(store.catalogue.alerts(limit=50)):
            for entry in record.deliveries:
                last = entry.attempts[-1] if entry.attempts else None
                ms = (last.finished_at - last.started_at).total_seconds() * 1000 if last and last.finished_at else 0
                state = entry.delivery.state.value
                rows.append(
                    (record.alert.kind.value, entry.delivery.endpoint, state, len(entry.attempts), f"{ms:.0f} ms")
                )
        console().print("Deliveries")
        table(("kind", "to", "state", "attempts", "took"), rows, "none")

    def _end(self, good: bool, found: list[str]) -> int:
        out = console()
        for problem in found:
            out.print(f"NOT AS EXPECTED: {problem}", style="red", markup=False)
        ok = good and not found
        out.print("every expected alert was delivered exactly once" if ok else "the demo failed")
        out.print("\nNext: marsad config init, then marsad crawl shafaq --dry-run (one polite visit, nothing sent)")
        return exits.OK if ok else exits.FAILED


def _corrected(hook: WebhookSink) -> bool:
    return any(event["type"] == "story.corrected" for event in list(hook.events.values()))


def _settled(store: Store) -> bool:
    return store.outbox.next_due(_now()) is None and not store.catalogue.tally(_now()).deliveries.get("sending")


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)

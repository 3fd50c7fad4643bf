"""A feed over many polls: a sliding window, edits of headlines and texts, removals; all found once."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from marsad.config import load
from marsad.wiring import Application
from news.article import Article
from storage import open_store
from tests.crawler.conftest import Answer, LoopbackOutlet, page

POLLS, ARTICLES, WINDOW = 30, 40, 15
_WORDS = [
    "النهر",
    "الطريق",
    "السوق",
    "المدرسة",
    "الجسر",
    "الحديقة",
    "الحصاد",
    "الوادي",
    "المطر",
    "الكهرباء",
    "البلدية",
    "المعرض",
    "الكتاب",
    "القطار",
]


class Replay:
    """An invented outlet: each poll adds articles on top, edits some, lets old ones fall out."""

    def __init__(self) -> None:
        self.outlet = LoopbackOutlet()
        self._chance = random.Random(7)
        self._titles: dict[int, str] = {}
        self._bodies: dict[int, str] = {}
        self._times: dict[int, datetime] = {}
        self.title_edits = self.body_edits = 0

    def advance(self, poll: int) -> None:
        """Publish up to two articles and edit up to one in the window."""
        for number in range(len(self._titles), min(ARTICLES, (poll + 1) * 2)):
            self._titles[number] = f"خبر رقم {number} عن {self._chance.choice(_WORDS)} و{self._chance.choice(_WORDS)}"
            self._bodies[number] = " ".join(self._chance.choice(_WORDS) for _ in range(60)) + f" {number * 37}."
            self._times[number] = datetime.now(UTC) - timedelta(minutes=60 - poll)
        window = sorted(self._titles)[-WINDOW:]
        if poll % 4 == 3:
            self._titles[window[2]] += " (تصحيح)"
            self.title_edits += 1
        if poll % 5 == 4:
            self._bodies[window[4]] += f" وأضاف البيان {poll}."
            self.body_edits += 1
        self._publish(list(reversed(window)))

    def _publish(self, window: list[int]) -> None:
        rows = ""
        for number in window:
            link = f"{self.outlet.base}/ar/مجـتمع/{number}".replace(" ", "-")
            rows += (
                f"<item><title>{self._titles[number]}</title><link>{link}?utm_source=rss</link><description>"
                f"&lt;?xml encoding?&gt;{self._titles[number]}{self._bodies[number]}</description>"
                f"<pubDate>{self._times[number].strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate></item>"
            )
            text = f'<main><div class="article-content"><p>شفق نيوز/ {self._bodies[number]}</p></div></main>'
            from urllib.parse import quote

            path = quote(f"/ar/مجـتمع/{number}") + "?utm_source=rss"
            self.outlet.answers[path] = Answer(page(self._titles[number], text))
        self.outlet.answers["/rss"] = Answer(f'<rss version="2.0"><channel>{rows}</channel></rss>')


def test_every_article_once_every_edit_as_a_revision(tmp_path: Path) -> None:
    replay = Replay()
    (tmp_path / "c.yaml").write_text(
        f"""
store: sqlite:///m.db
crawl: {{allow_networks: [127.0.0.0/8], delay: 0s}}
outlets: [{{id: shafaq, name: Demo, sources: [{{id: ar, url: "{replay.outlet.base}/rss", languages: [ar]}}]}}]
rules: [{{use: builtin/security-cooperation}}]
"""
    )
    config = load(tmp_path / "c.yaml", {})
    store = open_store(config.store, upgrade=True)

    async def go() -> None:
        app = Application(config, store)
        source = config.sources[0]
        store.dispatch.enlist([source], app.clock.now())
        await app.crawl.start()
        for poll in range(POLLS):
            replay.advance(poll)
            lease = store.dispatch.take_source(
                source.id, owner=app.owner, now=app.clock.now(), lease=timedelta(seconds=60)
            )
            assert lease is not None
            visited, _ = await app.visits.source(source, lease)
            store.dispatch.release(lease)
            assert visited.run.counts.adds_up()
        await app.stop()

    asyncio.run(go())
    articles: list[Article] = list(store.catalogue.articles())
    assert len(articles) == ARTICLES
    titles = bodies = 0
    for one in articles:
        revisions = store.catalogue.trace(one.url).revisions
        titles += sum(1 for a, b in pairwise(revisions) if a.title != b.title)
        bodies += sum(1 for a, b in pairwise(revisions) if a.text != b.text)
    assert (titles, bodies) == (replay.title_edits, replay.body_edits)
    assert not any(one.text.startswith("شفق") for one in articles), "the dateline is cut"
    store.close()
    replay.outlet.close()

"""Which article pages are read again, and when: edits and withdrawals show on the page alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from news.article import Disposition
from news.filing import Filing
from news.outlet import FIRST_REREAD, Reread
from news.tag import Verdict

WORTH = frozenset({Verdict.MATCH, Verdict.RUPTURE, Verdict.REVIEW})
"""People were or may be told of these: what is later changed there matters. The others cost the
outlet more requests than they would tell us."""


def rereads_of(filings: Iterable[Filing]) -> Iterator[Reread]:
    """The first re-reading of each new article that a rule has something to say of."""
    for filing in filings:
        if filing.disposition not in (Disposition.NEW, Disposition.COPY):
            continue
        if any(tag.verdict in WORTH for tag in filing.tags):
            article = filing.article
            yield Reread(
                url=article.url,
                link=article.link,
                due_at=article.fetched_at + FIRST_REREAD,
                entry_hash=article.entry_hash,
            )

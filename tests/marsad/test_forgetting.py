"""What the daemon forgets after a while, as configured."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marsad.config import load
from marsad.daemon import Daemon
from storage import open_store
from tests.samples import chunk, filing, render
from tests.storage_steps import deliver

CONFIGURATION = """
store: sqlite:///m.db
alerts: {keep_messages: 1d}
outlets: [{id: demo, name: Demo, sources: [{id: en, url: "https://demo.example/feed", enabled: false}]}]
rules: [{use: builtin/security-cooperation}]
"""


def test_the_texts_of_messages_are_kept_as_long_as_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONFIGURATION)
    config = load(tmp_path / "c.yaml", {})
    store = open_store(config.store, upgrade=True)
    for name, hours in (("old", 25), ("young", 23)):
        at = datetime.now(UTC) - timedelta(hours=hours)
        store.archive.commit(chunk(filing(name, now=at)))
        assert deliver(store, render, at) == 1
    asyncio.run(Daemon(config, store)._forget())
    kept = {entry.delivery.story_id: entry.in_body_bytes for r in store.catalogue.alerts() for entry in r.deliveries}
    assert kept["sold"] == 0 < kept["syoung"]
    store.close()

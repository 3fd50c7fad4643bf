"""`marsad status`: how things stand, in one page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from marsad import exits
from marsad.commands.context import ago, answer_json, json_option, opened, safe
from news.counting import counted
from news.health import WELL
from news.vitals import SEEN

if TYPE_CHECKING:
    from marsad.config import Config
    from marsad.room import Room
    from news.notice import Posting

STILL = 2 * SEEN
"""A running daemon that has not said for so long that it is at work hangs, or cannot write."""


@click.command("status")
@click.option("--strict", is_flag=True, help="Exit 3 if something is failing.")
@json_option
@click.pass_context
def command(ctx: click.Context, strict: bool, as_json: bool) -> int:
    """Say what is stored, what is owed, and which sources and endpoints fail."""
    with opened(ctx) as (config, store):
        tally = store.catalogue.tally(datetime.now(UTC) - timedelta(days=1))
        states = store.catalogue.source_states()
        endpoints = store.catalogue.endpoints()
        daemon = store.lock_holder("daemon")
        troubles = store.troubles.open()
        unsubscribed = store.recipients.unsubscribed()
        canaries = store.canaries.standings()
        hubs = store.subscriptions.all()
        seen = store.seen() if daemon else None
        unheard = [row for row in store.notices.latest(50) if row[1] != "told" and row[0].attempt_count]
    now = datetime.now(UTC)
    still = seen is not None and now - seen > STILL
    room = _short(config)
    sources = {s.id: states.get(s.id) for s in config.sources if s.enabled}
    failing = {k: v for k, v in sources.items() if v is not None and v.failure_count}
    unwell = {k: v for k, v in sources.items() if v and not v.failure_count and v.health.state not in WELL}
    troubled = [e for e in endpoints if e.health.value != "healthy"]
    if as_json:
        answer_json(
            {
                "daemon": daemon,
                "daemon_seen_at": seen,
                "disk_short": str(room) if room else "",
                "tally": tally,
                "sources": len(sources),
                "failing_sources": failing,
                "unwell_sources": unwell,
                "troubled_endpoints": troubled,
                "troubles": troubles,
                "unsubscribed": unsubscribed,
                "canaries": canaries,
                "hubs": hubs,
                "unheard_notices": [_unheard(*row) for row in unheard],
            }
        )
    else:
        click.echo(f"daemon       {'running, ' + daemon if daemon else 'not running'}")
        if still:
            click.echo(
                f"             it has stored nothing since {ago(seen, now)}: it hangs or is refused, see its log"
            )
        if room:
            click.echo(f"disk         {room}")
        click.echo(
            f"archive      {counted(tally.articles, 'article')}, {counted(tally.stories, 'story', 'stories')}, "
            f"{tally.matched_stories} matched"
        )
        runs = ", ".join(f"{count} {name}" for name, count in tally.runs.items()) or "none"
        click.echo(f"runs, 24 h   {runs}")
        owed = ", ".join(f"{count} {name}" for name, count in tally.deliveries.items()) or "none"
        click.echo(f"deliveries   {owed}")
        if tally.oldest_open_delivery_at:
            click.echo(f"oldest owed  {ago(tally.oldest_open_delivery_at, now)}")
        others = f", {len(unwell)} not well" if unwell else ""
        click.echo(f"sources      {len(sources)} enabled, {len(failing)} failing{others}")
        for name, state in failing.items():
            times = "failed once" if state.failure_count == 1 else f"failed {state.failure_count} times in a row"
            click.echo(f"  {name}: {times}: {state.last_error}")
        for name, state in unwell.items():
            health = state.health
            click.echo(f"  {name}: {health.state.value}, since {ago(health.since, now)}: {safe(health.evidence)}")
        for endpoint in troubled:
            click.echo(f"  {endpoint.endpoint}: {endpoint.health.value}: {endpoint.reason}")
        for name, bird in canaries.items():
            last = f"arrived {ago(bird.arrived_at, now)}" if bird.arrived_at else "none has arrived"
            missed = f"; one waits since {ago(bird.waiting_since, now)}: {bird.state}" if bird.waiting_since else ""
            click.echo(f"canary       {safe(name)}: {last}{missed}")
        if hubs:
            active = sum(hub.state.value == "active" for hub in hubs)
            click.echo(f"hubs         {len(hubs)} named by feeds, {active} subscribed to")
        for posting, fate, why in unheard:
            subject, at = safe(posting.notice.subject), ago(posting.notice.at, now)
            click.echo(f"notice       {subject}, {at}: {safe(posting.endpoint)} {fate}: {safe(why)}")
        for name, since in unsubscribed.items():
            click.echo(f"unsubscribed {safe(name)}, {ago(since, now)}")
        for trouble in troubles:
            told = f"told {', '.join(trouble.told_to)}" if trouble.told_to else "NOBODY COULD BE TOLD"
            click.echo(f"trouble      {safe(trouble.subject)}, since {ago(trouble.since, now)}; {told}")
    is_bad = failing or unwell or troubled or troubles or still or room
    return exits.PARTIAL if strict and is_bad else exits.OK


def _short(config: Config) -> Room | None:
    """The room left for the database, if it is too little."""
    from marsad.room import room_for
    from storage import database_file

    file = database_file(config.store)
    try:
        room = room_for(file, config.settings.watch.free_space) if file else None
    except OSError:  # opening the database has said it
        return None
    return room if room and room.is_short() else None


def _unheard(posting: Posting, state: str, detail: str) -> dict[str, Any]:
    notice = posting.notice
    return {"endpoint": posting.endpoint, "subject": notice.subject, "at": notice.at, "state": state, "detail": detail}

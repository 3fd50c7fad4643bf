"""Muting from an alert: the link opens a page with a form, only its POST silences. Saying it twice is
one silence."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from console import pages
from console.permits import Gate, refusal
from console.server import Handler, Part, html, words
from news.criteria import Criteria
from news.endpoint import masked
from news.errors import StoreError
from news.language import direction
from news.permit import Permit, Purpose, Refused
from news.ports import Catalogue, Silences
from news.silence import new_silence

log = structlog.get_logger("marsad.console")

DURATIONS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
_NAMES = {"1h": "1 hour", "24h": "24 hours", "7d": "7 days"}
_OFFERED = {Purpose.MUTE_STORY: ("24h", "7d"), Purpose.MUTE_RULE: ("1h", "24h", "7d")}
REASON = "muted from the alert"
SAME = timedelta(minutes=5)
"""A second click within this time means the same silence."""


class Muting:
    """The pages `/mute/story/TOKEN` and `/mute/rule/TOKEN`."""

    def __init__(self, gate: Gate, silences: Silences, catalogue: Catalogue, rule_titles: Mapping[str, str]) -> None:
        self._gate, self._silences, self._catalogue = gate, silences, catalogue
        self._titles = rule_titles

    def part(self) -> Part:
        """The pages, for everyone who holds a link."""
        routes = []
        for purpose in (Purpose.MUTE_STORY, Purpose.MUTE_RULE):
            path = f"/mute/{purpose.value}/{{token}}"
            routes += [web.get(path, self._page(purpose)), web.post(path, self._action(purpose))]
        return Part(routes=routes, public=True, per_minute=30)

    def _page(self, purpose: Purpose) -> Handler:
        async def show(request: web.Request) -> web.Response:
            try:
                permit = self._gate.permit(request, purpose)
            except Refused as refused:
                return refusal(refused)
            subject = await asyncio.to_thread(self._subject, permit)
            offered = {key: _NAMES[key] for key in _OFFERED[purpose]}
            form = pages.form(pages.choice("for", "For how long?", offered, "24h"), "Mute")
            note = f"While it is muted {_who(permit)} told of it; corrections of what was told still come."
            return html(pages.page(f"Mute this {purpose.value}", subject, pages.paragraph(note), form))

        return show

    def _action(self, purpose: Purpose) -> Handler:
        async def act(request: web.Request) -> web.Response:
            try:
                permit = self._gate.permit(request, purpose)
            except Refused as refused:
                return refusal(refused)
            chosen = str((await request.post()).get("for", ""))
            if chosen not in _OFFERED[purpose]:
                return words(400, "For how long?", "Please go back and choose one of the times offered.")
            try:
                silence_id, ends_at = await asyncio.to_thread(self._silence, permit, DURATIONS[chosen])
            except StoreError as error:
                log.error("mute.failed", error=str(error))
                return words(503, "Not muted", "It could not be stored just now. Please try again in a minute.")
            log.info("silence.added", silence=silence_id, by=masked(permit.endpoint), until=ends_at.isoformat())
            subject = await asyncio.to_thread(self._subject, permit)
            told = _who(permit)
            until = pages.paragraph(f"{told[:1].upper()}{told[1:]} told of it until {ends_at:%d %b %Y %H:%M} UTC.")
            undo = pages.paragraph(f"To end it earlier: marsad silences expire {silence_id}", soft=True)
            return html(pages.page("Muted", subject, until, undo))

        return act

    def _silence(self, permit: Permit, duration: timedelta) -> tuple[str, datetime]:
        """Id and end of the silence that there is now."""
        now = self._gate.clock.now()
        criteria, receiver = _criteria(permit), _reader(permit)
        ends_at = now + duration
        for silence in self._silences.list(active_at=now):
            same = (silence.criteria, silence.receiver) == (criteria, receiver)
            if same and abs(silence.ends_at - ends_at) <= SAME:
                return silence.id, silence.ends_at
        window = int(now.timestamp() // SAME.total_seconds())
        told = "\n".join((permit.purpose.value, permit.subject, permit.endpoint, str(duration), str(window)))
        silence_id = "z" + base64.b32encode(hashlib.blake2b(told.encode(), digest_size=10).digest()).decode().lower()
        silence = new_silence(
            criteria, author=permit.endpoint, reason=REASON, now=now, ends_at=ends_at, id=silence_id, receiver=receiver
        )
        self._silences.add(silence)
        return silence.id, silence.ends_at

    def _subject(self, permit: Permit) -> str:
        """The story's title, or the rule's, as HTML."""
        if permit.purpose is Purpose.MUTE_RULE:
            return f"<p>{pages.theirs(self._titles.get(permit.subject, permit.subject), 'en', 'ltr')}</p>"
        try:
            record = self._catalogue.story(permit.subject)
        except StoreError:
            record = None
        if record is None:
            return pages.paragraph(f"Story {permit.subject}")
        story = record.row.story
        return f"<p>{pages.theirs(story.title, story.language, direction(story.language))}</p>"


def _reader(permit: Permit) -> str:
    """The one person whom a link was sent to; empty for a channel that several people read."""
    return permit.endpoint if "/" in permit.endpoint else ""


def _who(permit: Permit) -> str:
    return "you are not" if _reader(permit) else "nobody, on any channel, is"


def _criteria(permit: Permit) -> Criteria:
    if permit.purpose is Purpose.MUTE_RULE:
        return Criteria(rules=(permit.subject,))
    return Criteria(stories=(permit.subject,))

"""One-click unsubscribe (RFC 8058): POST acts, without cookie or question; GET only shows a page."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from console import pages
from console.permits import Gate, refusal
from console.server import Part, html, words
from news.endpoint import masked
from news.errors import StoreError
from news.permit import Permit, Purpose, Refused
from news.recipients import Recipients

log = structlog.get_logger("marsad.console")


class Unsubscribing:
    """The page `/unsubscribe/TOKEN`."""

    def __init__(self, gate: Gate, recipients: Recipients) -> None:
        self._gate, self._recipients = gate, recipients

    def part(self) -> Part:
        """The page, for everyone who holds a link."""
        path = "/unsubscribe/{token}"
        return Part(routes=[web.get(path, self._show), web.post(path, self._act)], public=True, per_minute=30)

    async def _show(self, request: web.Request) -> web.Response:
        try:
            permit = self._gate.permit(request, Purpose.UNSUBSCRIBE)
        except Refused as refused:
            return refusal(refused)
        return html(pages.page("Unsubscribe", _whom(permit), pages.form("", "Unsubscribe")))

    async def _act(self, request: web.Request) -> web.Response:
        try:
            permit = self._gate.permit(request, Purpose.UNSUBSCRIBE)
        except Refused as refused:
            return refusal(refused)
        try:
            new = await asyncio.to_thread(
                self._recipients.unsubscribe, permit.endpoint, at=self._gate.clock.now(), via="link in a mail"
            )
        except StoreError as error:
            log.error("unsubscribe.failed", error=str(error))
            return words(503, "Not yet done", "It could not be stored just now. Please try again in a minute.")
        if new:
            log.warning("recipient.unsubscribed", endpoint=masked(permit.endpoint))
        note = pages.paragraph("Waiting messages were cancelled. Whoever runs this can undo it.", soft=True)
        return html(pages.page("You are unsubscribed", _whom(permit), note))


def _whom(permit: Permit) -> str:
    address = permit.endpoint.partition("/")[2] or permit.endpoint
    return f"<p>Mail of Marsad to {pages.theirs(address, direction='ltr')}</p>"

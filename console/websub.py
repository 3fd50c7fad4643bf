"""The callback that WebSub hubs call: intents confirmed if they are ours, pings believed if they are signed.

https://www.w3.org/TR/websub/#subscriber; the pushed text is hashed and thrown away.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from aiohttp import web

from console.server import Part, words
from news.hub import LEASE, Callbacks

MOST_PUSHED = 4 * 1024 * 1024
"""Hubs push whole feeds; more than this is not looked at."""

_HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_PATH = "/websub/{id}"


def websub(callbacks: Callbacks) -> Part:
    """The callback of every subscription."""

    async def intent(request: web.Request) -> web.Response:
        query, subscription_id = request.query, request.match_info["id"]
        mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
        if mode == "denied":
            known = await callbacks.denied(subscription_id, topic, query.get("hub.reason", "")[:300])
            return web.Response(text="noted", status=200) if known else _nothing()
        challenge = query.get("hub.challenge", "")
        if not challenge or not await callbacks.confirm(subscription_id, mode, topic, _lease(query)):
            return _nothing()
        return web.Response(text=challenge, content_type="text/plain")

    async def content(request: web.Request) -> web.Response:
        subscription_id = request.match_info["id"]
        secrets = await callbacks.secrets(subscription_id)
        if not secrets:
            return _nothing()
        name, _, given = _signature(request).partition("=")
        if name not in _HASHES:
            return words(403, "Not signed", "Only signed messages count.")
        signatures = [hmac.new(secret.encode(), digestmod=_HASHES[name]) for secret in secrets]
        size = 0
        async for part in request.content.iter_chunked(64 * 1024):
            size += len(part)
            if size > MOST_PUSHED:
                return words(413, "Too large", "That was more than we take.")
            for signature in signatures:
                signature.update(part)
        if not any(hmac.compare_digest(s.hexdigest().encode(), given.lower().encode()) for s in signatures):
            return words(403, "Not signed by the hub", "The signature is not right.")
        await callbacks.ping(subscription_id)
        return web.Response(status=202)

    return Part(routes=[web.get(_PATH, intent), web.post(_PATH, content)], public=True, per_minute=600)


def _signature(request: web.Request) -> str:
    """`METHOD=HEX`; some hubs name the better one apart, as GitHub does."""
    better = request.headers.get("X-Hub-Signature-256", "")
    return better or request.headers.get("X-Hub-Signature", "")


def _lease(query: object) -> timedelta:
    value = query.get("hub.lease_seconds", "")  # type: ignore[attr-defined]
    seconds = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0
    return min(timedelta(seconds=seconds), 10 * LEASE) if seconds else LEASE


def _nothing() -> web.Response:
    return words(404, "Nothing here", "We have not asked for this.")

"""`/healthz`, `/readyz` and `/metrics`: the process, its readiness, its figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from console.exposition import MEDIA_TYPE, exposition
from console.server import Part
from news.measure import Family
from news.vitals import Vitals

Measure = Callable[[], Awaitable[Iterable[Family]]]


def health(vitals: Vitals, measure: Measure) -> Part:
    """The pages for machines; answered to this machine only, never under the public name."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        checks = await vitals.checks()
        ready = all(check.passed for check in checks)
        answer = {
            "status": "ready" if ready else "not ready",
            "checks": {check.name: {"passed": check.passed, "detail": check.detail} for check in checks},
        }
        return web.json_response(answer, status=200 if ready else 503)

    async def metrics(_request: web.Request) -> web.Response:
        text = exposition(await measure())
        return web.Response(body=text.encode(), headers={"Content-Type": f"{MEDIA_TYPE}; charset=utf-8"})

    return Part(
        routes=[
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics),
        ]
    )

"""The heartbeat: pings while well, says nothing while not, and survives every failure."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from alerts.heartbeat import Heartbeat, Ping
from alerts.http import Door, HttpClient
from tests.alerts.receiver import Receiver, answer
from tests.alerts.samples import LOOPBACK


def heartbeat(url: str, method: str = "get", *, networks: tuple[str, ...] = LOOPBACK) -> Heartbeat:
    http = HttpClient(Door(allow_http=True, allow_networks=networks), total=timedelta(seconds=2))
    return Heartbeat(url, method, http, "Marsad/test")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_ping_goes_out_only_while_well(method: str) -> None:
    async def go() -> None:
        async with Receiver() as receiver:
            beat = heartbeat(receiver.url("/ping/secret"), method)
            pings = [await beat.beat(well=well) for well in (True, False, False, True)]
            assert pings == [Ping.ANSWERED, Ping.WITHHELD, Ping.WITHHELD, Ping.ANSWERED]
            assert [request.target for request in receiver.requests] == ["/ping/secret"] * 2

    asyncio.run(go())


def test_a_watcher_that_fails_is_logged_without_its_address() -> None:
    async def go() -> None:
        async with Receiver(script=[answer(500), answer(302, location="http://127.0.0.1:1/"), answer(200)]) as receiver:
            beat = heartbeat(receiver.url("/ping/secret"))
            assert [await beat.beat(well=True) for _ in range(3)] == [Ping.FAILED, Ping.FAILED, Ping.ANSWERED]
        assert await beat.beat(well=True) is Ping.FAILED, "nobody there"
        assert await heartbeat(receiver.url(), networks=()).beat(well=True) is Ping.FAILED, "guarded"

    with capture_logs() as lines:
        asyncio.run(go())
    said = str(lines)
    assert said.count("heartbeat.failed") == 4
    assert "heartbeat.resumed" in said
    assert "secret" not in said

"""The guarded way out over HTTP: one request, one bounded reply; nothing inside our own network.

The address is resolved here, ALL answers are checked, and the one that was checked is dialled
with the original name for TLS and Host: a name server cannot answer differently in between.
httpcore without httpx's client around it: that would cost more than the exchange itself.
No redirects, no proxies or .netrc of the environment, no cookies, a new connection per message:
a kept one may be closed by the receiver just while we write, and the message would be in doubt.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from typing import Any

import httpcore
import httpx

from alerts.dial import Dialler, NotAllowed
from news.failpoint import reach

CONNECT = timedelta(seconds=5)
TOTAL = timedelta(seconds=20)
"""By our own clock: a reply dripping a byte now and then never trips a read time-out."""

MOST_REPLY = 64 * 1024
KEPT_REPLY = 4 * 1024
PORTS = frozenset({80, 443})


if find_spec("sniffio") is None:
    # httpcore looks for it at every lock; searching all folders for what is not there, nine times a
    # request, cost more than the request. None says at once that there is none.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


class Unanswered(Exception):
    """No whole reply. `written`: the request had left us, so it may have been accepted.

    `str()` is for people and holds no address.
    """

    def __init__(self, detail: str, *, written: bool, timed_out: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.written, self.timed_out = detail, written, timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A status, its headers and at most so many bytes of the body as were asked for."""

    status: int
    headers: httpx.Headers
    body: bytes

    def excerpt(self) -> str:
        """At most 4 KiB as text, for the ledger."""
        return self.body[:KEPT_REPLY].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a receiver may be: what its settings and the configuration permit."""

    allow_http: bool = False
    allow_networks: tuple[str, ...] = ()
    allow_ports: tuple[int, ...] = ()
    tls: ssl.SSLContext | None = None


class HttpClient:
    """Posts to addresses that users configured. Shared by all sends of one channel."""

    def __init__(self, door: Door, *, total: timedelta = TOTAL) -> None:
        self._door = door
        self._total = total.total_seconds()
        self._dialler = Dialler(door.allow_networks, PORTS | set(door.allow_ports))
        self._timeouts = {
            "connect": CONNECT.total_seconds(),
            **dict.fromkeys(("read", "write", "pool"), total.total_seconds()),
        }
        self._tls = door.tls

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        most: int = MOST_REPLY,
    ) -> Reply:
        """Post once. Raises Unanswered, or NotAllowed where nothing was dialled."""
        return await self.request("POST", url, body, headers, most=most)

    async def request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, most: int = MOST_REPLY
    ) -> Reply:
        """Ask once, in whatever way. Raises as `post`."""
        progress = _Progress()
        try:
            async with asyncio.timeout(self._total):
                return await self._exchange(method, url, body, headers, most, progress)
        except NotAllowed:
            raise
        except TimeoutError:
            seconds = f"{self._total:g} s"
            detail = f"no complete answer within {seconds}" if progress.written else _slow(seconds)
            raise Unanswered(detail, written=progress.written, timed_out=True) from None
        except (httpcore.TimeoutException, httpx.TimeoutException):
            detail = _slow(f"{CONNECT.total_seconds():g} s")
            raise Unanswered(detail, written=progress.written, timed_out=True) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as error:
            raise Unanswered(plain(error), written=progress.written) from None

    async def _exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], most: int, progress: _Progress
    ) -> Reply:
        target = self._checked(url)
        request = httpcore.Request(
            method=method,
            url=httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
            headers=_complete(target, body, headers),
            content=body,
            extensions={"trace": progress.trace, "timeout": self._timeouts},
        )
        async with httpcore.AsyncConnectionPool(
            ssl_context=await self._authorities(target.scheme),
            network_backend=self._dialler,
            max_keepalive_connections=0,
            retries=0,
        ) as pool:
            response = await pool.handle_async_request(request)
            try:
                return Reply(
                    status=response.status,
                    headers=httpx.Headers(response.headers),
                    body=await _beginning(response, most),
                )
            finally:
                await response.aclose()

    async def _authorities(self, scheme: str) -> ssl.SSLContext | None:
        """Read at the first request that needs them: many clients never make one."""
        if self._tls is None and scheme == "https":
            self._tls = await asyncio.to_thread(_usual_authorities)
        return self._tls

    def _checked(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise NotAllowed("its address is not a URL") from None
        if target.scheme != "https" and not (target.scheme == "http" and self._door.allow_http):
            raise NotAllowed("its address is not https (set allow_http to permit http)")
        if not target.host or target.userinfo:
            raise NotAllowed("its address has no host, or a user name before it")
        return target


@cache
def _usual_authorities() -> ssl.SSLContext:
    """Read once, not for each receiver, and not in the loop: that takes 40 ms."""
    return httpx.create_ssl_context(trust_env=False)


def plain(error: BaseException) -> str:
    """What went wrong in words of ours: the libraries' words may name the host."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"its TLS certificate is not valid ({found.verify_message.split(',')[0]})"
        if isinstance(found, ssl.SSLError):
            return "TLS could not be agreed"
        found = found.__cause__ or found.__context__
    if isinstance(error, httpcore.ConnectError):
        return "no connection could be made"
    if isinstance(error, (httpcore.ProtocolError, httpx.ProtocolError)):
        return "the answer was not HTTP"
    return "the connection broke off"


def _slow(seconds: str) -> str:
    return f"no connection, or the request was not taken, within {seconds}"


def _complete(target: httpx.URL, body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """All headers of the request; httpcore adds none."""
    given = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    return [
        (b"host", target.netloc),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"identity"),
        (b"connection", b"close"),
        (b"content-length", str(len(body)).encode()),
        *given,
    ]


async def _beginning(response: httpcore.Response, most: int) -> bytes:
    """The first bytes of a reply; once there is a status, a broken rest changes nothing."""
    taken = bytearray()
    try:
        async for chunk in response.aiter_stream():
            taken += chunk
            if len(taken) >= most:
                break
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError):
        pass
    return bytes(taken[:most])


class _Progress:
    """How far a request came; told by httpcore's trace hook."""

    def __init__(self) -> None:
        self.written = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        if event == "http11.send_request_headers.complete":
            reach("K5")
        elif event == "http11.send_request_body.complete":
            self.written = True
            reach("K6")


__all__ = ["Door", "HttpClient", "NotAllowed", "Reply", "Unanswered", "plain"]

"""Name in, connection to a checked address out: httpcore's network, seen through our guard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network

import httpcore

from news.network import forbidden

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Asks for all addresses of a host. Raises OSError if there are none."""

# A pool of its own: name servers that never answer must not use up the threads that settle.
_RESOLVERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


class NotAllowed(Exception):
    """The guard refused; nothing was dialled. `str()` gives the reason, without the address."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address the system knows for a host, once each."""
    loop = asyncio.get_running_loop()
    answers = await loop.run_in_executor(_RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


class Dialler(httpcore.AsyncNetworkBackend):
    """Connects to `host:port` only if every address of the host may be reached.

    `ports` hold anywhere; any port is allowed inside `allow_networks`, which somebody vouched for.
    """

    def __init__(self, allow_networks: Sequence[str], ports: Iterable[int], resolver: Resolve = resolve) -> None:
        self._allow = tuple(allow_networks)
        self._networks = [ip_network(network) for network in allow_networks]
        self._ports = frozenset(ports)
        self._resolve = resolver
        self._wire = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        async with asyncio.timeout(timeout):
            addresses = await self.addresses(host, port)
            failure: Exception = httpcore.ConnectError("no address")
            for address in addresses:
                try:
                    return await self._wire.connect_tcp(address, port, None, local_address, socket_options)
                except httpcore.ConnectError as error:
                    failure = error
            raise failure

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, all of them checked. Raises NotAllowed or ConnectError."""
        try:
            found = await self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name could not be resolved") from error
        for address in found:
            if reason := forbidden(address, self._allow):
                raise NotAllowed(f"its address is refused: {reason}")
            if port not in self._ports and not self._vouched(address):
                raise NotAllowed(f"port {port} is not allowed (set allow_ports to permit it)")
        return found

    def _vouched(self, address: str) -> bool:
        ip = ip_address(address.partition("%")[0])
        return any(ip.version == net.version and ip in net for net in self._networks)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotAllowed("sockets of this machine are refused")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

"""sd_notify(3) over a datagram socket: patience at the start, readiness, the watchdog's ping, the end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread


def notify(state: str) -> None:
    """Tell systemd (Type=notify) how we are; nothing where there is no systemd, or it does not listen."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out, suppress(OSError):
        out.setblocking(False)
        out.sendto(state.encode(), address)


@contextmanager
def starting(every: float = 10) -> Iterator[None]:
    """While a start takes long, say a large database is copied and upgraded: it gives up on a service after 90 s that
    neither is ready nor asks for more time."""
    done = Event()

    def ask() -> None:
        while not done.wait(every):
            notify(f"EXTEND_TIMEOUT_USEC={3 * every * 1e6:.0f}")

    asking = Thread(target=ask, name="systemd", daemon=True)
    asking.start()
    try:
        yield
    finally:
        done.set()
        asking.join()

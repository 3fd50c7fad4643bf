"""What the pages behind links share: reading the token of an address, and refusing one in words."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from console.server import words
from news.clock import Clock
from news.permit import Fault, Permit, Purpose, Refused, Seal

_REFUSALS = {
    Fault.FORGED: (
        403,
        "This link is not valid",
        "It was changed on its way, or it is not one of ours. Nothing was done.",
    ),
    Fault.OTHER: (403, "This link is for something else", "It cannot be used here. Nothing was done."),
    Fault.EXPIRED: (410, "This link has expired", "Links in alerts work for a while only. Nothing was done."),
    Fault.STRANGER: (
        410,
        "This link's receiver is gone",
        "It was given to a receiver that is not configured any more. Nothing was done.",
    ),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """Reads permits. `endpoints` are all that are configured."""

    seal: Seal
    endpoints: frozenset[str]
    clock: Clock

    def permit(self, request: web.Request, purpose: Purpose) -> Permit:
        """The permit in the address. Raises Refused."""
        return self.seal.read(request.match_info["token"], purpose, self.endpoints, self.clock.now())


def refusal(refused: Refused) -> web.Response:
    """The page for a token that permits nothing."""
    return words(*_REFUSALS[refused.fault])

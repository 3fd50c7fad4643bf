"""Requests to WebSub hubs, over the guarded way out: an address from a feed is a stranger's."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from alerts.http import HttpClient, NotAllowed, Unanswered
from news.hub import LEASE


@dataclass(frozen=True, slots=True)
class HubClient:
    """Asks hubs. Never raises."""

    http: HttpClient
    user_agent: str

    async def ask(self, hub: str, mode: str, topic: str, callback: str, secret: str) -> str:
        """Declare an intent; empty if the hub took it (it will ask back), else why it did not."""
        form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
        if mode == "subscribe":
            form |= {"hub.secret": secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
        headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": self.user_agent}
        try:
            reply = await self.http.post(hub, urlencode(form).encode(), headers)
        except (Unanswered, NotAllowed) as error:
            return str(error)
        except Exception as error:
            return f"the request failed ({type(error).__name__})"
        return "" if 200 <= reply.status < 300 else f"the hub answered {reply.status}"

"""A Slack receiver: parcels in, messages in a channel out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts import receipts
from alerts.address import parts_to_hide
from alerts.channels.slack import replies
from alerts.channels.slack.blocks import as_repeat, as_root, canary_payload, notice_payload, payload
from alerts.channels.slack.digest import digest_payload
from alerts.channels.slack.pace import Pace
from alerts.channels.slack.settings import SlackSettings
from alerts.digest import compose_digest
from alerts.http import Door, HttpClient, NotAllowed, Reply, Unanswered
from alerts.kind import ChannelContext
from alerts.message import Message, compose
from alerts.tls import context_of
from alerts.wording import canary_notice
from news.alert import AlertKind
from news.briefing import Briefing, Claim, Parcel, Root, Roundup
from news.delivery import Delivery, DeliveryState, Receipt, SendResult
from news.failpoint import reach
from news.notice import Notice

TOTAL = timedelta(seconds=12)
"""Two tries (blocks, then plain text) and one question must fit a lease of a minute."""

TURN = timedelta(seconds=15)
"""Longest wait for the messages before."""

PAGES = 5
ASKED = 4
"""Attempts for which an unanswered question waits, rather than risk a repeat."""

MOST_HISTORY = 1024 * 1024
EVENT = "marsad_delivery"
BROADCAST = frozenset({"confirmed"})
"""Kinds of updates that are shown in the channel as well as in the thread."""

_SAFE: dict[str, Any] = {
    "unfurl_links": False,
    "unfurl_media": False,
    "link_names": False,
    "parse": "none",
    "mrkdwn": False,
}
_JSON = "application/json; charset=utf-8"


class SlackChannel:
    """Posts to one channel. With a bot token updates thread under the first alert."""

    def __init__(self, name: str, settings: SlackSettings, context: ChannelContext) -> None:
        self._name, self._settings, self._context = name, settings, context
        self._token = settings.bot_token.get_secret_value() if settings.bot_token else ""
        hook = settings.webhook_url.get_secret_value() if settings.webhook_url else ""
        self._post_url = hook or f"{settings.api_url.rstrip('/')}/chat.postMessage"
        self._update_url = f"{settings.api_url.rstrip('/')}/chat.update"
        self._secrets = (*(parts_to_hide(hook) if hook else ()), self._token)
        self._alone = asyncio.Lock()
        self._pace = Pace(context.clock, timedelta(seconds=settings.pace))
        self._http = HttpClient(
            Door(
                allow_http=settings.allow_http,
                allow_networks=context.allow_networks,
                tls=context_of(settings.ca_file),
            ),
            total=TOTAL,
        )

    def endpoints(self) -> Sequence[str]:
        return (self._name,)

    def render(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        if delivery.kind is AlertKind.CANARY:
            return self._canary(delivery, briefing)
        message = compose(delivery, briefing, self._context.links)
        content = payload(message) | _SAFE
        if not self._token:
            return Parcel(body=_encoded(content), media_type=_JSON, subject=message.headline.text)
        content |= self._address(briefing.root)
        content["metadata"] = _metadata(delivery.id, delivery.story_id)
        if briefing.root is not None and briefing.kind.value in BROADCAST:
            content["reply_broadcast"] = True
        edit = _edit(message, briefing.root)
        body = _encoded([edit, content] if edit else content)
        return Parcel(body=body, media_type=_JSON, subject=message.headline.text)

    def render_digest(self, delivery: Delivery, roundup: Roundup) -> Parcel:
        digest = compose_digest(delivery, roundup, self._context.links)
        content = digest_payload(digest) | _SAFE
        if self._token:
            content |= self._address(None)
            content["metadata"] = _metadata(delivery.id, delivery.story_id)
        return Parcel(body=_encoded(content), media_type=_JSON, subject=digest.subject)

    def _canary(self, delivery: Delivery, briefing: Briefing) -> Parcel:
        """A grey line; with a bot the day's later ones are replies to its first."""
        notice = canary_notice(delivery)
        content = canary_payload(notice) | _SAFE
        if self._token:
            content |= self._address(briefing.root)
            content["metadata"] = _metadata(delivery.id, delivery.story_id)
        return Parcel(body=_encoded(content), media_type=_JSON, subject=notice.subject)

    async def send(self, claim: Claim) -> Receipt:
        began = self._context.clock.monotonic()
        receipt = await self._edit_then_post(claim)
        spent = timedelta(seconds=self._context.clock.monotonic() - began)
        return replace(receipt, duration=spent)

    async def _edit_then_post(self, claim: Claim) -> Receipt:
        """An update first edits the thread's root: doing that twice shows nothing twice, so a crash
        before the reply costs nothing."""
        edit, content = _calls(claim.parcel.body)
        if claim.was is DeliveryState.IN_DOUBT and not self._token:
            content = as_repeat(content)
        if edit is not None:
            receipt = await self._send(_encoded(edit), self._update_url)
            if receipt.result is SendResult.IN_DOUBT:
                return replace(receipt, result=SendResult.RETRY)  # the reply has certainly not been posted
            if receipt.result not in (SendResult.ACCEPTED, SendResult.REJECTED):
                return receipt
            reach("K10")
        receipt = await self._post_mending(content)
        if receipt.result is SendResult.ACCEPTED and claim.root is None:
            reach("K9")
        return receipt

    async def _post_mending(self, content: dict[str, Any]) -> Receipt:
        """Post; what Slack will not take as it is goes once more, mended, and then is dead."""
        receipt = await self._send(_encoded(content), self._post_url)
        for _ in range(2):
            other = _mended(receipt, content)
            if other is None:
                break
            content = other
            receipt = await self._send(_encoded(content), self._post_url)
        if receipt.result is SendResult.REJECTED and "blocks" not in content and _word(receipt) in replies.REFUSED:
            return replace(receipt, result=SendResult.ABORTED, detail=f"{receipt.detail}, as plain text too")
        return receipt

    def preview(self, claim: Claim) -> str:
        edit, content = _calls(claim.parcel.body)
        calls = [("chat.update", edit)] if edit else []
        calls.append(("chat.postMessage" if self._token else "incoming webhook", content))
        shown = (f"{name}\n{json.dumps(sent, ensure_ascii=False, indent=2)}" for name, sent in calls)
        return "\n\n".join(shown)

    async def arrived(self, claim: Claim) -> Receipt | None:
        """Look for the delivery's id in the metadata of what was posted since the attempt."""
        if not self._token or claim.doubtful_since is None:
            return None
        channel, thread = _thread(claim.root)
        method = "conversations.replies" if thread else "conversations.history"
        query: dict[str, Any] = {
            "channel": channel or self._settings.channel,
            "oldest": f"{_slack_time(claim.doubtful_since):.6f}",
            "include_all_metadata": True,
            "limit": 200,
            **({"ts": thread} if thread else {}),
        }
        for _ in range(PAGES):
            found = await self._ask(method, query)
            if isinstance(found, Receipt):
                return found if claim.turn <= ASKED else None
            for message in found.get("messages", ()):
                if _delivery_in(message) == claim.delivery.id:
                    return _found(query["channel"], message)
            cursor = (found.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            query["cursor"] = cursor
        return None

    async def notify(self, endpoint: str, notice: Notice) -> Receipt:
        content: dict[str, Any] = {**notice_payload(notice), **_SAFE}
        if self._token:
            content["channel"] = self._settings.channel
        return await self._send(_encoded(content), self._post_url)

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    def _address(self, root: Root | None) -> dict[str, Any]:
        channel, thread = _thread(root)
        address = {"channel": channel or self._settings.channel}
        return address | {"thread_ts": thread} if thread else address

    async def _send(self, body: bytes, url: str) -> Receipt:
        """One at a time: what is under way when Slack asks for a pause would break it."""
        try:
            async with asyncio.timeout(TURN.total_seconds()):
                await self._alone.acquire()
        except TimeoutError:
            return Receipt(result=SendResult.RETRY, status="time-out", detail="its turn did not come")
        try:
            return await self._send_alone(body, url)
        finally:
            self._alone.release()

    async def _send_alone(self, body: bytes, url: str) -> Receipt:
        if (silence := await self._pace.turn()) is not None:
            detail = "Slack asked us to wait"
            return Receipt(result=SendResult.RETRY, detail=detail, retry_after=silence)
        try:
            reply = await self._call(url, body)
        except (Unanswered, NotAllowed) as error:
            return receipts.of_failure(error)
        receipt = replies.of_reply(reply, self._context.clock.now(), self._secrets)
        if receipt.retry_after is not None:
            self._pace.hush(receipt.retry_after)
        return receipt

    async def _ask(self, method: str, query: dict[str, Any]) -> dict[str, Any] | Receipt:
        """The answer; or, where Slack does not answer now, that the message stays in doubt."""
        url = f"{self._settings.api_url.rstrip('/')}/{method}"
        try:
            reply = await self._call(url, _encoded(query), most=MOST_HISTORY)
        except (Unanswered, NotAllowed) as error:
            receipt = receipts.of_failure(error)
        else:
            receipt = replies.of_reply(reply, self._context.clock.now(), self._secrets)
            if receipt.result is not SendResult.RETRY:
                return replies.parsed(reply)
        detail = f"Slack could not be asked whether it has the message: {receipt.detail}"
        return replace(receipt, result=SendResult.IN_DOUBT, detail=detail)

    async def _call(self, url: str, body: bytes, most: int = 64 * 1024) -> Reply:
        headers = {"content-type": _JSON, "user-agent": self._context.user_agent}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        return await self._http.post(url, body, headers, most=most)


def _calls(body: bytes) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The edit of the root, if there is one, and the message to post."""
    found = json.loads(body)
    return (found[0], found[1]) if isinstance(found, list) else (None, found)


def _edit(message: Message, root: Root | None) -> dict[str, Any] | None:
    """The thread's root with the story as it now stands; None where we do not know the root."""
    channel, ts = _thread(root)
    if root is None or not ts:
        return None
    content = {**payload(as_root(message)), "parse": "none", "link_names": False}
    return {"channel": channel, "ts": ts, **content, "metadata": _metadata(root.delivery_id, message.story_id)}


def _metadata(delivery: str, story: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"delivery": delivery, "story": story}}


def _word(receipt: Receipt) -> str:
    return receipt.status.partition(" ")[2]


def _mended(receipt: Receipt, content: dict[str, Any]) -> dict[str, Any] | None:
    """What to send once more, at once: plain text for bad blocks, a new root for a lost thread."""
    word = _word(receipt)
    if receipt.result is not SendResult.REJECTED:
        return None
    if word in replies.THREAD_GONE and "thread_ts" in content:
        return {key: value for key, value in content.items() if key not in ("thread_ts", "reply_broadcast")}
    if word in replies.PLAIN_TEXT_HELPS and "blocks" in content:
        return {key: value for key, value in content.items() if key != "blocks"}
    return None


def _thread(root: Root | None) -> tuple[str, str]:
    """Channel and timestamp of the first alert; both empty if there is none we know of."""
    channel, _, ts = (root.remote_id if root else "").partition(":")
    return (channel, ts) if ts else ("", "")


def _slack_time(at: datetime) -> float:
    """A minute early: their clock is not ours."""
    return at.timestamp() - 60


def _delivery_in(message: dict[str, Any]) -> object:
    return ((message.get("metadata") or {}).get("event_payload") or {}).get("delivery")


def _found(channel: str, message: dict[str, Any]) -> Receipt:
    return Receipt(
        result=SendResult.ACCEPTED,
        status="found",
        detail="it had arrived: Slack has a message with this id",
        remote_id=f"{channel}:{message.get('ts', '')}",
    )


def _encoded(content: dict[str, Any] | list[dict[str, Any]]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

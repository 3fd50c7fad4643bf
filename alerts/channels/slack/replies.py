"""Slack's answers: reply in, receipt out. Words as of docs.slack.dev, chat.postMessage, errors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts import receipts
from alerts.http import Reply
from news.delivery import Receipt, SendResult

_PASSING = frozenset(
    {"ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "service_unavailable"}
    | {"request_timeout", "team_added_to_org", "rollup_error"}
)
_DOUBTFUL = frozenset({"fatal_error"})
_ENDPOINT = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
    | {"channel_not_found", "is_archived", "channel_is_archived", "not_in_channel", "no_service"}
    | {"missing_scope", "no_permission", "access_denied", "action_prohibited", "no_team", "no_active_hooks"}
    | {"ekm_access_denied", "posting_to_general_channel_denied", "invalid_token", "accesslimited"}
    | {"team_access_not_granted", "enterprise_is_restricted", "two_factor_setup_required", "team_not_found"}
    | {"not_allowed_token_type", "as_user_not_supported", "is_inactive", "user_not_found"}
)
PLAIN_TEXT_HELPS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "invalid_payload"}
    | {"invalid_attachments", "too_many_attachments"}
)
REFUSED = PLAIN_TEXT_HELPS | {"no_text", "metadata_too_large", "invalid_metadata_format"}
"""Where the message as plain text is refused as well, no later try will help."""

THREAD_GONE = frozenset({"thread_not_found", "cannot_reply_to_message", "invalid_thread_ts"})


def word_of(reply: Reply) -> str:
    """Slack's own word: `ok`, an error word, or empty where the answer is none of Slack's."""
    text = reply.body.decode("utf-8", "replace").strip()
    if text == "ok":
        return "ok"
    found = parsed(reply)
    if found.get("ok") is True:
        return "ok"
    word = found.get("error", text)
    return word if isinstance(word, str) and word.replace("_", "").isalnum() and len(word) < 64 else ""


def parsed(reply: Reply) -> dict[str, Any]:
    """The answer's JSON object; empty if it is none."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def of_reply(reply: Reply, now: datetime, secrets: Iterable[str]) -> Receipt:
    """The receipt: Slack's words first, then the table for HTTP."""
    general = receipts.of_reply(reply, now, secrets)
    word = word_of(reply)
    if word == "ok" and reply.status == 200:
        return replace(general, remote_id=_remote_id(parsed(reply)))
    status = f"{reply.status} {word}".strip()
    result = _meaning(word)
    if result is not None:
        detail = f"Slack answered {word}"
        after = receipts.retry_after(reply, now)
        limited = word in ("ratelimited", "rate_limited", "message_limit_exceeded")
        return replace(
            general,
            result=result,
            status=status,
            detail=detail,
            retry_after=after,
            overloaded=general.overloaded or limited,
        )
    if general.result is SendResult.ACCEPTED:
        detail = "Slack answered without ok"
        return replace(general, result=SendResult.REJECTED, status=status, detail=detail)
    return replace(general, status=status)


def _meaning(word: str) -> SendResult | None:
    if word in _PASSING:
        return SendResult.RETRY
    if word in _DOUBTFUL:
        return SendResult.IN_DOUBT
    if word in _ENDPOINT or word.startswith("restricted_action"):
        return SendResult.MISCONFIGURED
    if word in PLAIN_TEXT_HELPS | THREAD_GONE:
        return SendResult.REJECTED
    return None


def _remote_id(found: dict[str, Any]) -> str:
    channel, ts = found.get("channel"), found.get("ts")
    return f"{channel}:{ts}" if isinstance(channel, str) and isinstance(ts, str) else ""

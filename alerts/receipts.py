"""What an HTTP exchange means for a delivery: reply or failure in, receipt out.

The table is the delivery contract's; channels with a vocabulary of their own (Slack) use it for
what their vendor's words do not cover.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from alerts.dial import NotAllowed
from alerts.http import Reply, Unanswered
from news.delivery import Receipt, SendResult

_PASSING = frozenset({408, 425, 429})
_MESSAGE = frozenset({400, 409, 413, 414, 415, 422, 431})
_OVERLOAD = frozenset({429, 502, 504})
MASK = "********"


def of_failure(error: Unanswered | NotAllowed) -> Receipt:
    """No reply: passing while the request had not left us, in doubt once it had."""
    if isinstance(error, NotAllowed):
        return Receipt(result=SendResult.MISCONFIGURED, status="refused", detail=str(error))
    result = SendResult.IN_DOUBT if error.written else SendResult.RETRY
    status = "time-out" if error.timed_out else "unanswered"
    return Receipt(result=result, status=status, detail=error.detail, overloaded=error.timed_out)


def of_reply(reply: Reply, now: datetime, secrets: Iterable[str] = ()) -> Receipt:
    """A status by the contract's table; the answer is kept with `secrets` masked."""
    result, detail = _meaning(reply)
    return Receipt(
        result=result,
        status=str(reply.status),
        detail=detail,
        answer=hide(reply.excerpt(), secrets),
        retry_after=None if result is SendResult.ACCEPTED else retry_after(reply, now),
        overloaded=reply.status in _OVERLOAD,
    )


def _meaning(reply: Reply) -> tuple[SendResult, str]:
    status = reply.status
    if 200 <= status < 300:
        return SendResult.ACCEPTED, ""
    if reply.headers.get("webhook-delivery", "").strip().lower() == "abort-message":
        return SendResult.ABORTED, f"answered {status} and asked us to stop this message"
    if 300 <= status < 400:
        return SendResult.MISCONFIGURED, f"answered {status}: it has moved; update the URL"
    if status == 410:
        return SendResult.GONE, "answered 410: it wants no more messages"
    if status in _PASSING or status >= 500:
        return SendResult.RETRY, f"answered {status}"
    if status in _MESSAGE:
        return SendResult.REJECTED, f"answered {status}: it does not take this message"
    return SendResult.MISCONFIGURED, f"answered {status}: the endpoint is set up wrongly"


def retry_after(reply: Reply, now: datetime) -> timedelta | None:
    """The Retry-After header, as seconds or as an HTTP date; None if absent or senseless."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at - now, timedelta(0))


def hide(text: str, secrets: Iterable[str]) -> str:
    """Text with every secret masked: receivers may echo what they were sent."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text

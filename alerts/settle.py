"""A receipt -> what becomes of the delivery and of its endpoint. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import breaker
from alerts.backoff import POISON_TRIES, wait_after
from news.briefing import Claim
from news.delivery import DeliveryState, EndpointState, Receipt, SendResult, Settlement

DOUBT_WAIT = timedelta(seconds=30)
"""Before a doubtful message is sent again: time for the receiver's answer to be asked for."""


_AWAY = frozenset({SendResult.RETRY, SendResult.IN_DOUBT, SendResult.MISCONFIGURED})


def settlement(claim: Claim, receipt: Receipt, endpoint: EndpointState, now: datetime, chance: float) -> Settlement:
    """The settlement of one attempt."""
    state, wait, reason = _next(claim, receipt, chance)
    return Settlement(
        delivery_id=claim.delivery.id,
        attempt=claim.attempt,
        owner=claim.owner,
        state=state,
        receipt=receipt,
        endpoint=breaker.after(endpoint, receipt, now),
        next_at=None if wait is None else now + wait,
        reason=reason,
        missed=state is DeliveryState.DEAD and receipt.result in _AWAY,
    )


def _next(claim: Claim, receipt: Receipt, chance: float) -> tuple[DeliveryState, timedelta | None, str]:
    result, why = receipt.result, receipt.detail or receipt.status
    if result is SendResult.ACCEPTED:
        return DeliveryState.DELIVERED, None, ""
    if result is SendResult.ABORTED:
        return DeliveryState.DEAD, None, why
    if result is SendResult.REJECTED and claim.turn >= POISON_TRIES:
        return DeliveryState.DEAD, None, f"refused {claim.turn} times: {why}"
    wait = wait_after(claim.turn, chance=chance, retry_after=receipt.retry_after, overloaded=receipt.overloaded)
    if wait is None:
        return DeliveryState.DEAD, None, f"given up after {claim.turn} attempts: {why}"
    if result is SendResult.IN_DOUBT:
        return DeliveryState.IN_DOUBT, max(wait, DOUBT_WAIT), why
    return DeliveryState.RETRY_WAIT, wait, why

"""Folds: what waits to be told together. A fold's key says why, and after a blank what of."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Why messages are folded into a digest instead of going out alone."""

    DIGEST = "digest"
    QUIET = "quiet"
    BUSY = "busy"
    BACKLOG = "backlog"
    MISSED = "missed"
    LATE = "late"
    SOURCE = "source"
    STORM = "storm"


def key(why: Why, detail: str = "") -> str:
    """`busy security`; `quiet`."""
    return f"{why.value} {detail}".strip()


def parts(fold: str) -> tuple[Why, str]:
    """The reason of a key, and its detail."""
    word, _, detail = fold.partition(" ")
    return Why(word), detail


TITLES = {
    Why.DIGEST: "{detail} digest",
    Why.QUIET: "Held over quiet hours",
    Why.BUSY: "More than {detail}",
    Why.BACKLOG: "Too many at once",
    Why.MISSED: "Missed while unreachable",
    Why.LATE: "Published long before it was found",
    Why.STORM: "Many at once from {detail}",
    Why.SOURCE: "From {detail}, whose pages are read badly",
}


def title(fold: str) -> str:
    """What a fold is called, in words for readers."""
    why, detail = parts(fold)
    words = TITLES[why].format(detail=detail)
    return words[:1].upper() + words[1:]

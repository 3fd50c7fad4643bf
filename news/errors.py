"""Every error that may reach a user, as one tree.

NewsError
├── ConfigError      the configuration cannot be used; carries its places
├── SourceError      a source could not be visited
│   ├── FetchError   no usable answer from the outlet
│   └── ParseError   an answer that is not what it should be
├── StoreError       the database refused or is not usable
│   ├── StoreMissing there is no database at the address, or nothing in it
│   ├── StoreBusy    another process holds it; retryable
│   ├── Outdated     what was decided builds on what is no longer so; decide again
│   ├── StoreFull    no room left; nothing was written; retryable
│   ├── DiskFault    the disk fails; counts as not written; retryable
│   ├── Unreadable   one stored row is not what it should be; all others can be read
│   └── FenceLost    another owner took the host meanwhile; our commit was refused
├── DeliveryError    a channel is set up wrongly
├── QueryError       a query cannot be read; points at the column
└── UnknownName      the user named a thing that does not exist

A message says what failed, on what, what we did and what to do next. It never holds a secret:
addresses of receivers count as secrets.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NewsError(Exception):
    """Something a person must read: `str()` is a whole sentence for them."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        if self.hint.startswith("\n"):
            return self.message + self.hint
        stop = "." if self.hint[:1].isupper() and self.message[-1:] not in ".:!?" else ""
        return f"{self.message}{stop} {self.hint}".strip()


class ConfigError(NewsError):
    """The configuration cannot be used; `places` lists every fault as `file:line:column: text`."""

    def __init__(self, places: Iterable[str], *, hint: str = "") -> None:
        self.places = tuple(places)
        super().__init__("\n".join(self.places), hint=hint)


class SourceError(NewsError):
    """A source could not be visited; `reason` is a short stable word for counters."""

    def __init__(self, message: str, *, reason: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class FetchError(SourceError):
    """No usable answer: refused, timed out, blocked by robots.txt, too large, guarded."""


class ParseError(SourceError):
    """An answer that is not what it should be: HTML for a feed, broken XML, no text."""


class StoreError(NewsError):
    """The database refused or cannot be used."""


class StoreMissing(StoreError):
    """There is no database at the address, or nothing in it yet; nothing was made."""


class StoreBusy(StoreError):
    """Another process holds the database; the same call may succeed later."""


class Outdated(StoreError):
    """What was to be written builds on a message that has gone out meanwhile; nothing was written."""


class StoreFull(StoreError):
    """No room left on the device; the transaction was rolled back."""


class DiskFault(StoreError):
    """The device refused a write or could not say that it is safe; the transaction counts as not made."""


class Unreadable(StoreError):
    """One stored row is not what it should be, or not there: `what` names it, `why` says what is wrong with it."""

    def __init__(self, what: str, why: str, *, hint: str = "Which one, and what helps: marsad db check") -> None:
        super().__init__(f"{what} cannot be read from the database ({why}).", hint=hint)
        self.what, self.why = what, why


class FenceLost(StoreError):
    """The host was leased to another owner meanwhile; this owner's commit was refused."""


class DeliveryError(NewsError):
    """A channel cannot send at all as it is set up."""


class QueryError(NewsError):
    """A query cannot be read: `column` counts characters from 1, and the message shows the place."""

    def __init__(self, text: str, at: int, message: str, *, hint: str = "") -> None:
        self.text, self.column, self.fault = text, at + 1, message
        line = text.replace("\t", " ").replace("\n", " ")
        begin = max(0, at - 60)
        shown = ("…" if begin else "") + line[begin : begin + 100]
        caret = " " * (at - begin + (1 if begin else 0)) + "^"
        advice = f"\n  {hint}" if hint else ""
        super().__init__(f"column {self.column}: {message}\n  {shown}\n  {caret}{advice}")


class UnknownName(NewsError):
    """The user named a source, rule, channel ... that does not exist; the closest is offered, else the first
    few, or `listing`, a sentence that says where all stand."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, listing: str = "") -> None:
        names = sorted(known)
        super().__init__(f"no {kind} is called {name!r}", hint=suggestion(name, names, listing=listing))
        self.kind, self.name, self.known = kind, name, tuple(names)


def suggestion(name: str, known: Iterable[str], *, listing: str = "") -> str:
    """`(did you mean 'x'?)` for the closest known name, or several that begin so; else `listing`, else the first few
    known, else ''."""
    names = list(known)
    begun = [one for one in names if name and one.startswith(name)]
    if len(begun) > 1:
        return f"(several begin so: {', '.join(begun[:4])}{', ...' if len(begun) > 4 else ''})"
    otherwise = [one for one in names if one.casefold() == name.casefold()]
    close = otherwise or get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"(did you mean {close[0]!r}?)"
    if listing or not names:
        return listing
    more = ", ..." if len(names) > 8 else ""
    return f"(known: {', '.join(names[:8])}{more})"

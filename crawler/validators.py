"""Validators of conditional requests (RFC 9110, section 13), and how one notices that they lie."""

from __future__ import annotations

from news.outlet import Cursor


def lied(before: Cursor, now: Cursor) -> bool:
    """The body changed under validators that did not."""
    same = (before.etag, before.last_modified) == (now.etag, now.last_modified)
    return bool(before.body_hash and (now.etag or now.last_modified) and same and now.body_hash != before.body_hash)


def conditions(cursor: Cursor) -> dict[str, str]:
    """Both validators, as they were given (RFC 9110, 13.1)."""
    headers = {"If-None-Match": cursor.etag, "If-Modified-Since": cursor.last_modified}
    return {name: value for name, value in headers.items() if value}


__all__ = ["conditions", "lied"]

"""Endpoint ids: a receiver's name, or `name/address` for each recipient of mail."""

from __future__ import annotations


def receiver_of(endpoint: str) -> str:
    """The receiver an endpoint belongs to."""
    return endpoint.partition("/")[0]


def masked(endpoint: str) -> str:
    """An endpoint for logs and strangers: the local part of a mail address is a person's."""
    name, _, address = endpoint.partition("/")
    return f"{name}/***@{address.rpartition('@')[2]}" if address else name

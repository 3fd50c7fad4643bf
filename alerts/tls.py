"""TLS contexts: certificates are always checked."""

from __future__ import annotations

import ssl

from news.errors import DeliveryError


def context_of(ca_file: str) -> ssl.SSLContext | None:
    """A context that trusts one authority's file; None (the usual authorities) if none is named.

    Raises DeliveryError if the file cannot be used.
    """
    if not ca_file:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise DeliveryError(
            f"the certificate file {ca_file} cannot be read.", hint="ca_file wants a PEM file."
        ) from None

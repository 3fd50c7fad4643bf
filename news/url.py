"""One URL for one article, and the host that politeness is counted by."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

TRACKING = re.compile(
    r"^(utm_.*|at_.*|fbclid|gclid|dclid|yclid|mc_[ce]id|igshid|ref|ref_src|cmpid|ocid|spm|"
    r"ns_(mchannel|source|campaign|linkname)|traffic_source|output|amp)$",
    re.IGNORECASE,
)
"""Query parameters that name how a reader came, not what is read."""

_UNRESERVED = "/~!$&'()*+,;=:@-._"
_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """The form under which an article is known: https and http apart, host lower-case without
    default port, `www.` and `m.` kept off, no fragment, no tracking parameters, percent-encoding
    normalised, no `/amp` or trailing slash. Tatweel and Kurdish letters in paths are kept.

    Raises ValueError if `url` is not an absolute http(s) URL.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an absolute http(s) URL: {url[:200]!r}")
    host = host_of(url)
    netloc = f"[{host}]" if ":" in host else host
    if parts.port and parts.port != _PORTS[scheme]:
        netloc += f":{parts.port}"
    path = quote(unquote(parts.path), safe=_UNRESERVED) or "/"
    path = re.sub(r"/amp/?$", "", path)
    path = path.rstrip("/") or "/"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(k, v) for k, v in pairs if not TRACKING.match(k)])
    return urlunsplit((scheme, netloc, path, query, ""))


def host_of(url: str) -> str:
    """Host of a URL, lower-case, IDNA, without `www.`, `m.` or port: what one server answers for.

    Raises ValueError where there is none.
    """
    host = (urlsplit(url.strip()).hostname or "").rstrip(".").lower()
    if not host:
        raise ValueError(f"no host in {url[:200]!r}")
    if not host.isascii():
        host = host.encode("idna").decode()
    for prefix in ("www.", "m."):
        if host.startswith(prefix) and host.count(".") > 1:
            host = host.removeprefix(prefix)
    return host

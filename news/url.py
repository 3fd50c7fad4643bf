"""One URL for one article, and the host that politeness is counted by."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

TRACKING = re.compile(
    r"^(utm_.*|at_.*|fbclid|gclid|dclid|yclid|mc_[ce]id|igshid|ref|ref_src|cmpid|ocid|spm|"
    r"ns_(mchannel|source|campaign|linkname)|traffic_source|output|amp)$",
    re.IGNORECASE,
)
"""Query parameters that name how a reader came, not what is read."""

_AMP = re.compile(r"^/amp(?=/.)|/amp/?$|\.amp(?=\.html$|$)|(?<=[^/])/amp\.html$", re.IGNORECASE)
_NUMBER = re.compile(r"\d{5,}")
_ENDING = re.compile(r"\.(?:html?|php|aspx?)$", re.IGNORECASE)
_UNRESERVED = "/~!$&'()*+,;=:@-._"
_BYTES = "surrogateescape"
"""Old sites write addresses in windows-1256: their letters are told apart by their bytes alone."""
_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """The form under which an article is known: https and http apart (but see `twin`), host lower-case without
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
    path = quote(unquote(parts.path, errors=_BYTES), safe=_UNRESERVED, errors=_BYTES) or "/"
    path = _AMP.sub("", path)
    path = path.rstrip("/") or "/"
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors=_BYTES)
    query = urlencode([(k, v) for k, v in pairs if not TRACKING.match(k)], errors=_BYTES)
    return urlunsplit((scheme, netloc, path, query, ""))


def twin(url: str) -> str:
    """The canonical URL of the same article with the other scheme: outlets list one and redirect to the other. Empty
    where a port says which scheme is meant."""
    scheme, _, rest = url.partition("://")
    if urlsplit(url).port:
        return ""
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


def absolute(base: str, link: str) -> str:
    """`link` as it reads at `base`: an http(s) address that can be asked, or '' where it makes none."""
    try:
        url = urljoin(base, link.strip())
        parts = urlsplit(url)
        # Both are looked at when they are asked for, not before.
        usable = parts.scheme in _PORTS and host_of(url) and parts.port != 0
    except ValueError:
        return ""
    return url if usable else ""


def identity(url: str, canonical: str, landed: str = "") -> str:
    """The URL under which to know the article at `url` (canonical already) whose page names
    `canonical` as its own address: that one, if it can be believed.

    Believed is an address of the same house that redirects `landed` on too, or that names the same
    article (its number, or the last part of its path): outlets are known to name their front page,
    or the previous article.
    """
    try:
        other = canonical_url(urljoin(url, canonical)) if canonical else url
        house, own = host_of(other), host_of(url)
    except ValueError:
        return url
    if other == url or not (house == own or house.endswith(f".{own}") or own.endswith(f".{house}")):
        return url
    if landed and canonical_url(landed) == other and urlsplit(other).path != "/":
        return other
    return other if _same_article(urlsplit(url), urlsplit(other)) else url


def is_front_page(url: str) -> bool:
    """True for an address that can be no article's: where outlets send readers of what is gone."""
    parts = urlsplit(url)
    return parts.path.rstrip("/").count("/") <= 1 and len(parts.path.strip("/")) <= 3 and not parts.query


def _same_article(one: SplitResult, other: SplitResult) -> bool:
    numbers, theirs = ({*_NUMBER.findall(f"{part.path}?{part.query}")} for part in (one, other))
    if numbers and theirs:
        return bool(numbers & theirs)
    last, their_last = (_ENDING.sub("", unquote(part.path).rpartition("/")[2]).casefold() for part in (one, other))
    return bool(last) and last == their_last


def host_of(url: str) -> str:
    """Host of a URL, lower-case, IDNA, without `www.`, `m.`, `mobile.`, `amp.` or port: what one server answers for.

    Raises ValueError where there is none.
    """
    host = (urlsplit(url.strip()).hostname or "").rstrip(".").lower()
    if not host:
        raise ValueError(f"no host in {url[:200]!r}")
    if not host.isascii():
        host = host.encode("idna").decode()
    for prefix in ("www.", "m.", "mobile.", "amp."):
        if host.startswith(prefix) and host.count(".") > 1:
            host = host.removeprefix(prefix)
    return host

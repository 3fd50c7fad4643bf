"""Bytes -> text: byte order mark, valid UTF-8 whatever is declared, declared, outlet's, cp1256.

Valid UTF-8 comes before the declaration: regional sites declare windows-1256 and serve UTF-8 far
more often than text in another encoding happens to be valid UTF-8.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]{3,20})""", re.IGNORECASE)
_ALIASES = {"iso-8859-6": "windows-1256", "ascii": "windows-1252", "iso-8859-1": "windows-1252"}


def decode(raw: bytes, *, declared: str = "", fallback: str = "") -> tuple[str, str]:
    """(text, encoding used). Never fails: what cannot be decoded becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace"), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # Cut off in the middle of a letter is still UTF-8.
        if error.start > len(raw) - 4:
            return raw.decode("utf-8", "ignore"), "utf-8"
    found = _META.search(raw[:4096])
    names = [declared, found[1].decode("ascii") if found else "", fallback, "windows-1256"]
    for name in names:
        encoding = _known(name)
        if encoding and encoding != "utf-8":
            return raw.decode(encoding, "replace"), encoding
    return raw.decode("utf-8", "replace"), "utf-8"


_PAGES = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "gbk", "gb2312", "gb18030", "big5"})
_FAMILIES = ("cp", "iso8859", "koi8", "mac", "euc", "shift", "tis")
"""Encodings of pages; Python knows codecs that are none (rot13, punycode)."""


def _known(name: str) -> str:
    name = _ALIASES.get(name.strip().lower(), name.strip().lower())
    try:
        found = codecs.lookup(name).name if name else ""
    except LookupError:
        return ""
    return found if found in _PAGES or found.startswith(_FAMILIES) else ""

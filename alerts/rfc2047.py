"""Header lines for mail: a name and a cleaned value in, folded ASCII lines out.

Our own, because the standard library damages words of Arabic, Hebrew and Persian subjects when it
folds them, and turns long ASCII identifiers into encoded words.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

_OPEN, _SHUT = "=?utf-8?b?", "?="
_WORD = 75
_LINE = 76
"""RFC 2047, 2: an encoded word has at most 75 characters, a line holding one at most 76."""

_LONGEST = 998


def header(name: str, value: str) -> str:
    """`Name: value` with CRLF at its end; text that is not plain ASCII in base64 words."""
    if _plain(name, value):
        return f"{name}: {value}\r\n"
    words = list(_words(value, _LINE - len(name) - 2))
    return f"{name}: " + "\r\n ".join(words) + "\r\n"


def address_header(name: str, display: str, address: str) -> str:
    """`Name: display <address>`; the address stays as it is."""
    if not display:
        return header(name, address)
    if _plain(name, display):
        quoted = display.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}: "{quoted}"\r\n <{address}>\r\n'
    words = _words(display, _LINE - len(name) - 2)
    return f"{name}: " + "\r\n ".join([*words, f"<{address}>"]) + "\r\n"


def _plain(name: str, value: str) -> bool:
    printable = value.isascii() and value.isprintable() and "=?" not in value
    return printable and len(name) + 2 + len(value) <= _LONGEST


def _words(value: str, first: int) -> Iterator[str]:
    """Encoded words whose text joins without loss: blanks stay inside them, no letter is split."""
    room = _room(min(first, _WORD))
    chunk = b""
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if chunk and len(chunk) + len(encoded) > room:
            yield _word(chunk)
            chunk, room = b"", _room(_WORD)
        chunk += encoded
    if chunk:
        yield _word(chunk)


def _room(length: int) -> int:
    """Bytes that fit an encoded word of so many characters, at least one letter's."""
    return max((length - len(_OPEN) - len(_SHUT)) // 4 * 3, 4)


def _word(chunk: bytes) -> str:
    return f"{_OPEN}{base64.b64encode(chunk).decode()}{_SHUT}"

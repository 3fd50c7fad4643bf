"""Strangers' text in a terminal: control and bidirectional-override characters come from headlines, and printed raw
they could recolour or reorder it."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    """Control and direction-override characters as `\\xNN`; newline and tab stay."""
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)

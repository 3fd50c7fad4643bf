"""Exit codes, few and documented (docs/commands.md)."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
PARTIAL = 3
CONFIG = 4
UNREACHABLE = 5
LOCKED = 6
INTERRUPTED = 130

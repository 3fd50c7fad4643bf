"""Regular expressions of users: RE2 alone, so linear in the text or refused. Matched on the folded text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import re2

from pipelines.fold import fold_text
from pipelines.tagging.hits import Hit
from pipelines.tagging.lexicon import Pattern

MAX_MEMORY = 1 << 20
"""Bytes for one compiled expression; `(a{1000}){1000}` needs more and is refused."""

MOST_HITS = 200
"""Hits kept of one expression in one field."""

_LITERAL = re.compile(
    r"\\[pP]\{\^?\w+\}|\\x\{[0-9A-Fa-f]+\}|\\.|\(\?P?<\w+>|\(\?[a-zA-Z-]*[:)]|\[:\^?\w+:\]|(?P<plain>.)", re.S
)
"""What is no letter of its own (escapes, classes, groups), or one `plain` character."""

_WORD = re.compile(r"\w+(?:'\w+)?")


class Expression(Protocol):
    """A compiled expression, as far as we use it."""

    def finditer(self, text: str) -> Any: ...

    def search(self, text: str) -> Any: ...


def compile_expression(written: str) -> Expression:
    """Compile for folded text: its literal letters are folded as texts are, its escapes are not.
    Raises ValueError with a sentence."""
    folded = "".join(fold_text(m[0]) if m["plain"] and not m[0].isspace() else m[0] for m in _LITERAL.finditer(written))
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    try:
        compiled: Expression = re2.compile(folded, options)
    except re2.error as error:
        raise ValueError(_reason(error)) from None
    if compiled.search("") is not None:
        raise ValueError("it matches the empty text, and so everywhere")
    return compiled


def _reason(error: Exception) -> str:
    cause = error.args[0] if error.args else error
    words = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
    if "invalid perl operator" in words or "invalid escape sequence" in words:
        return f"{words} (back-references and look-around would need time without limit and do not exist here)"
    if "too large" in words or "repetition" in words or "pattern too" in words:
        return f"{words} (expressions that grow so large are refused)"
    return words


class Expressions:
    """Finds the hits of expressions, by the list name that stands for each."""

    def __init__(self, expressions: Mapping[str, Expression]) -> None:
        self._expressions = [(Pattern(name, name, "any", name), compiled) for name, compiled in expressions.items()]

    def find(self, text: str, languages: Collection[str] = ()) -> list[Hit]:
        """Hits in the order of the expressions; they are of no language."""
        hits: list[Hit] = []
        starts: Sequence[int] = ()
        for pattern, compiled in self._expressions:
            for number, match in enumerate(compiled.finditer(text)):
                start, end = match.span()
                if number >= MOST_HITS:
                    break
                if start == end:
                    continue
                starts = starts or [word.start() for word in _WORD.finditer(text)] or [0]
                hits.append((start, end, max(bisect_right(starts, start) - 1, 0), pattern))
        return hits

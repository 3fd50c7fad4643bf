"""The rule language: text -> tree.

    domain in title and near(act, states, 8)      words and nearness (in words, or `sentence`)
    states >= 2 in title|lead                     distinct ids, or hits for slots without ids
    count(agreement) >= 4 or not sport in text    plain counts; `text` is lead and body
    near(act, domain, states, sentence)           three or more near one another
    atleast(2, drugs, border, cyber in title)     so many of the conditions
    lang is ar|ckb   outlet is shafaq   theme is drugs   (also actor, subtype)

Precedence: not, and, or. Zones: title, lead, body, text; without `in`, anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from news.errors import ConfigError, suggestion
from pipelines.tagging.tree import FACTS, MOST_NEAR, ZONES, AtLeast, Both, Either, Has, Is, Near, Node, Not

DEEPEST = 40
"""Parentheses in parentheses: the parser is recursive."""

_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][\w.*-]*)|(?P<number>\d+)|(?P<sign>>=|<=|==|[<>()|,]))")
_KEYWORDS = ("and", "or", "not", "in", "near", "atleast", "count")
_COMPARE = (">=", "<=", "==", "<", ">")


def parse(text: str, slots: Collection[str], where: str) -> Node:
    """The tree of a condition. Raises ConfigError with the position of the fault."""
    parser = _Parser(text, slots, where)
    node = parser.either()
    if token := parser.peek():
        if token in ("AND", "OR", "NOT"):
            raise parser.fault(f"{token!r} is written in small letters")
        raise parser.fault(f"`and` or `or` is missing before {token!r}" if is_name(token) else f"unexpected {token!r}")
    return node


def is_name(word: str) -> bool:
    """Whether a condition can name a slot so."""
    token = _TOKEN.fullmatch(word)
    return bool(token and token["word"] == word and word not in _KEYWORDS)


class _Parser:
    def __init__(self, text: str, slots: Collection[str], where: str) -> None:
        self._text, self._slots, self._where = text, slots, where
        self._tokens: list[tuple[str, int]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                self._tokens.append((text[position:].strip()[:1], position))
                raise self.fault("this sign is not part of the rule language", position)
            self._tokens.append((match[0].strip(), match.end() - len(match[0].strip())))
            position = match.end()
        self._at = self._depth = 0

    def fault(self, message: str, position: int | None = None) -> ConfigError:
        if position is None:
            at_end = self._at >= len(self._tokens)
            position = len(self._text) if at_end else self._tokens[self._at][1]
        return ConfigError([f"{self._where}: {message} at character {position + 1} of {self._text!r}"])

    def peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise self.fault(f"{wanted or 'more'!r} is missing")
        self._at += 1
        return token

    def either(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.fault(f"more than {DEEPEST} parentheses within one another")
        parts = [self.both()]
        while self.peek() == "or":
            self.take()
            parts.append(self.both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Node:
        parts = [self.single()]
        while self.peek() == "and":
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def single(self) -> Node:
        token = self.peek()
        if token == "not":
            self.take()
            if self.peek() == "not":
                raise self.fault("`not not` says nothing")
            return Not(self.single())
        if token == "(":
            self.take()
            node = self.either()
            self.take(")")
            return node
        if token == "near":
            return self._near()
        if token == "atleast":
            return self._atleast()
        if token in FACTS and token not in self._slots and self._after() == "is":
            return self._fact()
        if token == "count":
            self.take()
            self.take("(")
            slots = self._names()
            self.take(")")
            return self._has(slots, distinct=False)
        return self._has(self._names(), distinct=True)

    def _after(self) -> str:
        return self._tokens[self._at + 1][0] if self._at + 1 < len(self._tokens) else ""

    def _atleast(self) -> AtLeast:
        self.take()
        self.take("(")
        if not self.peek().isdigit() or int(self.peek()) < 1:
            raise self.fault("a number is wanted")
        number = int(self.take())
        parts = []
        while self.peek() != ")":
            self.take(",")
            parts.append(self.either())
        self.take(")")
        if number > len(parts):
            raise self.fault(f"{number} of {len(parts)} can never be")
        return AtLeast(number, tuple(parts))

    def _fact(self) -> Is:
        fact = self.take()
        self.take("is")
        values = [self.take()]
        while self.peek() == "|":
            self.take()
            values.append(self.take())
        return Is(fact, tuple(values))

    def _near(self) -> Near:
        self.take()
        self.take("(")
        groups: list[tuple[str, ...]] = []
        while not (self.peek().isdigit() or (self.peek() == "sentence" and "sentence" not in self._slots)):
            if len(groups) >= 2 and self.peek() not in self._slots:
                raise self.fault("a number of words or `sentence` is wanted")
            groups.append(self._names())
            if len(groups) > MOST_NEAR:
                raise self.fault(f"more than {MOST_NEAR} slots near one another")
            if self.peek() == ")":
                raise self.fault("how near? A number of words or `sentence` is missing")
            self.take(",")
        if len(groups) < 2:
            raise self.fault("`near` wants two slots or more before the number of words")
        span = self.take()
        if span != "sentence" and not 0 < int(span) < 1000:
            self._at -= 1
            raise self.fault("a number of words from 1 to 999 is wanted")
        self.take(")")
        return Near(tuple(groups), 0 if span == "sentence" else int(span), self._zones())

    def _has(self, slots: tuple[str, ...], *, distinct: bool) -> Has:
        compare, number = ">=", 1
        if self.peek() in _COMPARE:
            compare = self.take()
            if not self.peek().isdigit():
                raise self.fault("a number is wanted")
            number = int(self.take())
        return Has(slots, compare, number, self._zones(), distinct)

    def _names(self) -> tuple[str, ...]:
        names = [self._name(self._slots, "slot")]
        while self.peek() == "|":
            self.take()
            names.append(self._name(self._slots, "slot"))
        return tuple(names)

    def _zones(self) -> tuple[str, ...]:
        if self.peek() != "in":
            return ()
        self.take()
        zones = [self._name(ZONES, "zone")]
        while self.peek() == "|":
            self.take()
            zones.append(self._name(ZONES, "zone"))
        return tuple(zones)

    def _name(self, known: Collection[str], kind: str) -> str:
        name = self.peek()
        if name not in known:
            what = f"unknown {kind} {name!r}" if name else f"a {kind} is missing"
            raise self.fault(f"{what} {suggestion(name, sorted(known))}".rstrip())
        return self.take()

"""The one-line query language: text -> tree, and back.

    title:("security cooperation" OR memorand*) AND states>=2 NOT football

    a AND b   a b   both            "two words"  next to each other
    a OR b          either          memorand*    any ending (three letters at least)
    NOT a   -a      without         =UN          exactly so, without endings
    (...)           together        /res[0-9]+/  a regular expression (RE2)
    a NEAR/8 b      within 8 words of one sentence
    SENTENCE(a b)   in one sentence
    ATLEAST 2 (a, b, c)   two of them; ATLEAST 4 (a): four times
    @act.talks  states>=2   words of a lexicon or of the rule's slot, compared with a number
    title: lead: body: text: title|lead:   where      lang: outlet: actor: theme: subtype:   what

Precedence: NOT, NEAR, AND, OR. The parser raises QueryError and nothing else, whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from news.errors import QueryError, suggestion
from pipelines.fold import fold_text
from pipelines.tagging.foreign import advice
from pipelines.tagging.lexicon import SHORTEST_PREFIX
from pipelines.tagging.tree import FACTS, MOST_NEAR, ZONES, AtLeast, Both, Either, Has, Is, Near, Node, Not, slots_of

DEEPEST = 40
"""Parentheses in parentheses; nobody reads more, and the parser is recursive."""

MOST_PARTS = 2000
"""Words of one query."""

_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "”": "”"}
_FIELDS = (*ZONES, *FACTS)
_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([A-Za-z]+(?:\|[A-Za-z]+)*):")
_NEAR = re.compile(r"NEAR/(\d+)(?![^\s(])")
_COMPARED = re.compile(r"(?!(?:AND|OR|NOT)\b)@?([A-Za-z_][\w.*-]*)\s*(>=|<=|==|=|<|>)\s*(\d{1,6})(?![\w.])")
_WORD = re.compile(r"""[^\s()",“”«»„<>]+""")
_OPERATORS = ("AND", "OR", "NOT", "SENTENCE", "ATLEAST")


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind`: a sign, an operator, or one of word, field, near, compared, end."""

    kind: str
    text: str
    at: int
    number: int = 0
    compare: str = ""


def parse_query(text: str) -> Node:
    """The tree of a query. Raises QueryError with the column of the fault."""
    return _Parser(text).whole()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if gap := _SPACE.match(text, at):
            at = gap.end()
            continue
        token, at = _token(text, at)
        yield token
    yield _Token("end", "", len(text))


def _token(text: str, at: int) -> tuple[_Token, int]:
    char = text[at]
    if char in "(),":
        return _Token(char, char, at), at + 1
    if char in _QUOTES:
        return _quoted(text, at)
    if char == "/":
        return _expression(text, at)
    if char == "-" and at + 1 < len(text) and not text[at + 1].isspace():
        return _Token("NOT", "-", at), at + 1
    if match := _NEAR.match(text, at):
        return _Token("near", match[0], at, number=min(int(match[1][:6]), 10**6)), match.end()
    if match := _FIELD.match(text, at):
        return _Token("field", match[1], at), match.end()
    if match := _COMPARED.match(text, at):
        sign = "==" if match[2] == "=" else match[2]
        return _Token("compared", match[1], at, number=int(match[3]), compare=sign), match.end()
    match = _WORD.match(text, at)
    if match is None:
        raise QueryError(text, at, f"{char!r} is not part of the query language", hint=_sign_hint(char))
    word = match[0]
    if word in _OPERATORS:
        return _Token(word, word, at), match.end()
    return _Token("word", word, at), match.end()


def _sign_hint(char: str) -> str:
    if char in "<>":
        return "Compare a lexicon or slot with a number: states>=2."
    return "Put it between quotation marks if you mean it."


def _quoted(text: str, at: int) -> tuple[_Token, int]:
    close = text.find(_QUOTES[text[at]], at + 1)
    if close < 0:
        raise QueryError(text, at, "this quotation mark is never closed", hint="Write the second one, or neither.")
    return _Token("phrase", text[at + 1 : close].replace('"', " "), at), close + 1


def _expression(text: str, at: int) -> tuple[_Token, int]:
    close = at + 1
    while close < len(text) and text[close] != "/":
        close += 2 if text[close] == "\\" else 1
    if close >= len(text):
        raise QueryError(
            text, at, "this '/' begins a regular expression that never ends", hint="Quote it to mean a word."
        )
    if text[close + 1 : close + 2].isalnum():
        hint = "There are no flags: case, accents and spellings make no difference anyway."
        raise QueryError(text, close + 1, "a letter right behind a regular expression", hint=hint)
    return _Token("regex", text[at + 1 : close], at), close + 1


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = self._depth = 0

    def whole(self) -> Node:
        if len(self._tokens) > MOST_PARTS:
            at = self._tokens[MOST_PARTS].at
            raise self._fault(f"this query has more than {MOST_PARTS} words", at, "Put long lists into a lexicon file.")
        if self._peek().kind == "end":
            raise self._fault("the query is empty", 0, 'Write for example: "security cooperation" AND states>=2')
        node = self._either(())
        if self._peek().kind != "end":
            token = self._peek()
            hint = "There is a ')' too many." if token.kind == ")" else "Commas stand only within ATLEAST n (a, b)."
            raise self._fault(f"unexpected {token.text!r}", token.at, hint)
        return node

    def _fault(self, message: str, at: int, hint: str = "") -> QueryError:
        return QueryError(self._text, at, message, hint=hint)

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _open(self, after: str) -> None:
        token = self._take()
        if token.kind != "(":
            raise self._fault(f"'(' is missing after {after}", token.at, f"{after} (drugs, border, police)")

    def _close(self, opened: int) -> None:
        token = self._take()
        if token.kind != ")":
            what = "')' is missing" if token.kind == "end" else f"unexpected {token.text!r}; ')' is missing"
            raise self._fault(what, token.at, f"The '(' at column {opened + 1} is still open.")

    def _either(self, zones: tuple[str, ...]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(f"more than {DEEPEST} parentheses within one another", self._peek().at)
        parts = [self._both(zones)]
        while self._peek().kind == "OR":
            self._take()
            parts.append(self._both(zones))
        self._depth -= 1
        return _flat(Either, parts)

    def _both(self, zones: tuple[str, ...]) -> Node:
        parts = [self._without(zones)]
        while self._peek().kind not in ("end", ")", ",", "OR"):
            if self._peek().kind == "AND":
                self._take()
            parts.append(self._without(zones))
        return _flat(Both, parts)

    def _without(self, zones: tuple[str, ...]) -> Node:
        negated = False
        while self._peek().kind == "NOT":
            self._take()
            negated = not negated
        node = self._nearby(zones)
        return Not(node) if negated else node

    def _nearby(self, zones: tuple[str, ...]) -> Node:
        begun = self._peek()
        node = self._atom(zones)
        if self._peek().kind != "near":
            return node
        groups, distance = [self._group(node, zones, begun.at)], self._peek()
        while self._peek().kind == "near":
            token = self._take()
            if token.number != distance.number or not token.number:
                hint = "SENTENCE(a b) asks for one sentence." if not token.number else "Use one number in a chain."
                raise self._fault(f"{token.text} does not fit here", token.at, hint)
            begun = self._peek()
            groups.append(self._group(self._atom(zones), zones, begun.at))
            self._check_near(groups, begun)
        return Near(tuple(groups), distance.number, zones)

    def _check_near(self, groups: list[tuple[str, ...]], last: _Token) -> None:
        if len(groups) > MOST_NEAR:
            hint = "Join words of one meaning with OR: (sign OR ink) NEAR/5 memorandum"
            raise self._fault(f"more than {MOST_NEAR} words near one another", last.at, hint)

    def _group(self, node: Node, zones: tuple[str, ...], at: int) -> tuple[str, ...]:
        """The slots of a word or of words joined by OR."""
        parts = node.parts if isinstance(node, Either) else (node,)
        found: list[str] = []
        for part in parts:
            plain = isinstance(part, Has) and part == Has(part.slots, zones=zones)
            if not plain:
                hint = "Write a field before the whole of it: title:(a NEAR/5 b)"
                raise self._fault("nearness takes words, phrases and (a OR b) of them", at, hint)
            found += slots_of(part)
        return tuple(dict.fromkeys(found))

    def _atom(self, zones: tuple[str, ...]) -> Node:
        token = self._take()
        if token.kind == "(":
            node = self._either(zones)
            self._close(token.at)
            return node
        if token.kind == "field":
            return self._field(token, zones)
        if token.kind == "compared":
            return Has((f"@{token.text}",), token.compare, token.number, zones)
        if token.kind == "SENTENCE":
            return self._sentence(token, zones)
        if token.kind == "ATLEAST":
            return self._atleast(token, zones)
        if token.kind in ("word", "phrase", "regex"):
            return Has((self._term(token),), zones=zones)
        raise self._missing(token)

    def _missing(self, token: _Token) -> QueryError:
        if token.kind == "end":
            return self._fault("something is missing at the end", token.at, "A word, a \"phrase\" or '(' belongs here.")
        if token.kind in _OPERATORS or token.kind == "near":
            hint = f"Quote it to mean the word: {chr(34)}{token.text}{chr(34)}"
            return self._fault(f"{token.text} stands where a word is wanted", token.at, hint)
        return self._fault(f"unexpected {token.text!r}", token.at, "A word, a \"phrase\" or '(' belongs here.")

    def _field(self, token: _Token, zones: tuple[str, ...]) -> Node:
        names = tuple(dict.fromkeys(token.text.split("|")))
        if self._peek().kind == "NOT":
            raise self._fault(f"NOT stands before {token.text}:", self._peek().at, f"NOT {token.text}:football")
        for name in names:
            if name not in _FIELDS:
                hint = f"{suggestion(name, _FIELDS)} Quote it if it is a word with a colon.".strip()
                raise self._fault(f"there is no field {name!r}", token.at, hint)
        if all(name in ZONES for name in names):
            if zones:
                raise self._fault(f"{token.text}: within {'|'.join(zones)}:", token.at, "Zones cannot be nested.")
            return self._atom(names)
        if len(names) > 1:
            raise self._fault(f"{token.text}: only title, lead, body and text can be joined by '|'", token.at)
        if zones:
            raise self._fault(f"{token.text}: within {'|'.join(zones)}:", token.at, "It is about the whole article.")
        return Is(names[0], self._values(names[0]))

    def _values(self, fact: str) -> tuple[str, ...]:
        token = self._take()
        if token.kind != "(":
            return (self._value(fact, token),)
        values = [self._value(fact, self._take())]
        while self._peek().kind in ("OR", ","):
            self._take()
            values.append(self._value(fact, self._take()))
        if self._peek().kind in ("AND", "word", "phrase"):
            hint = f"Join them with OR: {fact}:({values[0]} OR {values[-1]})"
            raise self._fault(f"{fact}: is one or another", self._peek().at, hint)
        self._close(token.at)
        return tuple(dict.fromkeys(values))

    def _value(self, fact: str, token: _Token) -> str:
        if token.kind not in ("word", "phrase") or not token.text.strip():
            raise self._fault(f"{fact}: wants a name, or (a OR b)", token.at)
        value = token.text.strip()
        return value if fact in ("actor",) else value.lower()

    def _sentence(self, token: _Token, zones: tuple[str, ...]) -> Node:
        self._open("SENTENCE")
        groups = []
        while self._peek().kind != ")":
            begun = self._peek()
            groups.append(self._group(self._atom(zones), zones, begun.at))
            self._check_near(groups, begun)
            if self._peek().kind in (",", "AND"):
                self._take()
        self._close(token.at)
        if len(groups) < 2:
            raise self._fault("SENTENCE wants two words or more", token.at, "SENTENCE(sign* memorandum)")
        return Near(tuple(groups), 0, zones)

    def _atleast(self, token: _Token, zones: tuple[str, ...]) -> Node:
        count = self._take()
        if count.kind != "word" or not re.fullmatch(r"[0-9]{1,6}", count.text) or int(count.text) < 1:
            raise self._fault("ATLEAST wants a number", count.at, "ATLEAST 2 (drugs, border, police)")
        number = int(count.text)
        self._open(f"ATLEAST {number}")
        parts = [self._either(zones)]
        while self._peek().kind == ",":
            self._take()
            parts.append(self._either(zones))
        self._close(token.at)
        if len(parts) == 1:
            return Has(self._group(parts[0], zones, token.at), ">=", number, zones, distinct=False)
        if number > len(parts):
            hint = f"ATLEAST {len(parts)} of them at most."
            raise self._fault(f"ATLEAST {number} of {len(parts)} can never be", count.at, hint)
        return AtLeast(number, tuple(parts))

    def _term(self, token: _Token) -> str:
        """The slot a word or a phrase fills, called as it is written."""
        if token.kind == "regex":
            if not token.text:
                raise self._fault("an empty regular expression would match everywhere", token.at)
            return f"/{token.text}/"
        text = token.text
        if token.kind == "word":
            self._check_meant(token)
            if text.startswith("@") and len(text) > 1:
                return text
        words = [word for word in text.split() if re.search(r"\w", fold_text(word))]
        for word in words:
            self._check_word(word, token)
        if not words:
            what = "between the quotation marks" if token.kind == "phrase" else f"in {text!r}"
            hint = "Letters and digits are looked for; no other signs are."
            raise self._fault(f"there is no word {what}", token.at, hint)
        plain = token.kind == "word" and not _needs_quotes(words[0])
        return words[0] if plain else f'"{" ".join(words)}"'

    def _check_meant(self, token: _Token) -> None:
        """Operators in small letters, and those of other languages."""
        text, capitals = token.text, token.text.upper()
        if capitals in ("AND", "OR", "NOT"):
            hint = f'Write {capitals} in capitals, or "{text}" to mean the word.'
            raise self._fault(f"{text!r} in small letters", token.at, hint)
        if capitals in ("SENTENCE", "ATLEAST") and self._is_called(token):
            raise self._fault(f"{text!r} in small letters", token.at, f"Write {capitals} in capitals.")
        if hint := advice(text):
            raise self._fault(f"{text!r} is no word here", token.at, hint)

    def _is_called(self, token: _Token) -> bool:
        """`sentence(...)`, `atleast 2 (...)`: neither is a way to write words."""
        following = self._peek()
        return (following.kind == "(" and following.at == token.at + len(token.text)) or (
            token.text.upper() == "ATLEAST" and following.text.isdigit()
        )

    def _check_word(self, word: str, token: _Token) -> None:
        core = word.removeprefix("=").removesuffix("*")
        folded = fold_text(core).strip()
        if "*" in core:
            raise self._fault(
                "'*' may stand only at the end of a word", token.at, "Every word takes its usual endings."
            )
        if word.endswith("*") and len(folded) < SHORTEST_PREFIX:
            raise self._fault(f"{word!r} is too short; before '*' {SHORTEST_PREFIX} letters are wanted", token.at)


def _needs_quotes(word: str) -> bool:
    """Whether a bare word would be read otherwise."""
    return bool(
        word in _OPERATORS
        or word.upper() in _OPERATORS
        or advice(word)
        or word[0] in "-/@"
        or word[0] in _QUOTES
        or _FIELD.match(word)
        or _NEAR.match(word)
        or _COMPARED.match(word)
        or not _WORD.fullmatch(word)
    )


def _flat(kind: type[Both] | type[Either], parts: list[Node]) -> Node:
    """Parts of the same kind taken in, one alone as itself."""
    out: list[Node] = []
    for part in parts:
        out += part.parts if isinstance(part, kind) else (part,)
    return out[0] if len(out) == 1 else kind(tuple(out))


def written_query(node: Node) -> str:
    """A tree as a query: parsing it again gives the same tree."""
    if isinstance(node, Not):
        return f"NOT {_inner(node.inner, Both, Either, Not)}"
    if isinstance(node, Both):
        return " AND ".join(_inner(part, Either) for part in node.parts)
    if isinstance(node, Either):
        return " OR ".join(_inner(part, Both) for part in node.parts)
    if isinstance(node, AtLeast):
        return f"ATLEAST {node.number} ({', '.join(written_query(part) for part in node.parts)})"
    if isinstance(node, Is):
        values = " OR ".join(_value_text(value) for value in node.values)
        return f"{node.fact}:{values if len(node.values) == 1 else f'({values})'}"
    zones = f"{'|'.join(node.zones)}:" if node.zones else ""
    if isinstance(node, Near):
        groups = [_group_text(group) for group in node.groups]
        if not node.words:
            return f"{zones}SENTENCE({' '.join(groups)})"
        near = f" NEAR/{node.words} ".join(groups)
        return f"{zones}({near})"
    if not node.distinct:
        return f"{zones}ATLEAST {node.number} ({_group_text(node.slots)})"
    if (node.compare, node.number) == (">=", 1):
        return zones + _group_text(node.slots)
    return f"{zones}{node.slots[0]}{node.compare}{node.number}"


def _inner(node: Node, *bracketed: type) -> str:
    text = written_query(node)
    return f"({text})" if isinstance(node, bracketed) else text


def _group_text(slots: tuple[str, ...]) -> str:
    return slots[0] if len(slots) == 1 else f"({' OR '.join(slots)})"


def _value_text(value: str) -> str:
    return f'"{value}"' if _needs_quotes(value) else value


__all__ = ["parse_query", "slots_of", "written_query"]

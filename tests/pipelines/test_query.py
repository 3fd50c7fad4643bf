"""One-line queries: what they find, how they are refused, and that they are the same tree as a rule's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from news.errors import ConfigError, QueryError
from news.tag import Tag, Verdict
from pipelines.tagging.language import parse
from pipelines.tagging.query import parse_query, written_query
from pipelines.tagging.rules import rule_from
from pipelines.tagging.tagger import Tagger
from pipelines.tagging.tree import AtLeast, Both, Either, Has, Is, Near, Node, Not

TITLE = "Iraq, Syria interior ministers sign security cooperation memorandum"
TEXT = (
    "The ministers met in Baghdad on Sunday. They agreed to share information on drugs and border crossings.\n\n"
    "A football match was held the day before. Drug seizures at the crossing rose; drugs were burnt."
)


def tagged(query: str, title: str = TITLE, text: str = TEXT, language: str = "en", outlet: str = "tigris") -> Tag:
    return Tagger([rule_from({"id": "q", "query": query}, origin="x")]).tag(title, text, language, outlet)[0]


@pytest.mark.parametrize(
    "query",
    [
        'title:("security cooperation" OR memorand*) AND states>=2 NOT basketball',
        "iraq syria",
        "title:iraq -egypt",
        '"interior minister" sign',
        "sign NEAR/3 memorandum",
        "(sign OR ink) NEAR/3 (cooperation OR deal) NEAR/3 memorandum",
        "SENTENCE(agreed drugs border)",
        "ATLEAST 2 (drugs, football, basketball)",
        "ATLEAST 3 (drug*)",
        "lang:en outlet:tigris drugs",
        "lang:(ar OR en) football",
        "actor:SY memorandum",
        "theme:drugs",
        "subtype:agreement",
        "title|lead:baghdad",
        "body:football OR lead:football",
        "text:@states",
        "@act.agreement states=2",
        "/memorand(um|a)/",
        "“interior ministers”",
    ],
)
def test_a_query_finds_what_it_describes(query: str) -> None:
    tag = tagged(query)
    assert tag.verdict is Verdict.MATCH, tag.missing
    for span in (span for reason in tag.reasons for span in reason.spans):
        assert (TITLE if span.field == "title" else TEXT)[span.start : span.end] == span.surface


@pytest.mark.parametrize(
    "query",
    [
        "egypt", "title:football", "NOT football iraq", "sign NEAR/1 memorandum", "SENTENCE(baghdad drugs)", "lang:ar iraq",
        "ATLEAST 4 (drug*)", "actor:TR iraq", "theme:cyber", '"cooperation security"', "=minister", "states>=3", "/crossing$/ iraq",
        "ATLEAST 2 (drugs, egypt, basketball)", "subtype:exercise iraq", '"memorandum the"', "outlet:euphrates iraq",
    ],
)  # fmt: skip
def test_a_query_does_not_find_what_is_not_there(query: str) -> None:
    tag = tagged(query)
    assert tag.verdict is Verdict.NONE
    assert tag.missing


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ("", 1, "the query is empty"),
        ("iraq AND", 9, "something is missing at the end"),
        ("title:(iraq", 12, "The '(' at column 7 is still open"),
        ("iraq )", 6, "a ')' too many"),
        ("titel:iraq", 1, "did you mean 'title'?"),
        ("iraq or syria", 6, "Write OR in capitals"),
        ("ir* ab*", 1, "'ir*' is too short"),
        ("se*rity", 1, "only at the end"),
        ('a "b', 3, "never closed"),
        ("iraq OR OR syria", 9, 'Quote it to mean the word: "OR"'),
        ("title:lead:iraq", 7, "Zones cannot be nested"),
        ("title:lang:en", 7, "about the whole article"),
        ("ATLEAST x (a, b)", 9, "wants a number"),
        ("ATLEAST 3 (a, b)", 9, "can never be"),
        ("SENTENCE(iraq)", 1, "two words or more"),
        ("iraq NEAR/0 syria", 6, "does not fit here"),
        ("a NEAR/3 b NEAR/4 c", 12, "one number in a chain"),
        ("(a b) NEAR/3 c", 1, "(a OR b) of them"),
        ("iraq, syria", 5, "Commas stand only"),
        ("iraq <", 6, "Compare a lexicon or slot"),
        ("/iraq", 1, "never ends"),
        ('"--"', 1, "no word between"),
        ("(" * 60 + "a", 41, "parentheses within one another"),
        (" NEAR/3 ".join("abcdefghijk"), 91, "more than 10 words near one another"),
        (f"SENTENCE({' '.join('abcdefghijk')})", 30, "more than 10 words near one another"),
        ("iraq && syria", 6, "Write AND: iraq AND syria"),
        ("iraq | syria", 6, "Write OR: iraq OR syria"),
        ("iraq - syria", 6, "right before a word"),
        ("iraq !football", 6, "NOT football"),
        ("*", 1, "The beginning of a word belongs before the '*'"),
        ("iraq NEAR syria", 6, "NEAR/5"),
        ("iraq near/3 syria", 6, "NEAR/5"),
        ("iraq NEAR/-3 syria", 6, "NEAR/5"),
        ("iraq W/5 syria", 6, "NEAR/5"),
        ('"iraq syria"~5', 13, "NEAR/5"),
        ("ir?q", 1, "No sign stands for one letter"),
        ("Iraq Or Syria", 6, "Write OR in capitals"),
        ("sentence(iraq syria)", 1, "Write SENTENCE in capitals"),
        ("atleast 2 (iraq, syria)", 1, "Write ATLEAST in capitals"),
        ("ATLEAST 2 iraq, syria", 11, "ATLEAST 2 (drugs, border, police)"),
        ("/iraq/i", 7, "There are no flags"),
        ("title:NOT iraq", 7, "NOT title:football"),
        ("lang:(ar AND ckb)", 10, "lang:(ar OR ar)"),
        ("lang:(ar ckb)", 10, "Join them with OR"),
        ("TITLE:iraq", 1, "did you mean 'title'?"),
        ("\U0001f600", 1, "Letters and digits are looked for"),
    ],
)
def test_a_fault_is_shown_at_its_column_with_advice(query: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(query)
    assert refused.value.column == column
    assert words in str(refused.value)
    assert "^" in str(refused.value).splitlines()[2]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("states>=2 @acts", "no slot or lexicon is called 'acts' (did you mean 'act'?)"),
        ("iraq theme:drug", "no theme is called 'drug' (did you mean 'drugs'?)"),
        ("actor:XQ", "no actor is called 'XQ'"),
        ("NOT iraq", "match nearly everything"),
        ("states<2", "match nearly everything"),
        ("lang:ar", "match nearly everything"),
        ("/(?=x)y/", "look-around would need time without limit"),
        (r"/(a)\1/", "back-references"),
        ("/x*/", "matches the empty text"),
        ("/((a{900}b){900})/", "refused"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_load(query: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        tagged(query)
    assert words in str(refused.value)
    assert "rule q: query: " in str(refused.value)


def test_a_query_and_a_condition_become_one_tree() -> None:
    slots = ("a", "b", "c")
    for query, condition in (
        ("title:(a OR b) AND NOT c", "(a in title or b in title) and not c"),
        ("a NEAR/4 (b OR c)", "near(a, b|c, 4)"),
        ("SENTENCE(a b c)", "near(a, b, c, sentence)"),
        ("ATLEAST 2 (a, b, title:c)", "atleast(2, a, b, c in title)"),
        ("ATLEAST 3 (a)", "count(a) >= 3"),
        ("lang:(ar OR en) theme:drugs a", "lang is ar|en and theme is drugs and a"),
    ):
        assert parse_query(query) == parse(condition, slots, "x")


def test_a_query_says_why_in_its_own_words() -> None:
    tag = tagged('title:(treaty OR pact) AND "security cooperation"')
    assert tag.missing == ("match: title:treaty OR title:pact",)


def test_a_word_takes_clitics_and_endings_of_its_script_and_an_exact_one_none() -> None:
    assert tagged("تعاون", "وبالتعاون مع سوريا", "").verdict is Verdict.MATCH
    assert tagged("=تعاون", "وبالتعاون مع سوريا", "").verdict is Verdict.NONE
    assert tagged('"مذكرة تعاون"', "يوقعان مذكّرة التعـــاون", "").verdict is Verdict.MATCH
    assert tagged("ewlehî", "hevkariya ewlehiyê", "").verdict is Verdict.MATCH
    assert tagged("sınır", "SINIR güvenliği", "").verdict is Verdict.MATCH


FOUND = [
    ("U.S.", "U.S. aid", "US aid", "Used aid", "Give us aid"),
    ("3.5", "Up 3.5 percent", "Up by 3.5", "Up 35 percent", "Item 5.3"),
    ("a/b", "Form a/b", "The a b question", "An able man", "ab"),
    ("=US", "US aid", "The US's aid", "Give us aid", "USA aid"),
    ("=us", "US aid", "Give us aid", "Used aid", "USA aid"),
    ('"=UN council"', "UN council", "The UN Council's seat", "Un council", "UNO council"),
    ("ي", "حرف ي وحده", "ي", "وفي البيان", "إلى أين"),
    ("a", "A plan", "Plan A", "An able plan", "As planned"),
    ("Iran-Iraq", "Iran-Iraq talks", "Iran Iraq talks", "Iraq-Iran", "Iran and Iraq"),
    ("iraq AND =2024", "Iraq, 2024", "In 2024: Iraq", "Iraq, 20245", "Iraq"),
    ("iraq OR =2", "Iraq", "2 held", "22 held", "Held"),
]
"""A query, two titles that it finds, two that it does not."""


@pytest.mark.parametrize(("query", "one", "other", "unlike", "another"), FOUND)
def test_abbreviations_numbers_and_single_letters_are_what_they_are(
    query: str, one: str, other: str, unlike: str, another: str
) -> None:
    found = [tagged(query, title, "", "").verdict for title in (one, other, unlike, another)]
    assert found == [Verdict.MATCH, Verdict.MATCH, Verdict.NONE, Verdict.NONE]


def test_expressions_find_folded_text_and_point_into_the_original() -> None:
    title = "Çağrı: Résolution 2254 ve قرار ٢٢٥٤"
    tag = tagged(r"/RÉSOLUTION \d{4}/ AND /قرار \d+/", title, "")
    assert [span.surface for span in tag.reasons[0].spans] == ["Résolution 2254", "قرار ٢٢٥٤"]


WORDS = some.sampled_from(
    ["iraq", "memorand*", "=UN", '"two words"', "تعاون", "@states", "/ab+c/", "İsrail", '"a-b cde*"']
)
ZONES = some.sampled_from([(), ("title",), ("title", "lead"), ("text",)])


def leaf_nodes() -> some.SearchStrategy[Node]:
    groups = some.lists(some.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple), min_size=2, max_size=3)
    return some.one_of(
        some.builds(lambda word, zones: Has((word,), zones=zones), WORDS, ZONES),
        some.builds(
            lambda sign, number, zones: Has(("@states",), sign, number, zones),
            some.sampled_from([">=", "<", "<=", ">", "=="]), some.integers(2, 9), ZONES,
        ),
        some.builds(lambda word, n, zones: Has((word,), ">=", n, zones, distinct=False), WORDS, some.integers(1, 9), ZONES),
        some.builds(lambda g, words, zones: Near(tuple(g), words, zones), groups, some.integers(0, 20), ZONES),
        some.builds(
            lambda fact, values: Is(fact, tuple(values)),
            some.sampled_from(["lang", "outlet", "theme"]),
            some.lists(some.sampled_from(["ar", "a b", "and", "x:y", "drugs"]), min_size=1, max_size=3, unique=True),
        ),
    )  # fmt: skip


def grown(inner: some.SearchStrategy[Node]) -> some.SearchStrategy[Node]:
    parts = some.lists(inner, min_size=2, max_size=4).map(tuple)

    def flat(kind: type, given_parts: tuple[Node, ...]) -> Node:
        taken: list[Node] = []
        for part in given_parts:
            taken += part.parts if isinstance(part, kind) else [part]
        return kind(tuple(taken))

    return some.one_of(
        some.builds(lambda p: flat(Both, p), parts),
        some.builds(lambda p: flat(Either, p), parts),
        some.builds(Not, inner),
        some.builds(lambda p, n: AtLeast(min(n, len(p)), p), parts, some.integers(1, 4)),
    )


@settings(deadline=None)
@given(some.recursive(leaf_nodes(), grown, max_leaves=12))
def test_a_written_tree_is_read_back_as_itself(node: Node) -> None:
    assert parse_query(written_query(node)) == node


PIECES = some.lists(
    some.one_of(
        some.sampled_from(
            ["AND", "OR", "NOT", "(", ")", '"', "title:", "lang:", "NEAR/3", "NEAR/", "SENTENCE(", "ATLEAST ", "2", ",", "-", "*", "@", "=",
             "states>=2", "/", "\\", "“", "”", "a", "تعاون", "abc*", "|", ":", "<", " ", "\n", "\u0640", "\x00"]
        ),
        some.text(max_size=4),
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None)
@given(PIECES, some.sampled_from(["", " "]))
def test_the_parser_raises_nothing_but_its_own_error_and_reads_back_what_it_accepts(
    pieces: list[str], between: str
) -> None:
    text = between.join(pieces)
    column = 1
    try:
        node = parse_query(text)
    except QueryError as error:
        column = error.column
    else:
        assert parse_query(written_query(node)) == node
    assert 1 <= column <= len(text) + 1


@given(PIECES)
@settings(deadline=None)
def test_any_accepted_query_becomes_a_rule_or_a_configuration_error(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        tag = tagged(text or "x")
    except ConfigError:
        return
    assert tag.verdict in (Verdict.MATCH, Verdict.NONE)

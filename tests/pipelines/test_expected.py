"""What was made for later is given once, and what an article that was read is indexed with is what it would be otherwise."""

from __future__ import annotations

from pipelines.reading import look
from pipelines.tagging.expected import Expected
from pipelines.tagging.indexing import Indexer
from pipelines.tagging.lexicon import builtin_lexicons
from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger
from tests.samples import article

OWN = {"id": "own", "slots": {"thing": {"words": {"en": ["memorandum", "border*"]}}}, "match": "thing",
       "score": [{"when": "thing", "add": 3}]}  # fmt: skip
RULES = [
    *(rule_from(given, origin=name) for name, given in builtin_rules().items()),
    rule_from(OWN, origin="own"),
]


def test_it_is_given_once_and_the_oldest_makes_room() -> None:
    kept: Expected[str, str] = Expected(lambda key, made: len(made), 10)
    kept.put("a", "1234")
    kept.put("b", "1234")
    kept.put("b", "12345")
    assert kept.take("b") == "12345"
    assert kept.take("b") is None
    kept.put("c", "1234567")
    assert (kept.take("a"), kept.take("c")) == (None, "1234567")
    kept.put("d", "12345678901")
    assert kept.take("d") is None, "what is larger than all there may be is not kept"
    kept.put("e", "1234567890")
    assert kept.take("e") == "1234567890", "and leaves no less room"


def test_an_article_that_was_read_is_indexed_as_one_that_was_not() -> None:
    tagger, indexer = Tagger(RULES), Indexer(builtin_lexicons())
    given = article("memo", title="Iraq,  Syria sign border memorandum", text="In Amman and عمان talks.\n\nUS borders.")
    reading, page = look(given, tagger)
    indexer.expect(reading.article, page)
    entry = indexer.entry(7, "a1", reading.article)
    assert (
        entry == indexer.entry(7, "a1", reading.article) == Indexer(builtin_lexicons()).entry(7, "a1", reading.article)
    )
    assert entry.words

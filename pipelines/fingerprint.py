"""An article -> what the deciders compare: hashes, words, names, numbers, places.

Signature: word 4-grams hashed to 32 bits, 1/2 kept in the first 120 words and 1/16 after, at
least eight: beginnings are what copies share, ends are cut (docs/design/stories.md).
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from news.article import Article
from news.filing import Fingerprint
from news.tag import Span
from pipelines.fold import fold_text, fold_word
from pipelines.grouping.names import features_in
from pipelines.grouping.places import places_in
from pipelines.grouping.words import counted, word_keys
from pipelines.memo import Memo

GRAM = 4
DENSE_WORDS = 120
LEAST_HASHES = 8
TERMS = 160
_FACTORS = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)))
_LAST_FACTOR = np.uint64(0xFF51AFD7ED558CCD)
_NUMBER = re.compile("[0-9]+(?:[.,][0-9]+)*")
"""In folded text, whose digits are ASCII."""
_WORD = re.compile(r"\w+")
_LATIN_CAPITAL = re.compile(r"[A-ZÇĞÎÖŞÛÜÊ](?<!\w.)(?<!^.)(?<![.!?]\s.)\w+")
"""A capital first, and then what must not stand before it: so the search leaps from capital to capital."""


def fingerprint(
    article: Article, actors: Mapping[str, Sequence[Span]] | None = None, themes: Sequence[str] = ()
) -> Fingerprint:
    """Everything comparable about a normalised article. `actors` and `themes` come from tagging."""
    actors = actors or {}
    title, text = fold_text(article.title), fold_text(article.text)
    title_words, title_numbers = _parts(title)
    words, text_numbers = _parts(text)
    numbers = tuple(dict.fromkeys((*title_numbers, *text_numbers)))
    found = features_in(f"{article.title}\n{article.text}", article.language, numbers)
    return Fingerprint(
        content_hash=_digest(title, text),
        shingles=_signature(words),
        terms=_terms(title_words, words, _LATIN_CAPITAL.findall(f"{article.title} {article.text}"), article.language),
        features={**dict.fromkeys((f"={actor}" for actor in actors), 1), **found.counts},
        surfaces=found.surfaces,
        numbers=numbers,
        title_numbers=title_numbers,
        places=places_in(article.title),
        actors=tuple(actors),
        title_actors=tuple(actor for actor, spans in actors.items() if any(span.field == "title" for span in spans)),
        themes=tuple(themes),
    )


def _parts(folded: str) -> tuple[list[str], tuple[str, ...]]:
    """The words of a folded text, and its distinct numbers, in order. Neither spans white space, so each
    piece between two spaces is looked through once and remembered."""
    pieces = folded.split()
    words = [word for piece in pieces for word in _WORDS_OF[piece]]
    numbers = (number for piece in dict.fromkeys(pieces) for number in _NUMBERS_OF[piece])
    return words, tuple(dict.fromkeys(numbers))


def content_hash(title: str, text: str) -> str:
    """Differs whenever a letter or digit of title or text does; not for spacing or joiners."""
    return _digest(fold_text(title), fold_text(text))


def _digest(title: str, text: str) -> str:
    """Of folded texts, whose only white space is single spaces."""
    folded = f"{title.strip()} {text.strip()}".strip()
    return hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def numbers_in(text: str) -> tuple[str, ...]:
    """Distinct numbers in order, digits as ASCII."""
    return tuple(dict.fromkeys(_NUMBER.findall(fold_text(text))))


def signature(text: str) -> tuple[int, ...]:
    """Sorted 32-bit hashes of word 4-grams; empty for texts under four words."""
    return _signature(_WORD.findall(fold_text(text)))


def _signature(words: Sequence[str]) -> tuple[int, ...]:
    """Each word is hashed once; the grams' hashes are made of theirs, and chosen, all at once."""
    if len(words) < GRAM:
        return ()
    hashes = _gram_hashes(np.array([_WORD_HASH[word] for word in words], np.uint64))
    kept = set(hashes[:DENSE_WORDS][hashes[:DENSE_WORDS] % 2 == 0].tolist())
    kept.update(hashes[DENSE_WORDS:][hashes[DENSE_WORDS:] % 16 == 0].tolist())
    if len(kept) < LEAST_HASHES:
        kept.update(np.sort(hashes)[:LEAST_HASHES].tolist())
    return tuple(sorted(kept))


def _gram_hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Multiply-shift: each place in a gram has its own odd multiplier, so that order counts; the upper
    bits of such a sum are well mixed, which a choice by the last ones needs."""
    grams = len(words) - GRAM + 1
    total = np.zeros(grams, np.uint64)
    for place, factor in enumerate(_FACTORS):
        total += words[place : place + grams] * factor
    total ^= total >> np.uint64(29)
    total *= _LAST_FACTOR
    return total >> np.uint64(32)


def _terms(title: Iterable[str], text: Iterable[str], capitals: Iterable[str], language: str) -> dict[str, int]:
    """Word -> weight in hundredths, by falling weight: title words count twice, capitalised words
    of Latin script weigh twice. Whole numbers, so that sums are exact in any order."""
    weights = {word: _WEIGHT[count] for word, count in counted(chain(title, title, text), language).items()}
    keys = _capital_keys(language)
    for word in {keys[capital] for capital in set(capitals)}:
        if word in weights:
            weights[word] *= 2
    return dict(sorted(weights.items(), key=itemgetter(1), reverse=True)[:TERMS])


@cache
def _capital_keys(language: str) -> Memo[str, str]:
    """A capitalised word as it was written -> what it counts as."""
    return Memo(lambda capital: word_keys(language)[fold_word(capital)])


_WEIGHT: Memo[int, int] = Memo(lambda count: round(100 * (1 + math.log(count))), 1_000)
_WORDS_OF: Memo[str, Sequence[str]] = Memo(_WORD.findall)
_NUMBERS_OF: Memo[str, Sequence[str]] = Memo(_NUMBER.findall)
_WORD_HASH: Memo[str, int] = Memo(lambda word: zlib.crc32(word.encode()))

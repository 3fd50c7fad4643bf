"""An article -> what the deciders compare: hashes, words, names, numbers, places.

Signature: word 4-grams hashed to 32 bits, a third kept in the first 120 words and a sixteenth after, at
least eight: beginnings are what copies share, ends are cut (docs/design/stories.md).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from news.article import Article
from news.filing import Fingerprint
from news.tag import Span
from pipelines.fold import fold, fold_word
from pipelines.grouping.names import Named, foremost, names_in
from pipelines.grouping.places import places_in
from pipelines.grouping.words import word_key
from pipelines.memo import Memo
from pipelines.pieces import HASH, Piece, pieces_of, said

GRAM = 4
DENSE_WORDS = 120
LEAST_HASHES = 8
TERMS = 80
"""Words of an article that are kept: what is said late and once decides nothing (docs/design/stories.md)."""
_FACTORS = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)))
_LAST_FACTOR = np.uint64(0xFF51AFD7ED558CCD)
_LATIN_CAPITAL = re.compile(r"[A-ZÇĞÎÖŞÛÜÊ](?<!\w.)(?<!^.)(?<![.!?]\s.)\w+")
"""A capital first, and then what must not stand before it: so the search leaps from capital to capital."""


class _Columns(NamedTuple):
    """The pieces of a text in their order, each part of them by itself (see `Piece`)."""

    hashes: tuple[bytes, ...]
    terms: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[str, ...], ...]
    named: tuple[tuple[Named, ...], ...]


def fingerprint(
    article: Article, actors: Mapping[str, Sequence[Span]] | None = None, themes: Sequence[str] = ()
) -> Fingerprint:
    """Everything comparable about a normalised article. `actors` and `themes` come from tagging."""
    actors = actors or {}
    title, text = fold(article.title), fold(article.text)
    known = pieces_of(article.language)
    heading, body = _columns(known, said(article.title, title)), _columns(known, said(article.text, text))
    title_numbers = tuple(dict.fromkeys(chain.from_iterable(heading.numbers)))
    numbers = tuple(dict.fromkeys(chain(title_numbers, chain.from_iterable(body.numbers))))
    if title.mended or text.mended:  # names are read from the text as it was written
        named = [*_columns(known, article.title.split()).named, *_columns(known, article.text.split()).named]
    else:
        named = [*heading.named, *body.named]
    title_actors = tuple(actor for actor, spans in actors.items() if any(span.field == "title" for span in spans))
    spoken_for = _names_of(actors, article.language) if len(title_actors) >= 2 else frozenset()
    features, surfaces = _features(chain.from_iterable(named), numbers, spoken_for)
    capitals = _LATIN_CAPITAL.findall(f"{article.title} {article.text}")
    return Fingerprint(
        content_hash=_digest(title.text, text.text),
        shingles=_signature(body.hashes),
        terms=_terms(heading.terms, body.terms, capitals, article.language),
        features={**dict.fromkeys((f"={actor}" for actor in actors), 1), **features},
        surfaces=surfaces,
        numbers=numbers,
        title_numbers=title_numbers,
        places=places_in(title.text),
        actors=tuple(actors),
        title_actors=title_actors,
        themes=tuple(themes),
    )


def _columns(known: Mapping[str, Piece], said: Sequence[str]) -> _Columns:
    return _Columns(*zip(*map(known.__getitem__, said), strict=True)) if said else _Columns((), (), (), ())


def _digest(title: str, text: str) -> str:
    """Of folded texts, whose only white space is single spaces. Differs whenever a letter or digit of title
    or text does; not for spacing or joiners."""
    folded = f"{title.strip()} {text.strip()}".strip()
    return hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def _signature(words: Iterable[bytes]) -> tuple[int, ...]:
    """Sorted 32-bit hashes of word 4-grams; empty for texts under four words. The grams' hashes are made of
    their words', and chosen, all at once."""
    joined = np.frombuffer(b"".join(words), HASH)
    if len(joined) < GRAM:
        return ()
    hashes = _gram_hashes(joined.astype(np.uint64))
    kept = set(hashes[:DENSE_WORDS][hashes[:DENSE_WORDS] % 3 == 0].tolist())
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


def _terms(
    heading: Iterable[Iterable[str]], body: Iterable[Iterable[str]], capitals: Iterable[str], language: str
) -> dict[str, int]:
    """Word -> weight in hundredths, by falling weight: title words count twice, capitalised words
    of Latin script weigh twice. Whole numbers, so that sums are exact in any order."""
    first = list(chain.from_iterable(heading))
    counts = Counter(chain(first, first, chain.from_iterable(body)))
    keys = _capital_keys(language)
    named = {keys[capital] for capital in set(capitals)}
    heavy = [
        (term, _WEIGHT[count] * (1 + (term in named))) for term, count in counts.items() if count > 1 or term in named
    ]
    heavy.sort(key=itemgetter(1), reverse=True)
    weights = dict(heavy[:TERMS])
    once = (term for term, count in counts.items() if count == 1 and term not in named)
    weights.update(zip(islice(once, TERMS - len(weights)), repeat(_WEIGHT[1])))
    return weights


@cache
def _capital_keys(language: str) -> Memo[str, str]:
    """A capitalised word as it was written -> what it counts as."""
    return Memo(lambda capital: word_key(fold_word(capital), language))


def _names_of(actors: Mapping[str, Sequence[Span]], language: str) -> frozenset[str]:
    """Actors as names. Each is a feature already: Pakistan and پاکستان beside it would say twice what any two
    reports about the same two states have in common."""
    words = {word for spans in actors.values() for span in spans for word in span.surface.split()}
    return frozenset(key for word in words for key, _ in names_in(word, language) if key[0] != "@")


def _features(
    named: Iterable[Named], numbers: Iterable[str], spoken_for: Set[str]
) -> tuple[dict[str, int], dict[str, str]]:
    """Names and concepts with how often each is said and the word that it was read from; and of the text's
    numbers those of two digits and more, `#250`."""
    counts: dict[str, int] = {}
    surfaces: dict[str, str] = {}
    for (key, word), count in Counter(named).items():
        if key in spoken_for:
            continue
        if key in counts:
            counts[key] += count
        else:
            counts[key], surfaces[key] = count, word
    counts.update({f"#{number}": 1 for number in numbers if len(number) >= 2})
    kept = foremost(counts)
    return kept, {key: surfaces[key] for key in kept if key in surfaces}


_WEIGHT: Memo[int, int] = Memo(lambda count: round(100 * (1 + math.log(count))), 1_000)

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
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from news.article import Article
from news.filing import Fingerprint
from news.tag import Span
from pipelines.fold import fold_text
from pipelines.grouping.names import features_in
from pipelines.grouping.places import places_in
from pipelines.grouping.words import counted, word_key

GRAM = 4
DENSE_WORDS = 120
LEAST_HASHES = 8
TERMS = 160
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\w+")
_LATIN_CAPITAL = re.compile(r"[A-ZÇĞÎÖŞÛÜÊ](?<!\w.)(?<!^.)(?<![.!?]\s.)\w+")
"""A capital first, and then what must not stand before it: so the search leaps from capital to capital."""


def fingerprint(
    article: Article, actors: Mapping[str, Sequence[Span]] | None = None, themes: Sequence[str] = ()
) -> Fingerprint:
    """Everything comparable about a normalised article. `actors` and `themes` come from tagging."""
    actors = actors or {}
    title, text = fold_text(article.title), fold_text(article.text)
    title_words, words = _WORD.findall(title), _WORD.findall(text)
    title_numbers = tuple(dict.fromkeys(_NUMBER.findall(title)))
    numbers = tuple(dict.fromkeys((*title_numbers, *_NUMBER.findall(text))))
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
    """One run of bytes is cut at the words' ends; the hashes are chosen among all at once."""
    if len(words) < GRAM:
        return ()
    run = " ".join(words).encode()
    starts = list(accumulate((len(word) + 1 for word in run.split(b" ")), initial=0))
    crc = zlib.crc32
    hashes = np.array([crc(run[start : end - 1]) for start, end in zip(starts, starts[GRAM:], strict=False)], np.uint64)
    mixed = _mixed(hashes)
    kept = set(hashes[:DENSE_WORDS][mixed[:DENSE_WORDS] % 2 == 0].tolist())
    kept.update(hashes[DENSE_WORDS:][mixed[DENSE_WORDS:] % 16 == 0].tolist())
    if len(kept) < LEAST_HASHES:
        kept.update(hashes[np.argsort(mixed, kind="stable")[:LEAST_HASHES]].tolist())
    return tuple(sorted(kept))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """CRC's low bits are not independent of the text's; a multiplicative mix makes them so."""
    found: NDArray[np.uint64] = (values * np.uint64(0x9E3779B1) & np.uint64(0xFFFFFFFF)) >> np.uint64(7)
    return found


def _terms(title: Iterable[str], text: Iterable[str], capitals: Iterable[str], language: str) -> dict[str, int]:
    """Word -> weight in hundredths, by falling weight: title words count twice, capitalised words
    of Latin script weigh twice. Whole numbers, so that sums are exact in any order."""
    counts = {word: 2 * count for word, count in counted(title, language).items()}
    for word, count in counted(text, language).items():
        counts[word] = counts.get(word, 0) + count
    weights = {word: _weight(count) for word, count in counts.items()}
    for word in {_capital_key(capital, language) for capital in set(capitals)}:
        if word in weights:
            weights[word] *= 2
    return dict(sorted(weights.items(), key=itemgetter(1), reverse=True)[:TERMS])


@lru_cache(maxsize=1_000)
def _weight(count: int) -> int:
    return round(100 * (1 + math.log(count)))


@lru_cache(maxsize=50_000)
def _capital_key(capital: str, language: str) -> str:
    return word_key(fold_text(capital), language)

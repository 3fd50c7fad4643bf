"""An article -> what the deciders compare: hashes, words, names, numbers, places.

Signature: word 4-grams hashed to 32 bits, 1/2 kept in the first 120 words and 1/16 after, at
least eight: beginnings are what copies share, ends are cut (docs/design/stories.md).
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

from news.article import Article
from news.filing import Fingerprint
from news.tag import Span
from pipelines.fold import fold_text
from pipelines.grouping.names import features_in
from pipelines.grouping.places import places_in
from pipelines.grouping.words import word_key, words_in

GRAM = 4
DENSE_WORDS = 120
LEAST_HASHES = 8
TERMS = 160
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN_CAPITAL = re.compile(r"(?<!^)(?<![.!?]\s)\b[A-ZÇĞÎÖŞÛÜÊ]\w+")


def fingerprint(
    article: Article, actors: Mapping[str, Sequence[Span]] | None = None, themes: Sequence[str] = ()
) -> Fingerprint:
    """Everything comparable about a normalised article. `actors` and `themes` come from tagging."""
    actors = actors or {}
    found = features_in(f"{article.title}\n{article.text}", article.language)
    return Fingerprint(
        content_hash=content_hash(article.title, article.text),
        shingles=signature(article.text),
        terms=_terms(article.title, article.text, article.language),
        features={**dict.fromkeys((f"={actor}" for actor in actors), 1), **found.counts},
        surfaces=found.surfaces,
        numbers=numbers_in(f"{article.title}\n{article.text}"),
        title_numbers=numbers_in(article.title),
        places=places_in(article.title),
        actors=tuple(actors),
        title_actors=tuple(actor for actor, spans in actors.items() if any(span.field == "title" for span in spans)),
        themes=tuple(themes),
    )


def content_hash(title: str, text: str) -> str:
    """Differs whenever a letter or digit of title or text does; not for spacing or joiners."""
    folded = re.sub(r"\s+", " ", f"{fold_text(title)}\n{fold_text(text)}").strip()
    return hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def numbers_in(text: str) -> tuple[str, ...]:
    """Distinct numbers in order, digits as ASCII."""
    return tuple(dict.fromkeys(_NUMBER.findall(fold_text(text))))


def signature(text: str) -> tuple[int, ...]:
    """Sorted 32-bit hashes of word 4-grams; empty for texts under four words."""
    words = re.findall(r"\w+", fold_text(text))
    hashes = [zlib.crc32(" ".join(words[i : i + GRAM]).encode()) for i in range(len(words) - GRAM + 1)]
    kept = {h for i, h in enumerate(hashes) if _mixed(h) % (2 if i < DENSE_WORDS else 16) == 0}
    if len(kept) < LEAST_HASHES:
        kept |= set(sorted(hashes, key=_mixed)[:LEAST_HASHES])
    return tuple(sorted(kept))


def _mixed(value: int) -> int:
    """CRC's low bits are not independent of the text's; a multiplicative mix makes them so."""
    return (value * 0x9E3779B1 & 0xFFFFFFFF) >> 7


def _terms(title: str, text: str, language: str) -> dict[str, int]:
    """Word -> weight in hundredths, by falling weight: title words count twice, capitalised words
    of Latin script weigh twice. Whole numbers, so that sums are exact in any order."""
    counts: Counter[str] = Counter()
    for word, count in words_in(title, language).items():
        counts[word] = 2 * count
    counts.update(words_in(text, language))
    named = {word_key(fold_text(match[0]), language) for match in _LATIN_CAPITAL.finditer(f"{title} {text}")}
    weights = {word: round(100 * (1 + math.log(count))) * (2 if word in named else 1) for word, count in counts.items()}
    return dict(sorted(weights.items(), key=lambda item: -item[1])[:TERMS])

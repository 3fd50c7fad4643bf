"""Names in any script -> consonant skeletons that meet: Trump, ترامب and ترەمپ are all TRMB.

Arabic and Hebrew script write few vowels and Latin all: what they agree on are the consonants,
in classes wide enough for transliteration (q/k/g, z/s, p/b ...).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat

from pipelines.fold import fold_text, fold_word
from pipelines.grouping.concepts import concepts_of
from pipelines.grouping.words import bare, stop_words
from pipelines.memo import Memo

_CLASS = {
    **dict.fromkeys("bpبپב", "B"), **dict.fromkeys("fvفפ", "F"),
    **dict.fromkeys("tdتدطضذثظטתד", "T"), **dict.fromkeys("szسزصشשסזצ", "S"),
    **dict.fromkeys("kqgكقگغקכג", "K"), **dict.fromkeys("jجچژ", "J"),
    **dict.fromkeys("lلל", "L"), **dict.fromkeys("rرר", "R"), **dict.fromkeys("mمמם", "M"),
    **dict.fromkeys("nنנן", "N"), **dict.fromkeys("hهحخהח", "H"), "ך": "K", "ף": "F", "ץ": "S",
}  # fmt: skip
_SHARE = {"B": 0.08, "F": 0.05, "T": 0.17, "S": 0.12, "K": 0.11, "J": 0.04, "L": 0.09, "R": 0.13, "M": 0.08,
          "N": 0.12, "H": 0.06}  # fmt: skip
"""Of a hundred consonants, how many are of the class: how soon two words meet by chance."""
_WORDS = 300
"""Of an article; for the same chance."""

_DIGRAPHS = (("kh", "h"), ("gh", "k"), ("sh", "s"), ("tch", "j"), ("th", "t"), ("dh", "d"), ("ph", "f"),
             ("ck", "k"), ("zh", "j"), ("wh", "w"))  # fmt: skip
_ENGLISH = (
    ("c", re.compile(r"ch(?=[rln])"), "k"), ("c", re.compile("ch"), "j"), ("c", re.compile(r"c(?=[eiy])"), "s"),
    ("c", re.compile("c"), "k"), ("g", re.compile(r"g(?=[eiy])"), "j"), ("x", re.compile("x"), "ks"),
)  # fmt: skip
_DOUBLE = re.compile(r"(.)\1+")
_OWN = {
    "kmr": str.maketrans({"ç": "j", "c": "j", "x": "h", "Ç": "j", "C": "j", "X": "h"}),
    "tr": str.maketrans({"ç": "j", "c": "j", "ğ": "", "Ç": "j", "C": "j", "Ğ": ""}),
}
"""Letters that are read another way than in English."""
_WORD = re.compile(r"[^\W\d_]+(?:(?:[\u200c\u200d\u064b-\u0652\u0670]|['’-](?=[^\W\d_]))[^\W\d_]*)*")
"""Joiners and vowel signs stand within words: the fold drops them."""
_UNCASED = re.compile(r"[\u0590-\u06ff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
KEPT = 120
"""Features of an article that are kept: those that would weigh most, were all equally rare."""


@dataclass(slots=True)
class Features:
    """Script-neutral keys of an article, how often each, and a word it was read from.

    `TRMB` is a name's skeleton, `=IQ` a state, `@flood` a concept, `#250` a number.
    """

    counts: dict[str, int]
    surfaces: dict[str, str]


def features_in(text: str, language: str, numbers: Iterable[str] | None = None) -> Features:
    """Names (capitalised words of Latin script, all words of scripts that mark none), concepts, and of
    the text's numbers, which may be given, those of two digits and more."""
    counts: dict[str, int] = {}
    surfaces: dict[str, str] = {}
    found = _keys_of(language)
    for piece, count in Counter(text.replace("\u0647\u200c", "ە").split()).items():
        for key, word in found[piece]:
            counts[key] = counts.get(key, 0) + count
            surfaces.setdefault(key, word)
    if numbers is None:
        numbers = _NUMBER.findall(fold_text(text))
    counts.update({f"#{number}": 1 for number in numbers if len(number) >= 2})
    order = sorted((-_SALIENCE[key] * _REPEATED[count], key) for key, count in counts.items())
    best = [key for _, key in order[:KEPT]]
    return Features({key: counts[key] for key in best}, {key: surfaces[key] for key in best if key in surfaces})


def _repeated(count: int) -> float:
    """What saying it again adds."""
    return 1 + 0.5 * math.log(count)


@cache
def _keys_of(language: str) -> Memo[str, tuple[tuple[str, str], ...]]:
    """What stands between two spaces -> the keys of its words in a language, each with its word."""
    return Memo(lambda piece: tuple((key, word) for word in _WORD.findall(piece) for key in _keys(word, language)))


def _keys(word: str, language: str) -> tuple[str, ...]:
    marks_names = not _UNCASED.match(word)
    if marks_names:
        word = word.partition("'")[0].partition("’")[0]
    folded = fold_text(word) if "-" in word else fold_word(word)
    about = concepts_of(folded, language)
    if marks_names and not word[0].isupper():
        return about
    if len(folded) < 3 or folded in stop_words(language):
        return about
    skeletons = (skeleton(part, language) for part in word.split("-"))
    return (*about, *(key for key in skeletons if len(key) >= 3))


def skeleton(word: str, language: str = "en") -> str:
    """Consonant classes of one word as it was written, doubles once, a final h dropped."""
    if _UNCASED.match(word):
        word = word.replace("ە", "").replace("ة", "")
        word = bare(fold_word(word), language).replace("تش", "چ")
    else:
        own = _OWN.get(language)
        word = fold_word(word.translate(own) if own else word)
        if "h" in word or "ck" in word:
            for pair, single in _DIGRAPHS:
                word = word.replace(pair, single)
        if not own:
            for letter, pattern, single in _ENGLISH:
                if letter in word:
                    word = pattern.sub(single, word)
    out = _DOUBLE.sub(r"\1", "".join(map(_CLASS.get, word, repeat(""))))
    return out.rstrip("H") or out


def _salience(key: str) -> float:
    """What a key would weigh if it were as rare as its form lets expect."""
    return scale(key) * -math.log(commonness(key) + 0.01)


def scale(key: str) -> float:
    """How far a kind of key is to be believed."""
    return {"#": 1.5, "@": 0.5, "=": 0.7}.get(key[0], 1.0)


@lru_cache(maxsize=200_000)
def commonness(key: str) -> float:
    """The share of articles that would have the key by chance, before any were counted."""
    if key[0] in "@=":
        return 0.1
    if key[0] == "#":
        year = len(key) == 5 and key.startswith(("#19", "#20"))
        return 0.2 if len(key) <= 3 else 0.1 if year else 0.03
    chance = float(_WORDS)
    for kind in key:
        chance *= _SHARE[kind]
    return min(0.9, chance)


_SALIENCE: Memo[str, float] = Memo(_salience, 200_000)
_REPEATED: Memo[int, float] = Memo(_repeated, 1_000)

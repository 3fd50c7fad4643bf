"""Names in any script -> consonant skeletons that meet: Trump, ترامب and ترەمپ are all TRMB.

Arabic and Hebrew script write few vowels and Latin all: what they agree on are the consonants,
in classes wide enough for transliteration (q/k/g, z/s, p/b ...).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
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
_ENGLISH = {
    "c": (("chr", "kr"), ("chl", "kl"), ("chn", "kn"), ("ch", "j"), ("ce", "se"), ("ci", "si"), ("cy", "sy"),
          ("c", "k")),
    "g": (("ge", "je"), ("gi", "ji"), ("gy", "jy")),
    "x": (("x", "ks"),),
}  # fmt: skip
_TWICE = re.compile(r"(.)(?=\1)")
_OWN = {
    "kmr": str.maketrans({"ç": "j", "c": "j", "x": "h", "Ç": "j", "C": "j", "X": "h"}),
    "tr": str.maketrans({"ç": "j", "c": "j", "ğ": "", "Ç": "j", "C": "j", "Ğ": ""}),
}
"""Letters that are read another way than in English."""
_WORD = re.compile(r"[^\W\d_]+(?:(?:[\u200c\u200d\u064b-\u0652\u0670]|['’-](?=[^\W\d_]))[^\W\d_]*)*")
"""Joiners and vowel signs stand within words: the fold drops them."""
_UNCASED = re.compile(r"[\u0590-\u06ff]")
KEPT = 80
"""Features of an article that are kept."""


Named = tuple[str, str]
"""A script-neutral key, and a word it was read from: `TRMB` is a name's skeleton, `@flood` a concept."""


def names_in(piece: str, language: str) -> tuple[Named, ...]:
    """Names (capitalised words of Latin script, all words of scripts that mark none) and concepts of what
    stands between two spaces."""
    words = _WORD.findall(piece.replace("\u0647\u200c", "ە"))
    return tuple([named for word in words for named in _parted(word, language)])


def named_by(word: str, folded: str, language: str) -> tuple[Named, ...]:
    """The same of a word without hyphen or apostrophe, and its folded form. A concept that begins a sentence is
    no name for its capital: Wezîrên, `ministers`, would be a Syrian. A script without capitals tells no two apart."""
    about = concepts_of(folded, language)
    cased = not _UNCASED.match(word)
    if (cased and (about or not word[0].isupper())) or len(folded) < 3 or folded in stop_words(language):
        return tuple([(key, word) for key in about]) if about else ()
    key = skeleton(word, language)
    return tuple([(key, word) for key in ((*about, key) if len(key) >= 3 else about)])


def foremost(counts: Mapping[str, int]) -> dict[str, int]:
    """Those features of an article that would weigh most, were all equally rare."""
    order = sorted((-_SALIENCE[key] * _REPEATED[count], key) for key, count in counts.items())
    return {key: counts[key] for _, key in order[:KEPT]}


def _repeated(count: int) -> float:
    """What saying it again adds."""
    return 1 + 0.5 * math.log(count)


def _parted(word: str, language: str) -> tuple[Named, ...]:
    """Of a word with its hyphens; what an apostrophe adds to a name is none of it."""
    cased = not _UNCASED.match(word)
    if cased:
        word = word.partition("'")[0].partition("’")[0]
    if "-" not in word:
        return named_by(word, fold_word(word), language)
    folded = fold_text(word)
    about = concepts_of(folded, language)
    if (cased and not word[0].isupper()) or folded in stop_words(language):
        return tuple([(key, word) for key in about])
    skeletons = (skeleton(part, language) for part in word.split("-"))
    return tuple([(key, word) for key in (*about, *(key for key in skeletons if len(key) >= 3))])


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
            for letter, readings in _ENGLISH.items():
                if letter in word:
                    for letters, single in readings:
                        word = word.replace(letters, single)
    out = _TWICE.sub("", "".join(map(_CLASS.get, word, repeat(""))))
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

"""Names in any script -> consonant skeletons that meet: Trump, ترامب and ترەمپ are all TRMB.

Arabic script writes few vowels and Latin all: what both agree on are the consonants, in classes
wide enough for transliteration (q/k/g, z/s, p/b ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.fold import fold_text

_DIGRAPHS = (
    ("kh", "h"),
    ("gh", "k"),
    ("sh", "s"),
    ("ch", "j"),
    ("th", "t"),
    ("dh", "d"),
    ("ph", "f"),
    ("ck", "k"),
)
_CLASS = {
    **dict.fromkeys("bpب\u067e", "B"), **dict.fromkeys("fvفڤ", "F"),
    **dict.fromkeys("tdتدطضذثظ", "T"), **dict.fromkeys("szxسزصش", "S"),
    **dict.fromkeys("kqgcكقگغ", "K"), **dict.fromkeys("jجچژ", "J"),
    "l": "L", "ل": "L", "r": "R", "ر": "R", "m": "M", "م": "M", "n": "N", "ن": "N",
    "h": "H", "ه": "H", "ح": "H", "خ": "H",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u200c\u200d\u064b-\u0652\u0670]|['-](?=[^\W\d_]))*")
"""Joiners and vowel signs stand within words: the fold drops them."""
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_ARTICLE = re.compile(r"^(?:[وفبكل]?ال|لل|[وبل](?=\w{4}))")


def skeleton(word: str) -> str:
    """Consonant classes of one folded word, doubles once, a final h dropped; '' below three."""
    for pair, single in _DIGRAPHS:
        word = word.replace(pair, single)
    out = ""
    for char in word:
        kind = _CLASS.get(char, "")
        if kind and not out.endswith(kind):
            out += kind
    out = out.rstrip("H") or out
    return out if len(out) >= 3 else ""


def names_in(text: str) -> Iterator[str]:
    """Skeletons of what may be a name: capitalised words in Latin script, all in Arabic script
    (which marks none), without the article."""
    for match in _WORD.finditer(text):
        word = match[0]
        arabic = bool(_ARABIC.match(word))
        if not arabic and not word[0].isupper():
            continue
        folded = fold_text(word)
        if arabic:
            folded = _ARTICLE.sub("", folded)
        key = skeleton(folded.replace("-", "").replace("'", ""))
        if key:
            yield key

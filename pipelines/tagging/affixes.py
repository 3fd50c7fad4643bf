"""What a word may take in front and behind and stay the same word, folded, per language.

Affixes are part of the pattern; nothing is stemmed: stems blur اتفاق with نفق and أمن with آمن.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CLITICS = "(?:و|نا|به|له)?"
PREFIX = {
    "ar": "[وف]?[بكل]?(?:ال|لل|ل)?",
    "ckb": _CLITICS,
    "fa": _CLITICS,
}
SUFFIX = {
    "ar": "(?:ي|يه|يين|يون|يان|يتين|يتان|ان|ين|ون|ات|ا|ه|ها|هم|هما|نا|يا|تين|تان|تي|تا|ت|اته|اتها|اتهما)?",
    "fa": "-?(?:ي|ها|هاي|هايي|ان|اني|ات|اتي|ش|شان|يي|اي|هاست|م|تر|ترين)?",
    "ckb": (
        "(?:كردن|كراو|كرد|كرا|كار)?ي{0,2}(?:يه|يهتي|هتي|ايهتي)?"
        "(?:يك|هك|هكه|يهكه|هكان|يهكان|كان|ان|يان|ات|ه|انه|هكانه)?(?:ي|يي|مان|تان|يان|م|ت|ين|ني)?"
        "(?:دا|هدا|هوه|وه|ش|يش|تر)?"
    ),
    "en": "(?:s|es|'s|s'|n|ns|'|ese)?",
    "kmr": (
        "(?:e|a|ya|ye|an|en|yan|yen|de|re|i|eke|ek|iya|iye|ane|ani|in|eya|yi|iyan|o|ed|ad|eda|ede|yede|"
        "yeda|anda|ande|iyen|iyeke|yeke|eki|aki|akir|kirin|kirina|dan|dana|ي|ا|يا|ين|يت|ان|ه|يي|يان)?"
    ),
    "tr": (
        "'?(?:l[iu]|s[iu]z|c[iu])?(?:l[iu][kg])?(?:l[ae]r)?(?:s?[iu]|[iu]m|l[ae]r[iu]|[iu]?m[iu]z|[iu]n[iu]z)?"
        "(?:n?[iu]n|y?[iuae]|n[iuae]|n?[dt][ae]n?|n?c[ae]|y?l[ae])?(?:ki(?:l[ae]r)?\\w{0,3}|d[iu]r|y?[dt][iu])?"
    ),
    "any": "(?:'s|s)?",
}

_PREFIXES = {language: re.compile(text) for language, text in PREFIX.items()}
_SUFFIXES = {language: re.compile(text) for language, text in SUFFIX.items()}


@lru_cache(maxsize=4096)
def prefix_goes(before: str, language: str) -> bool:
    """Whether letters in front of a word leave it the same word."""
    known = _PREFIXES.get(language)
    return known is not None and known.fullmatch(before) is not None


@lru_cache(maxsize=16384)
def suffix_goes(after: str, language: str) -> bool:
    """Whether letters behind a word leave it the same word; after an apostrophe any do, but in Arabic."""
    return _SUFFIXES[language].fullmatch(after) is not None or (after.startswith("'") and language != "ar")

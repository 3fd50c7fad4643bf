"""Which of our languages a text is in: whose words and endings may be looked for in it."""

from __future__ import annotations

import re
from functools import cache

from pipelines.tagging.lexicon import LANGUAGES

ARABIC_SCRIPT = frozenset({"ar", "ckb", "fa"})
SCRIPT = 60
"""Letters of the text, after the title, that show the script."""
SAMPLE = 500
"""Letters looked at: a title and a lead say enough."""

_ARABIC = re.compile("[\u0620-\u06ff]")
_LATIN = re.compile("[A-Za-z]")
_SORANI = re.compile("[ۆێڕڵە]|ه\u200c")
_PERSIAN = re.compile(r"[پچژگ]|\b(?:است|را|از|که|این|در|به|برای|با|شد)\b")
_ARABIC_WORDS = re.compile(r"[ةىأإ]|\bال\w|\b(?:في|من|على|أن|إلى|عن)\b")
_KURMANJI = re.compile(r"[êîûÊÎÛ]|\b(?:di|ji|bi|li|ku|ya|yê)\b")
_TURKISH = re.compile(r"[ığİöüĞ]|\b(?:ve|bir|ile|için|bu|da|olarak)\b")


def tongue(declared: str, title: str, text: str) -> str:
    """The declared language if it is one of ours and in the script of the text; else a guess by
    letters and little words, `en` where nothing tells."""
    start = f"{title} {text[:SCRIPT]}"
    arabic = len(_ARABIC.findall(start)) > len(_LATIN.findall(start))
    if declared in LANGUAGES and (declared in ARABIC_SCRIPT) == arabic:
        return declared
    sample = f"{title} {text[:SAMPLE]}"
    return _in_arabic_script(sample) if arabic else _in_latin_script(sample)


@cache
def looked_for(language: str) -> frozenset[str]:
    """Languages whose patterns may be found in a text of this one: its own, and those of the other
    script, which can only be found in words quoted from them."""
    others = {other for other in LANGUAGES if (other in ARABIC_SCRIPT) != (language in ARABIC_SCRIPT)}
    return frozenset({language, "any", *others})


def _in_arabic_script(sample: str) -> str:
    if len(_SORANI.findall(sample)) * 25 > len(sample):
        return "ckb"
    return "fa" if len(_PERSIAN.findall(sample)) > len(_ARABIC_WORDS.findall(sample)) else "ar"


def _in_latin_script(sample: str) -> str:
    kurmanji, turkish = len(_KURMANJI.findall(sample)), len(_TURKISH.findall(sample))
    if max(kurmanji, turkish) * 60 < len(sample):
        return "en"
    return "kmr" if kurmanji > turkish else "tr"

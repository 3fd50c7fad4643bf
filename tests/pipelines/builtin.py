"""The tagger of the built-in rule alone, made once for all tests of a process: its word lists take a while."""

from __future__ import annotations

from functools import cache

from pipelines.tagging.rules import builtin_rules, rule_from
from pipelines.tagging.tagger import Tagger


@cache
def tagger() -> Tagger:
    return Tagger([rule_from(builtin_rules()["security-cooperation"], origin="builtin")])

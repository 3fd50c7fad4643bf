"""Rules over articles: a verdict, and for every point the words that earned it."""

from pipelines.tagging.records import tag_record
from pipelines.tagging.rules import builtin_rules, failed_examples, rule_from, run_rule_tests
from pipelines.tagging.tagger import Tagger

__all__ = ["Tagger", "builtin_rules", "failed_examples", "rule_from", "run_rule_tests", "tag_record"]

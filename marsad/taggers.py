"""A configuration's tagger. Apart from the configuration, which is read by many that tag nothing."""

from __future__ import annotations

from collections.abc import Sequence

from marsad.config import Config
from marsad.models import load_models, models_file
from news.rule import Rule
from pipelines.tagging.tagger import Tagger


def tagger_of(config: Config, rules: Sequence[Rule] | None = None) -> Tagger:
    """A tagger with the configuration's word lists, for its rules or others. Raises ConfigError."""
    reranker = None
    if config.settings.tagging.model == "linear":
        reranker = load_models(models_file(config.store, config.file))
    return Tagger(config.rules if rules is None else rules, config.lexicons, reranker=reranker)

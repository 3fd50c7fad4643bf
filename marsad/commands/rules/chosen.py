"""Which rules a command is about: the configuration's, or the built-in ones without a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from marsad.commands.context import configuration
from news.errors import ConfigError, NewsError, UnknownName

if TYPE_CHECKING:
    from marsad.config import Config
    from news.rule import Rule
    from pipelines.tagging.tagger import Tagger


def chosen_rules(ctx: click.Context, name: str | None) -> Sequence[Rule]:
    """The configured rules, or the built-in ones without a configuration file; one by name."""
    return _named(_configured(ctx), name)


def chosen_tagger(ctx: click.Context, name: str | None) -> Tagger:
    """A tagger for those rules, with the configuration's word lists."""
    from marsad.taggers import tagger_of
    from pipelines.tagging.tagger import Tagger

    config = _configured(ctx)
    rules = _named(config, name)
    return Tagger(rules) if config is None else tagger_of(config, rules)


def _configured(ctx: click.Context) -> Config | None:
    try:
        return configuration(ctx, rules="examples")
    except ConfigError:
        from marsad.config import config_file

        if config_file(ctx.find_root().obj).exists():
            raise
        return None


def _named(config: Config | None, name: str | None) -> Sequence[Rule]:
    from pipelines.tagging.rules import builtin_rules, rule_from

    if config is None:
        rules = [rule_from(given, origin=key) for key, given in builtin_rules().items()]
    else:
        rules = list(config.rules)
    chosen = [rule for rule in rules if name in (None, rule.id)]
    if not chosen:
        raise none_of(rules, name)
    return chosen


def none_of(rules: Iterable[Rule], name: str | None) -> NewsError:
    """What is wrong where no rule was chosen: the name, or that there is none to choose from."""
    if name is None:
        return NewsError("the configuration has no rules", hint="Add one: rules: [{use: builtin/security-cooperation}]")
    return UnknownName("rule", name, [rule.id for rule in rules])

"""`marsad rules train`: the re-ranker learns from feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marsad import exits
from marsad.commands.context import answer_json, json_option, opened
from marsad.commands.rules.chosen import none_of
from news.errors import NewsError

if TYPE_CHECKING:
    from marsad.config import Config
    from news.rule import Rule
    from pipelines.tagging.linear import Features
    from storage import Store


@click.command("train")
@click.argument("name", required=False)
@json_option
@click.pass_context
def train(ctx: click.Context, name: str | None, as_json: bool) -> int:
    """Train the re-ranker of rule NAME (default: all) from feedback; used with `tagging: {model: linear}`."""
    from marsad.models import load_models, models_file, save_models
    from pipelines.tagging.linear import right_of
    from pipelines.tagging.linear import train as trained

    facts = []
    with opened(ctx, rules="words") as (config, store):
        rules = [rule for rule in config.rules if name in (None, rule.id)]
        if not rules:
            raise none_of(config.rules, name)
        file = models_file(config.store, config.file)
        models = dict(load_models(file).models)
        for rule in rules:
            examples = _examples(config, store, rule)
            try:
                model = trained(rule.id, examples)
            except NewsError as error:
                if name is not None:
                    raise
                click.echo(str(error), err=True)
                continue
            models[rule.id] = model
            right = right_of(examples, rule.id)
            facts.append(
                {"rule": rule.id, "relevant": model.relevant, "irrelevant": model.irrelevant, "right": round(right, 3)}
            )
        if facts:
            save_models(file, list(models.values()))
    if as_json:
        answer_json({"models": facts})
    for fact in () if as_json else facts:
        click.echo(
            f"{fact['rule']}: learnt from {fact['relevant']} relevant and {fact['irrelevant']} irrelevant; "
            f"judges {fact['right']:.0%} of those it has not seen rightly (five folds)"
        )
    if facts and not as_json and config.settings.tagging.model != "linear":
        click.echo("not used yet: set tagging: {model: linear}, then marsad retag --dry-run")
    return exits.OK if facts else exits.FAILED


def _examples(config: Config, store: Store, rule: Rule) -> list[tuple[Features, bool]]:
    """The last opinion on each story and missed article of the rule, as features."""
    from news.feedback import Opinion, latest
    from pipelines.tagging.linear import features_of
    from pipelines.tagging.tagger import Tagger

    wanted = {
        feedback.article_id: feedback.opinion is not Opinion.IRRELEVANT
        for feedback in latest(store.opinions.list(rule=rule.id))
        if feedback.article_id and feedback.opinion is not Opinion.DUPLICATE
    }
    tagger = Tagger([rule], config.lexicons)
    examples = []
    for article_id, _, article in store.index.articles(sorted(wanted)):
        tags = tagger.tag(article.title, article.text, article.language, article.outlet)
        if tags:
            examples.append((features_of(tags[0], article.title), wanted[article_id]))
    return examples

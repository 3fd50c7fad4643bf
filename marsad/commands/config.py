"""`marsad config check | show | init | schema`."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import click

from marsad import exits
from marsad.commands.context import answer_json, configuration, json_option


@click.command("check")
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    """Validate the file: keys, values, names, rules with their examples."""
    config = configuration(ctx, rules="examples")
    facts = {
        "file": str(config.file),
        "outlets": len(config.settings.outlets),
        "sources": len(config.sources),
        "rules": [rule.id for rule in config.rules],
        "receivers": sorted(config.receivers),
        "routes": [route.id for route in config.routes],
        "warnings": _warnings(config.settings.contact, bool(config.receivers), bool(config.routes)),
    }
    if as_json:
        answer_json(facts)
        return exits.OK
    click.echo(f"{config.file}: valid; outlets {facts['outlets']}, sources {facts['sources']},")
    click.echo(
        f"rules {', '.join(r.id for r in config.rules) or 'none'}; receivers {', '.join(config.receivers) or 'none'}"
    )
    for warning in _warnings(config.settings.contact, bool(config.receivers), bool(config.routes)):
        click.echo(f"note: {warning}")
    return exits.OK


def _warnings(contact: str, receivers: bool, routes: bool) -> list[str]:
    found = []
    if not contact:
        found.append("contact is empty: outlets cannot tell who visits them; please set it")
    if not receivers:
        found.append("no receiver is configured: matches are recorded, nobody is told")
    elif not routes:
        found.append("no route is configured: matches are recorded, nobody is told")
    return found


@click.command("show")
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> int:
    """Print the configuration in force, defaults filled in, secrets masked."""
    import yaml

    from marsad.config.masking import masked

    shown = masked(configuration(ctx))
    if as_json:
        answer_json(shown)
    else:
        click.echo(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False), nl=False)
    return exits.OK


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default="config.yaml")
def init(file: Path) -> int:
    """Write the annotated example to FILE (default config.yaml); never overwrites."""
    text = (files("marsad.config") / "example.yaml").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise click.UsageError(f"{file} exists already; nothing was overwritten") from None
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {file}; next: edit it, then marsad -c {file} config check")
    return exits.OK


@click.command("schema")
def schema() -> int:
    """Print the JSON Schema of the file, for editors."""
    from marsad.config.reference import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
    return exits.OK

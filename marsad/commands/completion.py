"""`marsad completion`: the shell completion script, made by click."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL: `eval "$(marsad completion bash)"`."""
    from marsad.commands import root

    maker = get_completion_class(shell)
    assert maker is not None
    click.echo(maker(root, {}, "marsad", "_MARSAD_COMPLETE").source())

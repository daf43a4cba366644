"""`bill completion`: what makes a shell complete commands, resources and fields."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_BILL_COMPLETE"


@click.command("completion", epilog='For bash: eval "$(bill completion bash)" in ~/.bashrc; likewise zsh and fish.')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete `bill`."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  the choices are click's own
    click.echo(kind(ctx.find_root().command, {}, "bill", VARIABLE).source())

"""The `fanfare` command."""

import sys

import click

from push import __version__
from push.command.accounts import app, key
from push.command.doctor import doctor
from push.command.numbers import recount
from push.command.processes import api, dashboard, sandbox, worker
from push.command.up import up
from push.errors import PushError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fanfare")
def fanfare() -> None:
    """Push campaigns, an inbox and honest numbers, on your own machines.

    New here? `fanfare up --demo` brings everything along, simulated phones included.
    """


for command in (up, api, worker, dashboard, sandbox, app, key, recount, doctor):
    fanfare.add_command(command)


def main() -> None:
    """What went wrong for a known reason is said in a sentence, without a traceback."""
    try:
        fanfare()
    except PushError as error:
        click.secho(f"fanfare: {error}", fg="red", err=True)
        sys.exit(1)

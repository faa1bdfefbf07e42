"""One process each, for production: a container runs one of these."""

import os
import sys
from typing import NoReturn

import click

from push.command.home import home_of
from push.command.logs import log_as_lines


@click.command()
def api() -> NoReturn:
    """Serve the HTTP API (FANFARE_API_HOST, FANFARE_API_PORT)."""
    _become("api")


@click.command()
def dashboard() -> NoReturn:
    """Serve the dashboard (FANFARE_API_URL, FANFARE_DASHBOARD_HOST, FANFARE_DASHBOARD_PORT)."""
    _become("dashboard")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def sandbox(options: tuple[str, ...]) -> NoReturn:
    """Stand-in FCM and Web Push services and simulated phones (--help lists its options)."""
    _become("sdk_contracts.sandbox", *options)


@click.command()
def worker() -> None:
    """Plan and send what was launched, until SIGTERM."""
    # Only here: the other commands need neither senders nor their libraries.
    import uvloop

    from push.worker import run

    log_as_lines()
    uvloop.run(run(home_of(os.environ).settings(os.environ)))


def _become(module: str, *options: str) -> NoReturn:
    """Same process, so that signals reach it without a middleman. The engine imports none of its doors."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *options])  # noqa: S606 - a fixed list, no shell

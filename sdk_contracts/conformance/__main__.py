"""`python -m sdk_contracts.conformance server …` and `… sdk -- COMMAND`."""

import sys

import click

from sdk_contracts.conformance.checklist import Verdict
from sdk_contracts.conformance.report import told
from sdk_contracts.conformance.sdk.all import run_sdk_checks
from sdk_contracts.conformance.server.all import run_server_checks


@click.group()
def main() -> None:
    """Does a server, or an SDK, keep the phone's contract? Ends with 1 when something does not."""


@main.command()
@click.option("--url", required=True, help="Where the API is.")
@click.option("--publishable-key", required=True, help="ffp_…, of an app made for this: devices come and go in it.")
@click.option("--secret-key", help="ffs_… that may send messages; without it the inbox is not checked.")
@click.option("--identity-secret", envvar="FANFARE_IDENTITY_SECRET", help="For an app that verifies identities.")
@click.option("--only", default="", help="Only the checks whose group or text holds this.")
def server(url: str, publishable_key: str, secret_key: str | None, identity_secret: str | None, only: str) -> None:
    """Play phones against a server."""
    outcomes = told(run_server_checks(url, publishable_key, secret_key, identity_secret, only))
    sys.exit(any(outcome.verdict is Verdict.FAIL for outcome in outcomes))


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--only", default="", help="Only the checks whose group or text holds this.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def sdk(only: str, command: tuple[str, ...]) -> None:
    """Drive an SDK: COMMAND starts its adapter, which README.md beside this file describes."""
    outcomes = told(run_sdk_checks(command, only))
    sys.exit(any(outcome.verdict is Verdict.FAIL for outcome in outcomes))


if __name__ == "__main__":
    main()

"""All checks of a server. Importing a module of checks puts them on the list; their order here is the report's."""

import contextlib
from collections.abc import Iterator

from sdk_contracts.conformance.checklist import Outcome
from sdk_contracts.conformance.server import CHECKS, devices, events, inbox, people, refusals, stream
from sdk_contracts.conformance.server.stage import Stage

__all__ = ["devices", "events", "inbox", "people", "refusals", "run_server_checks", "stream"]


def run_server_checks(
    url: str, publishable_key: str, secret_key: str | None, identity_secret: str | None = None, only: str = ""
) -> Iterator[Outcome]:
    """Check the server at `url`, one outcome after the other."""
    with contextlib.closing(Stage(url, publishable_key, secret_key, identity_secret)) as stage:
        yield from CHECKS.run(stage, only)

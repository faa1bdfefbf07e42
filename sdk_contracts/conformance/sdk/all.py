"""All checks of an SDK. Importing a module of checks puts them on the list; their order here is the report's."""

from collections.abc import Iterator, Sequence

from sdk_contracts.conformance.checklist import Outcome
from sdk_contracts.conformance.sdk import CHECKS, inbox, pushes, registering, reporting, waiting
from sdk_contracts.conformance.sdk.bench import Bench

__all__ = ["inbox", "pushes", "registering", "reporting", "run_sdk_checks", "waiting"]


def run_sdk_checks(command: Sequence[str], only: str = "") -> Iterator[Outcome]:
    """Check the SDK whose adapter this command starts, one outcome after the other."""
    yield from CHECKS.run(Bench(command), only)

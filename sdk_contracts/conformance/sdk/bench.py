"""What a check of an SDK works with: fresh stand-ins, fresh installations, patience."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from sdk_contracts.conformance.checklist import NotOffered, equal, expect
from sdk_contracts.conformance.sdk.driver import Driver
from sdk_contracts.conformance.sdk.serving import StandIn

T = TypeVar("T")
PATIENCE_SECONDS = 60.0


class Pair(Struct):
    """An SDK and the server it speaks to. `restart` ends the one without a word, and starts it over its own memory."""

    command: Sequence[str]
    storage: Path
    server: StandIn
    sdk: Driver

    def restart(self) -> None:
        self.sdk.kill()
        self.sdk = Driver(self.command, self.storage)
        self.sdk.start(self.server.url)

    def need(self, capability: str) -> None:
        """Raises NotOffered."""
        if capability not in self.sdk.capabilities:
            raise NotOffered(f"the SDK does not say that it can do `{capability}`")


class Bench:
    """Makes pairs of the SDK under test and a server."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    @contextlib.contextmanager
    def pair(self, registered: bool = True) -> Iterator[Pair]:
        """A fresh pair. At its end, whatever was sent must fit the contract, and no event may have changed."""
        with tempfile.TemporaryDirectory(prefix="fanfare-conformance-") as directory:
            server = StandIn()
            pair = Pair(self._command, Path(directory), server, Driver(self._command, Path(directory)))
            try:
                pair.sdk.start(server.url)
                if registered:
                    pair.sdk.do("register")
                yield pair
                equal(server.api.complaints, [], "what the contract does not allow")
                changed = {
                    name: them for name, them in server.event_bodies().items() if any(x != them[0] for x in them)
                }
                equal(changed, {}, "events that were sent with different bodies under one id")
            finally:
                pair.sdk.kill()
                server.close()


def eventually(question: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is true. Raises Unfit when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        expect(time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)
    return answer

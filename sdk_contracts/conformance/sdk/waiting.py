"""Waiting: what the server asks for, longer each time, and never all in the same moment."""

import contextlib
import time

from sdk_contracts.conformance.checklist import expect
from sdk_contracts.conformance.sdk import CHECKS
from sdk_contracts.conformance.sdk.bench import Bench, Pair, eventually
from sdk_contracts.conformance.sdk.misbehaviour import Refuse

GROUP = "waiting"
EVENTS = "/v1/events"
TOGETHER = 5
"""SDKs that are refused at the same time."""
LEAST_SPREAD_SECONDS = 0.1
MOST_IN_FIVE_SECONDS = 12


@CHECKS.item(GROUP)
def as_asked(bench: Bench) -> None:
    """429 with Retry-After: nothing is sent before that time is over, whatever else happens; then it arrives."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Refuse(429, "3"))
        pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
        eventually(lambda: pair.server.calls("POST", EVENTS), "the first try")
        pair.sdk.do("report", kind="opened", delivery_id="dlv_2")
        expect(_pause(pair) >= 3.0, f"came back after {_pause(pair):.2f} s, asked to wait 3")
        eventually(lambda: len(pair.server.api.events) >= 2, "both events")


@CHECKS.item(GROUP)
def as_asked_after_a_restart(bench: Bench) -> None:
    """A restart does not make it forget what it was asked to wait."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Refuse(503, "5"))
        pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
        eventually(lambda: pair.server.calls("POST", EVENTS), "the first try")
        time.sleep(1)  # The answer must have been read, and what it asks for remembered.
        pair.restart()
        expect(_pause(pair) >= 5.0, f"came back after {_pause(pair):.2f} s, asked to wait 5")


@CHECKS.item(GROUP)
def by_itself(bench: Bench) -> None:
    """503 without Retry-After: it comes back by itself, and not like a hammer."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Refuse(503), times=float("inf"))
        pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
        eventually(lambda: len(pair.server.calls("POST", EVENTS)) >= 2, "a second try")
        time.sleep(5)
        tries = len(pair.server.calls("POST", EVENTS))
        expect(tries <= MOST_IN_FIVE_SECONDS, f"{tries} tries in about five seconds")


@CHECKS.item(GROUP)
def not_together(bench: Bench) -> None:
    """Many that are refused in the same moment do not come back in the same moment."""
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(bench.pair()) for _ in range(TOGETHER)]
        for pair in pairs:
            pair.server.misbehave("POST", EVENTS, Refuse(503, "1"))
            pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
        pauses = sorted(_pause(pair) for pair in pairs)
        expect(pauses[0] >= 1.0, f"one came back after {pauses[0]:.2f} s, asked to wait 1")
        spread = pauses[-1] - pauses[0]
        expect(spread > LEAST_SPREAD_SECONDS, f"they came back after {', '.join(f'{pause:.3f}' for pause in pauses)} s")


def _pause(pair: Pair) -> float:
    """Seconds between the first two tries."""
    calls = eventually(
        lambda: pair.server.calls("POST", EVENTS)[1:] and pair.server.calls("POST", EVENTS), "a second try"
    )
    return calls[1].at - calls[0].at

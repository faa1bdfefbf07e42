"""Pushes: shown once, and reported with their receipt."""

from typing import Any

from sdk_contracts.conformance.checklist import equal
from sdk_contracts.conformance.sdk import CHECKS
from sdk_contracts.conformance.sdk.bench import Bench, eventually

GROUP = "pushes"


@CHECKS.item(GROUP)
def shown_once(bench: Bench) -> None:
    """A delivery_id is shown once, however often it comes."""
    with bench.pair() as pair:
        shown = [pair.sdk.do("push", payload=_push(1))["shown"] for _ in range(3)]
        equal(shown, [True, False, False], "shown")
        equal(pair.sdk.do("push", payload=_push(2))["shown"], True, "another delivery")


@CHECKS.item(GROUP)
def shown_once_for_ever(bench: Bench) -> None:
    """What was shown before the process ended is not shown again after it."""
    with bench.pair() as pair:
        pair.sdk.do("push", payload=_push(1))
        pair.restart()
        equal(pair.sdk.do("push", payload=_push(1))["shown"], False, "shown after a restart")


@CHECKS.item(GROUP)
def reported(bench: Bench) -> None:
    """`received` and `displayed` are reported once, with the receipt and without a key."""
    with bench.pair() as pair:
        for _ in range(2):
            pair.sdk.do("push", payload=_push(1))
        eventually(lambda: len(pair.server.api.events) >= 2, "the push to be reported")
        reports = sorted((event["kind"], event.get("receipt")) for event in pair.server.api.events)
        equal(reports, [("displayed", "ffr_1"), ("received", "ffr_1")], "kinds and receipts")
        keys = {call.headers.get("authorization") for call in pair.server.calls("POST", "/v1/events")}
        equal(keys, {None}, "the key of reports with a receipt")


@CHECKS.item(GROUP)
def newer_payload(bench: Bench) -> None:
    """A payload with fields of a later version is shown."""
    with bench.pair() as pair:
        payload = {**_push(1), "field_of_a_later_version": [1]}
        equal(pair.sdk.do("push", payload=payload)["shown"], True, "shown")


def _push(number: int) -> dict[str, Any]:
    about = {"delivery_id": f"dlv_{number}", "receipt": f"ffr_{number}"}
    return {**about, "title": "Hello", "body": "Warm", "actions": [{"id": "buy", "label": "Buy"}], "data": {"a": "b"}}

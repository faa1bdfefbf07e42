"""Events: stored before they are sent, never changed, never lost, never twice."""

import msgspec

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.sdk import CHECKS
from sdk_contracts.conformance.sdk.bench import Bench, Pair, eventually
from sdk_contracts.conformance.sdk.misbehaviour import Drop, Lose, Refuse

GROUP = "events"
EVENTS = "/v1/events"
LARGEST_BATCH = 500


@CHECKS.item(GROUP)
def arrives(bench: Bench) -> None:
    """What is reported arrives with the device key, and what belongs to it."""
    with bench.pair() as pair:
        pair.sdk.do("report", kind="clicked", delivery_id="dlv_1", action_id="buy")
        pair.sdk.do("report", kind="converted", delivery_id="dlv_1", name="order", value=12.5, currency="EUR")
        clicked, converted = sorted(_arrived(pair, 2), key=lambda event: str(event["kind"]))
        equal((clicked["delivery_id"], clicked["action_id"]), ("dlv_1", "buy"), "the click")
        bought = (converted["name"], converted["value"], converted["currency"])
        equal(bought, ("order", 12.5, "EUR"), "the conversion")
        equal(
            {call.headers.get("authorization") for call in pair.server.calls("POST", EVENTS)}, {"Bearer ffd_1"}, "key"
        )


@CHECKS.item(GROUP)
def one_id(bench: Bench) -> None:
    """The same happening has one event_id, another has another; one may convert more than once."""
    with bench.pair() as pair:
        for kind in ("opened", "opened", "clicked", "converted", "converted"):
            pair.sdk.do("report", kind=kind, delivery_id="dlv_1")
        pair.sdk.do("report", kind="opened", delivery_id="dlv_2")
        _arrived(pair, 5)
        pair.sdk.do("report", kind="opened", delivery_id="dlv_1")  # It was sent: nothing new has happened.
        pair.sdk.do("report", kind="opened", delivery_id="dlv_3")
        _arrived(pair, 6)
        kinds = sorted((them[0]["kind"], them[0]["delivery_id"]) for them in pair.server.event_bodies().values())
        once = [("clicked", "dlv_1"), ("converted", "dlv_1"), ("converted", "dlv_1"), ("opened", "dlv_1")]
        equal(kinds, [*once, ("opened", "dlv_2"), ("opened", "dlv_3")], "happenings, by id")


@CHECKS.item(GROUP)
def offline(bench: Bench) -> None:
    """Reports made without a connection are taken at once, and arrive by themselves when it is back."""
    with bench.pair() as pair:
        with pair.server.away():
            for number in range(3):
                pair.sdk.do("report", kind="opened", delivery_id=f"dlv_{number}")
        _arrived(pair, 3)


@CHECKS.item(GROUP)
def survives_the_end(bench: Bench) -> None:
    """What was reported and not sent survives the end of the process."""
    with bench.pair() as pair:
        with pair.server.away():
            pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
            pair.sdk.kill()
        pair.restart()
        (event,) = _arrived(pair, 1)
        equal(event["delivery_id"], "dlv_1", "the event")


@CHECKS.item(GROUP)
def answer_lost(bench: Bench) -> None:
    """An event whose answer was lost is sent again, exactly as it was."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Lose(), times=2)
        pair.sdk.do("report", kind="opened", delivery_id="dlv_1")
        eventually(lambda: len(pair.server.calls("POST", EVENTS)) >= 3, "the event to be sent again")
        (bodies,) = pair.server.event_bodies().values()
        expect(len(bodies) >= 3, f"sent {len(bodies)} times")


@CHECKS.item(GROUP)
def batches(bench: Bench) -> None:
    """600 waiting events go in batches of at most 500, each once."""
    with bench.pair() as pair:
        with pair.server.away():
            for number in range(600):
                pair.sdk.do("report", kind="opened", delivery_id=f"dlv_{number}")
        pair.server.seen.clear()
        pair.sdk.do("report", kind="opened", delivery_id="dlv_last")
        _arrived(pair, 601)
        sizes = [len(msgspec.json.decode(call.body)["events"]) for call in pair.server.calls("POST", EVENTS)]
        expect(max(sizes) <= LARGEST_BATCH, f"batches of {sizes}")
        equal(sum(sizes), 601, "events sent")


@CHECKS.item(GROUP)
def poison(bench: Bench) -> None:
    """An event that the server refuses for good is given up, and keeps no other from arriving."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Refuse(400), times=100, when=lambda body: b"dlv_poison" in body)
        with pair.server.away():
            for name in ("dlv_1", "dlv_poison", "dlv_2"):
                pair.sdk.do("report", kind="opened", delivery_id=name)
        pair.sdk.do("report", kind="opened", delivery_id="dlv_3")
        names = {event["delivery_id"] for event in _arrived(pair, 3)}
        equal(names, {"dlv_1", "dlv_2", "dlv_3"}, "what arrived")
        pair.sdk.do("report", kind="opened", delivery_id="dlv_4")
        _arrived(pair, 4)
        poisoned = [
            call
            for call in pair.server.calls("POST", EVENTS)
            if b"dlv_poison" in call.body and isinstance(call.treated, Refuse)
        ]
        expect(len(poisoned) <= 4, f"what was refused for good was sent {len(poisoned)} times")


@CHECKS.item(GROUP)
def cut_in_the_middle(bench: Bench) -> None:
    """Nothing is lost when connections break again and again."""
    with bench.pair() as pair:
        pair.server.misbehave("POST", EVENTS, Drop())
        pair.server.misbehave("POST", EVENTS, Lose())
        pair.server.misbehave("POST", EVENTS, Refuse(500))
        for number in range(5):
            pair.sdk.do("report", kind="opened", delivery_id=f"dlv_{number}")
        _arrived(pair, 5)


def _arrived(pair: Pair, count: int) -> list[dict[str, object]]:
    """One body for each event that the server has stored, once there are so many."""

    def stored() -> list[dict[str, object]]:
        by_id = {str(event["event_id"]): event for event in list(pair.server.api.events)}
        return list(by_id.values()) if len(by_id) >= count else []

    return eventually(stored, f"{count} events to arrive; there are {len(pair.server.api.events)}")

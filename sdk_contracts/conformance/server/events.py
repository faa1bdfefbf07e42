"""What devices report."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import Phone, Stage, fresh, refused
from sdk_contracts.wire.events import EventsAccepted

GROUP = "events"


@CHECKS.item(GROUP)
def counts_once(stage: Stage) -> None:
    """An event is stored once, however often and under however many ids it is reported."""
    phone, (item,) = stage.reader("One")
    opened = _event("opened", delivery_id=item.delivery_id)
    for expected in ((1, 0), (0, 1), (0, 1)):
        answer = _report(stage, phone, opened)
        equal((answer.accepted, answer.duplicates), expected, "accepted, duplicates")
    late = _event("opened", delivery_id=item.delivery_id)
    equal(_report(stage, phone, late).duplicates, 1, "duplicates under another event_id")


@CHECKS.item(GROUP)
def one_bad_event(stage: Stage) -> None:
    """One bad event in a batch is rejected by its index, and the others are stored."""
    phone, (item,) = stage.reader("One")
    _, (foreign,) = stage.reader("Somebody else's")
    answer = _report(
        stage,
        phone,
        _event("opened", delivery_id="dlv_nothing"),
        _event("opened", delivery_id=item.delivery_id),
        _event("opened", delivery_id=foreign.delivery_id),
        _event("clicked", receipt="ffr_forged"),
    )
    equal(answer.accepted, 1, "accepted")
    equal([each.index for each in answer.rejected], [0, 2, 3], "rejected")
    expect(all(each.detail for each in answer.rejected), "a rejection says why")


@CHECKS.item(GROUP)
def every_kind(stage: Stage) -> None:
    """Every kind of event is taken, with what belongs to it."""
    phone, (item,) = stage.reader("One")
    about = {"delivery_id": item.delivery_id}
    plain = [_event(kind, **about) for kind in ("received", "displayed", "opened", "dismissed", "acknowledged")]
    clicked = _event("clicked", action_id="buy", **about)
    converted = _event("converted", name="order", value=12.5, currency="EUR", **about)
    answer = _report(stage, phone, *plain, clicked, converted)
    equal((answer.accepted, answer.rejected), (7, []), "accepted, rejected")


@CHECKS.item(GROUP)
def who_may(stage: Stage) -> None:
    """Without a device key every event needs its receipt, and a bad key is no key: 401."""
    body = {"events": [_event("opened", delivery_id="dlv_1")]}
    refused(stage.call("POST", "/v1/events", None, body), 401)
    refused(stage.call("POST", "/v1/events", "ffd_bad", body), 401)


@CHECKS.item(GROUP)
def batch_sizes(stage: Stage) -> None:
    """A batch holds 1 to 500 events; more, or none, is refused with 400."""
    phone = stage.phone()
    for count, status in ((500, 202), (0, 400), (501, 400)):
        events = [_event("opened", delivery_id="dlv_nothing") for _ in range(count)]
        equal(stage.call("POST", "/v1/events", phone.key, {"events": events}).status_code, status, f"{count} events")


@CHECKS.item(GROUP)
def bad_events(stage: Stage) -> None:
    """An event with an unknown kind, an unknown field or an impossible time is refused with 400 and a pointer."""
    phone = stage.phone()
    good = _event("opened", delivery_id="dlv_1")
    for change in ({"kind": "licked"}, {"colour": "red"}, {"at": "yesterday"}, {"value": "much"}):
        problem = refused(stage.call("POST", "/v1/events", phone.key, {"events": [{**good, **change}]}), 400)
        expect(problem.errors and problem.errors[0].pointer.startswith("/events/0"), f"{change}: {problem.errors}")


def _event(kind: str, **fields: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(seconds=1)
    return {"event_id": fresh("event"), "kind": kind, "at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", **fields}


def _report(stage: Stage, phone: Phone, *events: dict[str, Any]) -> EventsAccepted:
    return stage.ask(EventsAccepted, 202, "POST", "/v1/events", phone.key, {"events": list(events)})

"""What counts as the same report, and what of it is kept."""

from datetime import timedelta
from typing import Any

import pytest

from push.engagement.model import Report
from push.ids import new_id
from push.ledger.model import delivery_id
from tests.unit.push.making import APP, NOON

CAMPAIGN = new_id("cmp")
PUSH = delivery_id(CAMPAIGN, "push", new_id("dev"))
INBOX = delivery_id(CAMPAIGN, "inbox", new_id("per"))


def report(**fields: Any) -> Report:
    given: dict[str, Any] = {
        "app_id": APP,
        "delivery_id": PUSH,
        "kind": "opened",
        "at": NOON,
        "event_id": "1",
        "platform": "android",
        **fields,
    }
    return Report(**given)


def test_the_same_step_of_a_delivery_is_one_whenever_and_by_whichever_event_it_comes() -> None:
    assert report().key == report(event_id="2", at=NOON + timedelta(days=3)).key


def test_another_step_or_another_delivery_is_another_one() -> None:
    keys = {report().key, report(kind="clicked").key, report(delivery_id=INBOX).key}
    assert len(keys) == 3


def test_only_conversions_come_more_than_once() -> None:
    kinds = ("received", "displayed", "opened", "clicked", "dismissed", "converted", "acknowledged")
    assert [kind for kind in kinds if report(kind=kind).repeats] == ["converted"]


@pytest.mark.parametrize(
    ("fields", "confirms"),
    [
        ({"kind": "received", "platform": "ios"}, True),
        ({"kind": "received", "platform": None}, True),
        ({"kind": "received", "platform": "android"}, False),
        ({"kind": "received", "platform": "web"}, False),
        ({"kind": "opened", "platform": "ios"}, False),
        ({"kind": "received", "platform": "ios", "delivery_id": INBOX}, False),
    ],
)
def test_a_push_that_arrived_where_nobody_could_promise_it_makes_it_confirmable(
    fields: dict[str, Any], confirms: bool
) -> None:
    assert report(**fields).confirms is confirms


def test_what_is_kept_says_where_it_belongs_and_nothing_that_was_not_said() -> None:
    received = NOON + timedelta(seconds=1)
    assert report().document(received) == {
        "campaign_id": CAMPAIGN,
        "delivery_id": PUSH,
        "kind": "opened",
        "event_id": "1",
        "at": NOON,
        "received_at": received,
    }
    bought = report(kind="converted", name="order", value=0.0, currency="EUR", action_id="buy").document(received)
    assert (bought["name"], bought["value"], bought["currency"], bought["action_id"]) == ("order", 0.0, "EUR", "buy")

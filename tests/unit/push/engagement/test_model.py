"""What counts as the same report, and what of it is kept."""

from datetime import timedelta
from typing import Any

import pytest

from push.engagement.buckets import Bucket, buckets_of, packed, renamed, unpacked
from push.engagement.model import Report, confirms
from push.ids import new_id
from push.ledger.model import delivery_id
from tests.unit.push.making import APP, NOON, device

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
        **fields,
    }
    return Report(**given)


def test_a_conversion_is_the_same_by_its_event_whenever_it_comes() -> None:
    bought = report(kind="converted")
    assert bought.event_key == report(kind="converted", at=NOON + timedelta(days=3)).event_key
    others = (report(kind="converted", event_id="2"), report(kind="converted", delivery_id=INBOX))
    assert bought.event_key not in {other.event_key for other in others}


def test_a_device_tells_of_its_own_deliveries_and_whoever_has_a_receipt_of_that_one() -> None:
    theirs, stranger = device(id=f"dev_{PUSH[29:]}"), device(person_id=new_id("per"))
    row = {"_id": PUSH, "person_id": theirs.person_id}
    assert report().may_tell(row)
    assert report(keyed=True, device=theirs).may_tell(row)
    assert not report(keyed=True, device=stranger).may_tell(row)
    assert not report(keyed=True).may_tell(row)
    in_inbox = {"_id": INBOX, "person_id": stranger.person_id}
    assert report(delivery_id=INBOX, keyed=True, device=stranger).may_tell(in_inbox)
    assert not report(delivery_id=INBOX, keyed=True, device=theirs).may_tell(in_inbox)


def test_only_conversions_come_more_than_once() -> None:
    kinds = ("received", "displayed", "opened", "clicked", "dismissed", "converted", "acknowledged")
    assert [kind for kind in kinds if report(kind=kind).repeats] == ["converted"]


@pytest.mark.parametrize(
    ("kind", "channel", "platform", "expected"),
    [
        ("received", "push", "ios", True),
        ("received", "push", None, True),
        ("received", "push", "android", False),
        ("received", "push", "web", False),
        ("opened", "push", "ios", False),
        ("received", "inbox", "ios", False),
    ],
)
def test_a_push_that_arrived_where_nobody_could_promise_it_makes_it_confirmable(
    kind: str, channel: str, platform: str | None, expected: bool
) -> None:
    assert confirms(kind, channel, platform) is expected


def test_what_is_kept_says_where_it_belongs_and_nothing_that_was_not_said() -> None:
    assert report().document() == {
        "campaign_id": CAMPAIGN,
        "delivery_id": PUSH,
        "kind": "opened",
        "event_id": "1",
        "at": NOON,
    }
    bought = report(kind="converted", name="order", value=0.0, currency="EUR", action_id="buy").document()
    assert (bought["name"], bought["value"], bought["currency"], bought["action_id"]) == ("order", 0.0, "EUR", "buy")


def test_an_event_comes_out_of_its_bucket_as_it_went_in_and_under_nobodys_name_once_it_is_erased() -> None:
    bucket = Bucket(CAMPAIGN)
    start, stop = buckets_of(CAMPAIGN)
    assert start < bucket.id < stop
    bucket.events += [packed(each, report(delivery_id=each).event()) for each in (PUSH, INBOX)]
    stored = {"_id": bucket.id, "campaign_id": CAMPAIGN, "received_at": NOON, "events": bucket.events}
    out = unpacked(stored)
    assert out[0] == {"_id": f"{PUSH}:opened", "received_at": NOON, **report().document()}
    nobodys = delivery_id(CAMPAIGN, "push", new_id("dev"))
    erased = unpacked({**stored, "events": renamed(stored, {PUSH: nobodys})})
    assert erased[0] == {**out[0], "_id": f"{nobodys}:opened", "delivery_id": nobodys, "event_id": "erased"}
    assert erased[1] == out[1]

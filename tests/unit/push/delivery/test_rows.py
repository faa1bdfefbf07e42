"""Who of a page gets a ledger row on which channel, planned or skipped (check 26)."""

from push.delivery.rows import deviceless_rows, person_rows, push_rows
from push.ids import new_id
from push.ledger.model import delivery_id
from push.people.model import CategoryPreference, Gate, Person, Preferences
from tests.unit.push.making import APP, NOON, campaign, device

PROMOTION = campaign(kind="promotion", category="offers")
WILLING = Gate(consent=True)


def test_every_device_gets_a_row_and_who_may_not_be_sent_to_is_skipped_with_the_reason() -> None:
    page = [device(gate=WILLING), device(opted_in=False), device(gate=Gate())]
    rows = push_rows(PROMOTION, page, NOON)
    assert [row["_id"] for row in rows] == [delivery_id(PROMOTION.id, "push", each.id) for each in page]
    assert [row["state"] for row in rows] == ["planned", "skipped", "skipped"]
    assert [row.get("reason") for row in rows] == [None, "opted_out", "no_consent"]
    assert [row.get("end") for row in rows] == [None, "skipped", "skipped"]


def test_a_row_names_all_that_is_asked_of_it_later() -> None:
    phone = device()
    (row,) = push_rows(PROMOTION, [phone], NOON)
    assert row == {
        "_id": delivery_id(PROMOTION.id, "push", phone.id),
        "app_id": APP,
        "campaign_id": PROMOTION.id,
        "channel": "push",
        "person_id": phone.person_id,
        "device_id": phone.id,
        "platform": "android",
        "locale": None,
        "state": "planned",
        "planned_at": NOON,
    }


def test_two_devices_of_one_person_are_two_pushes_and_one_inbox_item() -> None:
    ann = new_id("per")
    page = [device(person_id=ann), device(person_id=ann), device()]
    assert len(push_rows(PROMOTION, page, NOON)) == 3
    rows = person_rows(PROMOTION, page, NOON)
    assert sorted(row["person_id"] for row in rows) == sorted({ann, page[2].person_id})
    (anns,) = (row for row in rows if row["person_id"] == ann)
    assert anns["device_id"] == page[0].id


def test_an_inbox_needs_no_address_and_no_permission_to_push() -> None:
    (row,) = person_rows(PROMOTION, [device(address=None, opted_in=False)], NOON)
    assert row["state"] == "planned"


def test_what_is_muted_on_one_channel_goes_out_on_the_other() -> None:
    phone = device(gate=Gate(consent=True, muted=("inbox:offers",)))
    assert push_rows(PROMOTION, [phone], NOON)[0]["state"] == "planned"
    assert person_rows(PROMOTION, [phone], NOON)[0]["reason"] == "category_muted"


def test_a_campaign_writes_rows_on_its_own_channels_only() -> None:
    page = [device()]
    pushed, kept = campaign(channels=("push",)), campaign(channels=("inbox",))
    assert (len(push_rows(pushed, page, NOON)), len(person_rows(pushed, page, NOON))) == (1, 0)
    assert (len(push_rows(kept, page, NOON)), len(person_rows(kept, page, NOON))) == (0, 1)
    assert deviceless_rows(pushed, [Person(id=new_id("per"), app_id=APP, created_at=NOON)], NOON) == []


def test_a_person_without_a_device_gets_it_in_the_inbox_if_they_may() -> None:
    muted = Preferences(categories={"offers": CategoryPreference(inbox=False)})
    people = [
        Person(id=new_id("per"), app_id=APP, created_at=NOON, external_id="ann"),
        Person(id=new_id("per"), app_id=APP, created_at=NOON, external_id="bob", preferences=muted),
    ]
    rows = deviceless_rows(campaign(category="offers"), people, NOON)
    assert [(row["state"], row.get("reason")) for row in rows] == [("planned", None), ("skipped", "category_muted")]
    assert all(row["device_id"] is None and row["platform"] is None for row in rows)


def test_letters_are_planned_a_person_each_beside_the_inbox_and_by_their_own_preference() -> None:
    muted = Gate(muted=("email:news",))
    page = [*(device(person_id="per_1", gate=muted) for _ in range(2)), device(person_id="per_2")]
    rows = person_rows(campaign(channels=("inbox", "email"), category="news"), page, NOON)
    assert {(row["channel"], row["person_id"], row["state"]) for row in rows} == {
        ("inbox", "per_1", "planned"),
        ("inbox", "per_2", "planned"),
        ("email", "per_1", "skipped"),
        ("email", "per_2", "planned"),
    }
    assert len(rows) == 4
    broadcast = person_rows(campaign(channels=("inbox", "email"), broadcast=True), page, NOON)
    assert {row["channel"] for row in broadcast} == {"email"}

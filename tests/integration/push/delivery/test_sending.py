"""A campaign on its way to phones, and what becomes of it on every answer."""

import asyncio

import pytest

from push.devices.model import FcmToken
from push.ids import new_id
from push.people.model import Gate
from sdk_contracts.sandbox import WebPushStandIn
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.devices import Login
from sdk_contracts.wire.people import PersonChange
from tests.fleet import Fleet

pytestmark = pytest.mark.usefixtures("worker")

PERSONAL = Content(default_locale="en", translations={"en": Translation(title="Hello {{ device.model }}")})


async def test_everybody_is_reached_once_and_the_numbers_add_up(fleet: Fleet) -> None:
    await fleet.phones(1203)
    campaign = await fleet.until(await fleet.launch())
    counts = await fleet.counts(campaign)
    assert counts["accepted"] == counts["targeted"] == counts["confirmable"] == 1203
    assert counts.conserved
    assert len(fleet.fcm.deliveries) == 1203
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert await fleet.recounted(campaign)


async def test_each_reads_their_own_language(fleet: Fleet) -> None:
    await fleet.phones(1, locale="zh-Hans-CN")
    await fleet.phones(1, locale="fr")
    await fleet.until(await fleet.launch())
    titles = {message.json()["message"]["notification"]["title"] for message in fleet.fcm.messages}
    assert titles == {"你好", "Hello"}


async def test_texts_speak_of_what_is_known_of_each_person_in_pushes_and_in_the_inbox(fleet: Fleet) -> None:
    greeting = 'Hi {{ person.first_name | default: "there" }}, {{ person.visits | default: 0 }} visits'
    content = Content(default_locale="en", translations={"en": Translation(title=greeting)})
    (ann,) = await fleet.phones(1, external_id="ann")
    await fleet.phones(1, external_id="bob")
    change = PersonChange(attributes={"first_name": "Ann", "visits": 3})
    await fleet.engine.upserting.put(fleet.app_id, "ann", change)
    await fleet.until(await fleet.launch(content=content, channels=["push", "inbox"]))
    titles = {message.json()["message"]["notification"]["title"] for message in fleet.fcm.messages}
    assert titles == {"Hi Ann, 3 visits", "Hi there, 0 visits"}
    reader = await fleet.engine.inbox.reader(fleet.app_id, ann.id)
    page = await fleet.engine.inbox.page(reader, "all", 10, None)
    assert [item.title for item in page.items] == ["Hi Ann, 3 visits"]


async def test_a_push_carries_a_receipt_for_exactly_its_delivery(fleet: Fleet) -> None:
    await fleet.phones(1)
    await fleet.until(await fleet.launch())
    data = fleet.fcm.messages[0].json()["message"]["data"]
    assert fleet.engine.tokens.read_receipt(data["receipt"]) == (fleet.app_id, data["delivery_id"])


async def test_a_browser_gets_it_encrypted_and_reads_what_was_composed(fleet: Fleet, web_push: WebPushStandIn) -> None:
    device = await fleet.browser(web_push)
    campaign = await fleet.until(await fleet.launch())
    assert (await fleet.counts(campaign))["accepted"] == 1
    payload = web_push.messages[0].json()
    assert payload["title"] == "Hello"
    assert payload["delivery_id"].endswith(device.id.removeprefix("dev_"))


async def test_a_dead_token_is_retired_and_the_rest_are_reached(fleet: Fleet) -> None:
    phones = await fleet.phones(10)
    assert isinstance(phones[3].address, FcmToken)
    fleet.fcm.answer("unregistered", token=phones[3].address.token)
    campaign = await fleet.until(await fleet.launch())
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts["failed"]) == (9, 1)
    retired = await fleet.engine.devices.get(fleet.app_id, phones[3].id)
    assert retired.address is None
    assert retired.address_gone_at is not None
    again = await fleet.until(await fleet.launch())
    assert (await fleet.counts(again)).skipped_by_reason == {"address_gone": 1}


async def test_those_who_may_not_be_sent_to_are_skipped_with_the_reason(fleet: Fleet) -> None:
    await fleet.phones(2)
    await fleet.phones(1, opted_in=False)
    await fleet.phones(1, address=None)
    await fleet.phones(1, gate=Gate(consent=False))
    await fleet.phones(1, gate=Gate(consent=True, muted=("push:offers",)))
    campaign = await fleet.until(await fleet.launch(kind="promotion", category="offers"))
    counts = await fleet.counts(campaign)
    assert counts.skipped_by_reason == {"opted_out": 1, "no_address": 1, "no_consent": 1, "category_muted": 1}
    assert counts["accepted"] == 2
    assert counts.conserved
    assert await fleet.recounted(campaign)


async def test_two_devices_of_one_person_are_both_pushed_and_share_one_inbox_item(fleet: Fleet) -> None:
    person = new_id("per")
    phones = await fleet.phones(2, person_id=person, external_id="ann")
    campaign = await fleet.until(await fleet.launch(channels=["push", "inbox"]))
    assert (await fleet.counts(campaign, "push"))["accepted"] == 2
    assert (await fleet.counts(campaign, "inbox"))["accepted"] == 1
    page = await fleet.engine.inbox.page(await fleet.inbox(phones[0]), "all", 20, None)
    assert [item.title for item in page.items] == ["Hello"]


async def test_a_person_with_devices_on_two_pages_gets_one_inbox_item(fleet: Fleet) -> None:
    person = new_id("per")
    first = (await fleet.phones(1, person_id=person))[0]
    await fleet.phones(1100)
    await fleet.phones(1, person_id=person)
    campaign = await fleet.until(await fleet.launch(channels=["inbox"], content=PERSONAL))
    assert (await fleet.counts(campaign, "inbox"))["targeted"] == 1101
    assert (await fleet.inbox(first)).counts() == (1, 1)


async def test_topics_reach_the_followers_of_what_lies_above(fleet: Fleet) -> None:
    await fleet.phones(3, topics=("news",))
    await fleet.phones(2, topics=("news/sports",))
    await fleet.phones(4, topics=("news/culture",))
    audience = wire.Audience(include=wire.Rule(topics=["news/sports"]))
    campaign = await fleet.until(await fleet.launch(audience=audience))
    assert (await fleet.counts(campaign))["accepted"] == 5


async def test_who_is_excluded_is_not_in_the_ledger(fleet: Fleet) -> None:
    await fleet.phones(2, topics=("news",))
    await fleet.phones(1, topics=("news",), external_id="boss", person_id=new_id("per"))
    audience = wire.Audience(include=wire.Rule(topics=["news"]), exclude=wire.Rule(external_ids=["boss"]))
    campaign = await fleet.until(await fleet.launch(audience=audience))
    assert (await fleet.counts(campaign))["targeted"] == 2


async def test_a_template_that_fails_for_one_person_fails_for_that_one_only(fleet: Fleet) -> None:
    looping = "{% assign n = device.model | plus: 0 %}{% for i in (1..n) %}{% endfor %}Hi"
    await fleet.phones(3, model="1")
    await fleet.phones(1, model="90000000")
    content = Content(default_locale="en", translations={"en": Translation(title=looping)})
    campaign = await fleet.until(await fleet.launch(content=content))
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts.failed_by_reason) == (3, {"render_error": 1})


async def test_a_message_to_somebody_without_a_device_waits_in_their_inbox(fleet: Fleet) -> None:
    await fleet.engine.people.known_as(fleet.app_id, "later")
    message = await fleet.engine.campaigns.send(
        fleet.app_id,
        wire.MessageRequest(
            to=wire.Recipients(external_ids=["later"]),
            kind="service",
            content=Content(default_locale="en", translations={"en": Translation(title="Welcome")}),
        ),
    )
    await fleet.until(message)
    phone = (await fleet.phones(1))[0]
    await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="later"))
    page = await fleet.engine.inbox.page(await fleet.inbox(phone), "all", 20, None)
    assert [item.title for item in page.items] == ["Welcome"]


async def test_an_empty_audience_is_sent_at_once(fleet: Fleet) -> None:
    campaign = await fleet.until(await fleet.launch())
    assert await fleet.engine.ledger.funnel(fleet.app_id, campaign.id) == {}


async def test_who_opts_out_between_planning_and_sending_is_not_sent_to(fleet: Fleet) -> None:
    phones = await fleet.phones(3)
    fleet.fcm.answer("unavailable", times=3, retry_after="1")
    campaign = await fleet.launch()
    while fleet.fcm.stats()["refused"].get("unavailable", 0) < 3:
        await asyncio.sleep(0.05)
    await fleet.engine.database.collection("devices").update_one(
        {"app_id": fleet.app_id, "_id": phones[0].id}, {"$set": {"opted_in": False}}
    )
    counts = await fleet.settled(campaign)
    assert (counts["accepted"], counts.skipped_by_reason) == (2, {"opted_out": 1})


async def test_wrong_credentials_stop_the_lane_and_keep_every_address(fleet: Fleet) -> None:
    phones = await fleet.phones(2)
    fleet.fcm.answer("third_party_auth_error")
    campaign = await fleet.launch()
    while not fleet.fcm.stats()["refused"]:
        await asyncio.sleep(0.05)
    assert (await fleet.counts(campaign))["planned"] == 2
    assert (await fleet.engine.devices.get(fleet.app_id, phones[0].id)).address is not None

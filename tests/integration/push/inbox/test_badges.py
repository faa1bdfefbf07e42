"""The number on the app's icon is what is unread when the push is sent, with what the push itself brings (check 14)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from push.devices.model import Device
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.content import Content, Translation
from tests.fleet import Fleet, fleet_of, provider_settings, working

BOTH = ["push", "inbox"]
PERSONAL = Content(default_locale="en", translations={"en": Translation(title="Hi {{ device.platform }}")})


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm)) as running, working(running):
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    fcm.reset()
    async with fleet_of(engine, fcm) as new:
        await engine.apps.change(new.app_id, SettingsChange(badge=True))
        yield new


async def badges(fleet: Fleet, phones: list[Device], **fields: Any) -> list[int]:
    """What the next push says on each phone, once the campaign is settled on every channel."""
    campaign = await fleet.until(await fleet.launch(channels=BOTH, **fields))
    by_person = await fleet.engine.badges.of(campaign, phones)
    return [by_person[phone.person_id] for phone in phones]


async def test_a_badge_counts_own_items_and_broadcasts_of_each_person(fleet: Fleet) -> None:
    first, second = await fleet.phones(2)
    assert await badges(fleet, [first, second]) == [1, 1]
    assert await badges(fleet, [first, second], content=PERSONAL) == [2, 2]
    await fleet.engine.inbox.read_all(await fleet.inbox(first))
    assert await badges(fleet, [first, second]) == [1, 3]
    for phone, unread in ((first, 1), (second, 3)):
        assert (await fleet.inbox(phone)).counts()[0] == unread


async def test_an_item_that_is_still_to_come_is_counted_with_its_push(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    campaign = await fleet.campaign(channels=BOTH, content=PERSONAL)
    assert await fleet.engine.badges.of(campaign, [phone]) == {phone.person_id: 1}
    promotion = await fleet.campaign(channels=BOTH, content=PERSONAL, kind="promotion")
    await fleet.engine.database.collection("devices").update_one(
        {"app_id": fleet.app_id, "_id": phone.id}, {"$set": {"gate.consent": False}}
    )
    phone = await fleet.engine.devices.get(fleet.app_id, phone.id)
    assert await fleet.engine.badges.of(promotion, [phone]) == {phone.person_id: 0}


async def test_a_topic_that_another_device_follows_counts_on_this_one(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    await fleet.phones(1, person_id=phone.person_id, topics=("news",))
    news = wire.Audience(include=wire.Rule(topics=["news"]))
    assert await badges(fleet, [phone], audience=news) == [1]


async def test_the_push_carries_it_where_the_app_asks_and_not_elsewhere(fleet: Fleet, fcm: FcmStandIn) -> None:
    for wanted in (True, False):
        fcm.reset()
        async with fleet_of(fleet.engine, fcm) as other:
            await fleet.engine.apps.change(other.app_id, SettingsChange(badge=wanted))
            await other.phones(1, platform="ios")
            await other.until(await other.launch(channels=BOTH))
            message = json.loads(fcm.recorder.kept[-1].body)["message"]
            assert message["apns"]["payload"]["aps"].get("badge") == (1 if wanted else None)
            assert message["data"].get("badge") == ("1" if wanted else None)

"""Devices come, go and change while a campaign is planned (check 22): none is skipped, none is sent to twice."""

import asyncio

from push.campaigns.model import Campaign
from push.engine import Engine
from push.ledger.model import recipient_of
from sdk_contracts.sandbox import Behaviour
from sdk_contracts.wire.audience import Audience, Rule
from tests.fleet import Fleet, working

TO_NEWS = Audience(include=Rule(topics=["news"]))


async def planned(fleet: Fleet, campaign: Campaign) -> int:
    counts = (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push")
    return counts["targeted"] if counts else 0


async def until_some_are_planned(fleet: Fleet, campaign: Campaign, more_than: int) -> int:
    async with asyncio.timeout(60):
        while (now := await planned(fleet, campaign)) <= more_than:
            await asyncio.sleep(0.002)
    return now


async def test_who_stays_meant_is_sent_to_once_whatever_else_happens(fleet: Fleet, engine: Engine) -> None:
    phones = [phone for _ in range(4) for phone in await fleet.phones(2000, topics=("news",))]
    devices = engine.database.collection("devices")
    fleet.fcm.behaviour = Behaviour(latency=0.2)
    campaign = await fleet.launch(audience=TO_NEWS)
    async with working(engine):
        assert await until_some_are_planned(fleet, campaign, 0) < len(phones)
        # At both ends, so that of each kind some are planned already and some are not.
        told, gone, unfollowing = phones[::400], phones[1::400], phones[2::400]
        for phone in told:
            change = {"$set": {"locale": "zh-CN", "tags": {"moved": True}, "app_version": "2.0"}}
            await devices.update_one({"app_id": fleet.app_id, "_id": phone.id}, change)
        for phone in gone:
            left = {"$set": {"uninstalled_at": engine.clock.now()}, "$unset": {"installation_id": ""}}
            await devices.update_one({"app_id": fleet.app_id, "_id": phone.id}, left)
        for phone in unfollowing:
            await devices.update_one({"app_id": fleet.app_id, "_id": phone.id}, {"$set": {"topics": []}})
        new = await fleet.phones(50, topics=("news",))
        # Half of the way by one worker, the rest by another one.
        await until_some_are_planned(fleet, campaign, 1000)
    async with working(engine):
        counts = await fleet.finished(campaign, seconds=100)
    assert counts.conserved
    assert await fleet.recounted(campaign)
    sent_to = {recipient_of(delivery) for delivery in fleet.fcm.deliveries}
    assert set(fleet.fcm.deliveries.values()) == {1}
    wavering = {phone.id for phone in (*gone, *unfollowing)}
    assert {phone.id for phone in phones} - sent_to <= wavering
    assert sent_to <= {phone.id for phone in (*phones, *new)}

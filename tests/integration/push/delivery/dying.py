"""Campaigns with dead letters. Where these die, the fixture `no_breaker` is wanted."""

import asyncio
from datetime import UTC, datetime, timedelta

from push.apps.model import Principal
from push.campaigns.model import Campaign
from push.ids import new_id
from tests.fleet import Fleet, working

KEY = new_id("key")


def marketer(fleet: Fleet) -> Principal:
    return Principal(fleet.app_id, "secret", "marketer", KEY)


async def until_dead(fleet: Fleet, campaign: Campaign, count: int) -> None:
    """Waits are minutes by design: what waits is made due at once."""
    batches = fleet.engine.database.collection("batches")
    async with asyncio.timeout(30):
        while (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push") is None or (
            await fleet.counts(campaign)
        )["dead"] < count:
            past = datetime.now(UTC) - timedelta(hours=1)
            await batches.update_many({"app_id": fleet.app_id, "owner": None}, {"$set": {"due_at": past}})
            await asyncio.sleep(0.05)
    await fleet.until(campaign)


async def died(fleet: Fleet, count: int = 30, **fields: object) -> Campaign:
    """A campaign of which nobody was reached, because the provider was away for too long."""
    await fleet.phones(count)
    fleet.fcm.answer("unavailable")
    campaign = await fleet.launch(**fields)
    async with working(fleet.engine):
        await until_dead(fleet, campaign, count)
    fleet.fcm.reset()
    return await fleet.engine.campaigns.get(fleet.app_id, campaign.id)

"""What the tests of schedules ask for again and again."""

import asyncio
from collections.abc import Awaitable, Callable

from push.campaigns.model import Campaign
from push.campaigns.searching import Search
from push.ids import body
from tests.fleet import Fleet


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.05)


async def runs(fleet: Fleet, campaign: Campaign) -> list[Campaign]:
    """Oldest first."""
    found, _ = await fleet.engine.campaigns.page(fleet.app_id, 100, None, Search(run_of=campaign.id))
    return found[::-1]


async def sent(fleet: Fleet, campaign: Campaign, count: int) -> bool:
    """Whether there are so many runs, each sent to its end."""
    return [run.state for run in await runs(fleet, campaign)] == ["sent"] * count


async def accepted(fleet: Fleet, campaign: Campaign, count: int, channel: str = "push") -> None:
    async def so_many() -> bool:
        counts = (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get(channel)
        return counts is not None and counts["accepted"] == count

    await until(so_many)


def pushed(fleet: Fleet, *campaigns: Campaign) -> list[int]:
    """How often each device got each of these."""
    bodies = {body(campaign.id) for campaign in campaigns}
    return [times for delivery, times in fleet.fcm.deliveries.items() if delivery[4:28] in bodies]

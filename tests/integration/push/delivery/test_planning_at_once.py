"""A page of a campaign is planned once, however many believe that it is theirs to plan."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from push.campaigns.model import Campaign
from push.database import Session
from push.delivery.planning import Planner
from push.delivery.progress.store import ProgressStore
from push.delivery.reading import PAGE_SIZE
from push.engine import Engine, open_engine
from push.errors import DatabaseAway
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn
from tests.fleet import Fleet, provider_settings, working

PHONES = 5 * PAGE_SIZE


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    quick = msgspec.structs.replace(provider_settings(settings, fcm), lease_seconds=3.0)
    async with open_engine(quick) as running:
        yield running


async def robbed(fleet: Fleet, campaign: Campaign) -> None:
    """Its lease is over as soon as a page is planned, again and again."""
    campaigns, pages = (fleet.engine.database.collection(name) for name in ("campaigns", "planned_pages"))
    named, seen = {"app_id": fleet.app_id, "campaign_id": campaign.id}, 0
    while True:
        if (count := await pages.count_documents(named)) > seen:
            seen, past = count, datetime.now(UTC) - timedelta(minutes=1)
            await campaigns.update_one(
                {"app_id": fleet.app_id, "_id": campaign.id}, {"$set": {"due_at": past, "owner": None}}
            )
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("told", ["they look whether they hold it", "they believe to hold it"])
async def test_planners_who_take_a_campaign_from_each_other_plan_everybody_once(
    fleet: Fleet, engine: Engine, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    for _ in range(PHONES // 2000):
        await fleet.phones(2000)

    async def held(_: Planner, campaign: Campaign) -> Campaign:
        return campaign

    if told == "they believe to hold it":
        monkeypatch.setattr(Planner, "_still_held", held)
    async with working(engine), working(engine):
        campaign = await fleet.launch()
        robbing = asyncio.create_task(robbed(fleet, campaign))
        async with asyncio.timeout(60):
            while (await fleet.settled(campaign, seconds=60))["targeted"] < PHONES:
                await asyncio.sleep(0.1)
        robbing.cancel()
        await fleet.until(campaign, seconds=60)
    counts = await fleet.counts(campaign)
    assert counts["targeted"] == counts["accepted"] == PHONES
    assert set(fleet.fcm.deliveries.values()) == {1}
    pages = engine.database.collection("planned_pages").find({"app_id": fleet.app_id, "campaign_id": campaign.id})
    numbers = [page["number"] async for page in pages]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert await fleet.recounted(campaign)


async def test_a_page_is_never_there_without_the_one_before_it(
    fleet: Fleet, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await fleet.phones(2000)
    add, failed = ProgressStore.add, list[int]()

    async def fails(self: ProgressStore, campaign: Campaign, at: datetime, session: Session) -> None:
        if campaign.pages == 2 and not failed:
            failed.append(campaign.pages)
            await asyncio.sleep(1)
            raise DatabaseAway
        await add(self, campaign, at, session)

    monkeypatch.setattr(ProgressStore, "add", fails)
    async with working(engine):
        campaign = await fleet.until(await fleet.launch(), seconds=60)
    assert failed
    assert (await fleet.counts(campaign))["accepted"] == 8000
    assert set(fleet.fcm.deliveries.values()) == {1}

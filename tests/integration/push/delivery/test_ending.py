"""A campaign comes to its end, whoever was killed on the way there."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from push.campaigns.model import Campaign
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn
from tests.fleet import Fleet, provider_settings, working

LEASE_SECONDS = 1.0


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    quick = msgspec.structs.replace(provider_settings(settings, fcm), lease_seconds=LEASE_SECONDS)
    async with open_engine(quick) as running:
        yield running


async def killed_before_it_could_say_so(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Everything is settled, and the worker is gone in the moment before the campaign is called sent."""

    async def never(*_: object) -> bool:
        await asyncio.Event().wait()
        return False

    with monkeypatch.context() as killed:
        killed.setattr(fleet.engine.campaign_store, "finish", never)
        killed.setattr("push.worker.GRACE_SECONDS", 0.2)
        async with working(fleet.engine):
            campaign = await fleet.launch()
            await fleet.settled(campaign)
            await asyncio.sleep(0.1)
    assert (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).state == "sending"
    return campaign


async def test_a_campaign_whose_worker_died_after_the_last_batch_is_sent_all_the_same(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fleet.phones(3)
    campaign = await killed_before_it_could_say_so(fleet, monkeypatch)
    await fleet.phones(2)
    async with working(fleet.engine):
        await fleet.until(campaign, seconds=10 * LEASE_SECONDS)
    assert (await fleet.counts(campaign))["targeted"] == 3


@pytest.mark.parametrize("end", ["sent", "cancelled"])
async def test_a_campaign_that_is_over_is_nobodys_work_any_more(fleet: Fleet, end: str) -> None:
    await fleet.phones(3)
    campaign = await fleet.launch()
    if end == "cancelled":
        await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)
    campaigns = fleet.engine.database.collection("campaigns")
    async with working(fleet.engine), asyncio.timeout(10 * LEASE_SECONDS):
        await fleet.until(campaign, state=end)
        while await campaigns.find_one({"app_id": fleet.app_id, "due_at": {"$exists": True}}):
            await asyncio.sleep(0.05)


async def test_of_a_draft_that_is_deleted_and_launched_at_once_one_happens(fleet: Fleet) -> None:
    campaigns = fleet.engine.campaigns
    for _ in range(20):
        draft = await fleet.campaign()
        launched, deleted = await asyncio.gather(
            campaigns.launch(fleet.app_id, draft.id), campaigns.delete(fleet.app_id, draft.id), return_exceptions=True
        )
        assert isinstance(launched, Campaign) is isinstance(deleted, Exception)
        if isinstance(launched, Campaign):
            assert (await campaigns.get(fleet.app_id, draft.id)).state == "sending"

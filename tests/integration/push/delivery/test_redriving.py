"""Dead letters get a second life, once, and it is written down who gave it to them (check 19)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from push.engine import Engine, open_engine
from push.errors import CampaignNotFound, IllegalMove
from push.ids import new_id
from push.ledger.model import delivery_id
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, working
from tests.integration.push.delivery.dying import KEY, died, marketer, until_dead

pytestmark = pytest.mark.usefixtures("no_breaker")


@pytest.fixture
async def other(engine: Engine) -> AsyncIterator[Engine]:
    """Another API process on the same database."""
    async with open_engine(engine.settings) as running:
        yield running


async def test_letters_that_died_arrive_once_after_the_provider_recovered(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet)
    answer = await engine.redriving.redrive(marketer(fleet), campaign.id)
    assert (answer.redriven, answer.remaining) == (30, 0)
    under_way = await engine.campaigns.get(fleet.app_id, campaign.id)
    assert (under_way.state, under_way.finished_at) == ("sending", None)
    counts = await fleet.counts(campaign)
    assert (counts["planned"], counts["dead"]) == (30, 0)
    assert await fleet.recounted(campaign)

    async with working(engine):
        ended = await fleet.until(campaign)
    assert ended.finished_at is not None
    assert campaign.finished_at is not None
    assert ended.finished_at > campaign.finished_at
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts["dead"], counts.conserved) == (30, 0, True)
    assert len(fleet.fcm.deliveries) == 30
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert await fleet.recounted(campaign)
    assert "redriven" in (await engine.ledger.recipients(fleet.app_id, campaign.id, None, None, 1, None))[0][0].steps()
    (entry,), _ = await engine.audit.page(fleet.app_id, 10, None)
    assert (entry.action, entry.object_id, entry.details) == ("dead_letters.redriven", campaign.id, {"redriven": 30})
    assert (entry.key_id, entry.role) == (KEY, "marketer")


async def test_of_many_who_redrive_at_once_each_letter_has_one(fleet: Fleet, engine: Engine, other: Engine) -> None:
    campaign = await died(fleet)
    answers = await asyncio.gather(
        *(each.redriving.redrive(marketer(fleet), campaign.id) for each in (engine, other) * 3)
    )
    assert sorted(answer.redriven for answer in answers) == [0, 0, 0, 0, 0, 30]
    async with working(engine):
        await fleet.until(campaign)
    assert (len(fleet.fcm.deliveries), set(fleet.fcm.deliveries.values())) == (30, {1})
    assert await fleet.recounted(campaign)
    assert len((await engine.audit.page(fleet.app_id, 10, None))[0]) == 1


async def test_a_letter_that_dies_again_stays_dead(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 3)
    fleet.fcm.answer("unavailable")
    assert (await engine.redriving.redrive(marketer(fleet), campaign.id)).redriven == 3
    async with working(engine):
        await until_dead(fleet, campaign, 3)
    again = await engine.redriving.redrive(marketer(fleet), campaign.id)
    assert (again.redriven, again.remaining) == (0, 0)
    assert (await engine.campaigns.get(fleet.app_id, campaign.id)).state == "sent"
    assert (await fleet.counts(campaign)).dead_by_reason == {"http_503": 3}
    assert await fleet.recounted(campaign)
    rows, _ = await engine.ledger.recipients(fleet.app_id, campaign.id, "dead", None, 10, None)
    assert [row.redriven_at is not None for row in rows] == [True] * 3


async def test_what_one_call_leaves_the_next_one_takes(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 7)
    first = await engine.redriving.redrive(marketer(fleet), campaign.id, limit=5)
    assert (first.redriven, first.remaining) == (5, 2)
    assert await fleet.recounted(campaign)
    second = await engine.redriving.redrive(marketer(fleet), campaign.id, limit=5)
    assert (second.redriven, second.remaining) == (2, 0)
    async with working(engine):
        await fleet.until(campaign)
    assert (len(fleet.fcm.deliveries), set(fleet.fcm.deliveries.values())) == (7, {1})


async def test_an_attempt_that_was_lost_after_it_was_stored_answers_what_it_did(fleet: Fleet, engine: Engine) -> None:
    campaign, attempt = await died(fleet, 4), new_id("aud")
    first = await engine.redriving.redrive(marketer(fleet), campaign.id, attempt, limit=3)
    again = await engine.redriving.redrive(marketer(fleet), campaign.id, attempt, limit=3)
    assert (again.redriven, again.remaining) == (first.redriven, first.remaining) == (3, 1)
    assert (await fleet.counts(campaign))["planned"] == 3


async def test_a_letter_whose_phone_reported_it_after_all_is_left_alone(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 2)
    (shown, _), _ = await engine.ledger.recipients(fleet.app_id, campaign.id, "dead", None, 10, None)
    receipt = engine.tokens.receipt(fleet.app_id, shown.id)
    told = Event(event_id="shown", kind="displayed", at=engine.clock.now(), receipt=receipt)
    assert (await engine.engagement.record(None, None, [told])).accepted == 1
    assert (await engine.redriving.redrive(marketer(fleet), campaign.id)).redriven == 1
    async with working(engine):
        await fleet.until(campaign)
    assert shown.device_id is not None
    assert delivery_id(campaign.id, "push", shown.device_id) not in fleet.fcm.deliveries


async def test_a_campaign_that_is_over_or_not_ours_is_not_redriven(fleet: Fleet, engine: Engine) -> None:
    soon = engine.clock.now() + timedelta(seconds=0.3)
    expired = await fleet.launch(limits=wire.Limits(expires_at=soon))
    cancelled = await fleet.launch()
    await engine.campaigns.cancel(fleet.app_id, cancelled.id)
    draft = await fleet.campaign()
    await asyncio.sleep(0.4)
    for campaign in (expired, cancelled, draft):
        with pytest.raises(IllegalMove):
            await engine.redriving.redrive(marketer(fleet), campaign.id)
    with pytest.raises(CampaignNotFound):
        await engine.redriving.redrive(marketer(fleet), new_id("cmp"))
    assert await engine.audit.page(fleet.app_id, 10, None) == ([], None)


async def test_dead_letters_of_a_paused_campaign_wait_until_it_is_resumed(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 3)
    await engine.redriving.redrive(marketer(fleet), campaign.id, limit=1)
    await engine.campaigns.pause(fleet.app_id, campaign.id)
    assert (await engine.redriving.redrive(marketer(fleet), campaign.id)).redriven == 2
    async with working(engine):
        await asyncio.sleep(0.5)
        assert not fleet.fcm.deliveries
        await engine.campaigns.resume(fleet.app_id, campaign.id)
        await fleet.until(campaign)
    assert (len(fleet.fcm.deliveries), set(fleet.fcm.deliveries.values())) == (3, {1})

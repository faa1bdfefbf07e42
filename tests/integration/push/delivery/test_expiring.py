"""Dead letters are dead while they can be redriven; then they expire, by themselves or because somebody says so."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from push.campaigns.model import Campaign
from push.engine import Engine
from push.errors import CampaignNotFound, IllegalMove
from push.ids import new_id
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, working
from tests.integration.push.delivery.dying import died, marketer, until_dead

pytestmark = pytest.mark.usefixtures("no_breaker")


async def over(fleet: Fleet, campaign: Campaign) -> None:
    """As if it had been launched 29 days ago."""
    then = datetime.now(UTC) - timedelta(days=29)
    await fleet.engine.database.collection("campaigns").update_one(
        {"app_id": fleet.app_id, "_id": campaign.id},
        {"$set": {"launched_at": then, "letters_due_at": then + timedelta(days=28)}},
    )


async def test_letters_expire_when_their_message_is_over_and_the_numbers_add_up(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 7)
    assert await engine.expiring.of_app(fleet.app_id) == 0
    assert (await fleet.counts(campaign))["dead"] == 7
    await over(fleet, campaign)
    with pytest.raises(IllegalMove):
        await engine.redriving.redrive(marketer(fleet), campaign.id)

    assert await engine.expiring.of_app(fleet.app_id, limit=3) == 7
    counts = await fleet.counts(campaign)
    assert (counts["dead"], counts.skipped_by_reason, counts.conserved) == (0, {"expired": 7}, True)
    assert await fleet.recounted(campaign)
    rows, _ = await engine.ledger.recipients(fleet.app_id, campaign.id, "skipped", "expired", 10, None)
    assert [row.died_of for row in rows] == ["http_503"] * 7
    assert await engine.ledger.recipients(fleet.app_id, campaign.id, "dead", None, 10, None) == ([], None)
    assert await engine.campaign_store.over(fleet.app_id, datetime.now(UTC), 10) == [], "nobody looks again"


async def test_a_worker_sees_to_it(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 2)
    await over(fleet, campaign)
    async with working(engine), asyncio.timeout(30):
        while (await fleet.counts(campaign))["dead"]:
            await asyncio.sleep(0.05)
    assert await fleet.recounted(campaign)


async def test_a_letter_that_died_twice_expires_too(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 2)
    fleet.fcm.answer("unavailable")
    await engine.redriving.redrive(marketer(fleet), campaign.id)
    async with working(engine):
        await until_dead(fleet, campaign, 2)
    await over(fleet, campaign)
    assert await engine.expiring.of_app(fleet.app_id) == 2
    assert (await fleet.counts(campaign)).skipped_by_reason == {"expired": 2}
    assert await fleet.recounted(campaign)


async def test_the_timeline_counts_what_happened_and_nothing_less_than_none(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 3)
    await engine.redriving.redrive(marketer(fleet), campaign.id, limit=1)
    await engine.expiring.expire(marketer(fleet), campaign.id)
    points = await engine.ledger.timeline(fleet.app_id, campaign.id, "day")
    sums = {name: sum(point.get(name, 0) for _, point in points) for name in ("dead", "redriven", "skipped")}
    assert sums == {"dead": 3, "redriven": 1, "skipped": 2}
    assert all(number > 0 for _, point in await engine.ledger.timeline(fleet.app_id, campaign.id, "minute")
               for number in point.values())  # fmt: skip


async def test_letters_given_up_by_hand_are_written_down_and_not_redriven(fleet: Fleet, engine: Engine) -> None:
    campaign, attempt = await died(fleet, 5), new_id("aud")
    first = await engine.expiring.expire(marketer(fleet), campaign.id, attempt, limit=3)
    again = await engine.expiring.expire(marketer(fleet), campaign.id, attempt, limit=3)
    assert (first.expired, first.remaining) == (again.expired, again.remaining) == (3, 2)
    assert (await engine.expiring.expire(marketer(fleet), campaign.id)).expired == 2
    assert (await engine.expiring.expire(marketer(fleet), campaign.id)).expired == 0
    assert (await engine.redriving.redrive(marketer(fleet), campaign.id)).redriven == 0
    entries, _ = await engine.audit.page(fleet.app_id, 10, None)
    assert [(each.action, each.details) for each in entries] == [
        ("dead_letters.expired", {"expired": 2}),
        ("dead_letters.expired", {"expired": 3}),
    ]
    assert (await fleet.counts(campaign)).conserved
    assert await fleet.recounted(campaign)


async def test_of_redriving_and_giving_up_at_once_each_letter_has_one(fleet: Fleet, engine: Engine) -> None:
    campaign, actor = await died(fleet, 30), marketer(fleet)
    redriven, expired = await asyncio.gather(
        engine.redriving.redrive(actor, campaign.id, limit=20), engine.expiring.expire(actor, campaign.id, limit=20)
    )
    assert redriven.redriven + expired.expired == 30
    counts = await fleet.counts(campaign)
    assert (counts["planned"], counts["skipped"], counts["dead"]) == (redriven.redriven, expired.expired, 0)
    assert await fleet.recounted(campaign)


async def test_a_letter_whose_phone_reported_it_after_all_does_not_expire(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 2)
    (shown, _), _ = await engine.ledger.recipients(fleet.app_id, campaign.id, "dead", None, 10, None)
    receipt = engine.tokens.receipt(fleet.app_id, shown.id)
    told = Event(event_id="shown", kind="displayed", at=engine.clock.now(), receipt=receipt)
    assert (await engine.engagement.record(None, None, [told])).accepted == 1
    assert (await engine.expiring.expire(marketer(fleet), campaign.id)).expired == 1


async def test_a_paused_campaign_that_is_over_is_looked_at_again(fleet: Fleet, engine: Engine) -> None:
    campaign = await died(fleet, 2)
    await engine.redriving.redrive(marketer(fleet), campaign.id, limit=1)
    await engine.campaigns.pause(fleet.app_id, campaign.id)
    await over(fleet, campaign)
    assert await engine.expiring.of_app(fleet.app_id) == 1
    later = datetime.now(UTC) + timedelta(hours=2)
    assert [each.id for each in await engine.campaign_store.over(fleet.app_id, later, 10)] == [campaign.id]


async def test_what_was_never_launched_or_is_not_ours_has_no_letters(fleet: Fleet, engine: Engine) -> None:
    draft = await fleet.campaign()
    with pytest.raises(IllegalMove):
        await engine.expiring.expire(marketer(fleet), draft.id)
    with pytest.raises(CampaignNotFound):
        await engine.expiring.expire(marketer(fleet), new_id("cmp"))

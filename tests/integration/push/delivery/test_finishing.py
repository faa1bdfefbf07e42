"""A campaign is called sent once nothing of it is left, and not while somebody gives it new work."""

from push.apps.model import Principal
from push.campaigns.model import Campaign
from push.delivery.store import BatchStore
from push.engine import Engine
from push.ids import new_id
from push.ledger.model import delivery_id
from tests.fleet import Fleet, working


async def sent_with_a_dead_letter(fleet: Fleet, engine: Engine) -> Campaign:
    """As `worker_lost` leaves it, and looked at by a planner once more before it is called sent."""
    (phone,) = await fleet.phones(1)
    async with working(engine):
        campaign = await fleet.until(await fleet.launch())
    named = {"app_id": fleet.app_id, "_id": delivery_id(campaign.id, "push", phone.id)}
    dead = {"state": "dead", "end": "dead", "reason": "worker_lost"}
    await engine.database.collection("deliveries").update_one(named, {"$set": dead})
    sending = {"state": "sending", "due_at": engine.clock.now()}
    await engine.database.collection("campaigns").update_one(
        {"app_id": fleet.app_id, "_id": campaign.id}, {"$set": sending}
    )
    return campaign


async def test_a_campaign_redriven_while_it_is_looked_at_goes_on(fleet: Fleet, engine: Engine) -> None:
    campaign = await sent_with_a_dead_letter(fleet, engine)
    before = await engine.campaigns.get(fleet.app_id, campaign.id)
    batches = BatchStore(engine.database, engine.campaign_store.lease)
    assert not await batches.any_of(fleet.app_id, campaign.id)
    marketer = Principal(fleet.app_id, "secret", "marketer", new_id("key"))
    assert (await engine.redriving.redrive(marketer, campaign.id)).redriven == 1
    # Whoever had found no batch now says that it was sent.
    await engine.campaign_store.finish(before, engine.clock.now())
    now = await engine.campaigns.get(fleet.app_id, campaign.id)
    assert (now.state, now.due_at is not None) == ("sending", True)
    async with working(engine):
        await fleet.until(campaign)
    assert set(fleet.fcm.deliveries.values()) == {2}
    rows, _ = await engine.ledger.recipients(fleet.app_id, campaign.id, "accepted", None, 10, None)
    assert [row.redriven_at is not None for row in rows] == [True]


async def test_a_campaign_without_new_work_is_sent_and_looked_at_no_more(fleet: Fleet, engine: Engine) -> None:
    campaign = await sent_with_a_dead_letter(fleet, engine)
    await engine.campaign_store.finish(await engine.campaigns.get(fleet.app_id, campaign.id), engine.clock.now())
    now = await engine.campaigns.get(fleet.app_id, campaign.id)
    assert (now.state, now.due_at, now.finished_at is not None) == ("sent", None, True)

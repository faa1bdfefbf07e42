"""What devices report: stored before it is acknowledged, counted once, refused where it is not theirs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from push.campaigns.model import Campaign
from push.engine import Engine, open_engine
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.devices import Login
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, fleet_of, provider_settings, working


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
        yield new


async def sent(fleet: Fleet, phones: int = 3, **fields: object) -> tuple[Campaign, list[str]]:
    """A campaign that reached everybody, and its deliveries."""
    await fleet.phones(phones, **fields)
    campaign = await fleet.until(await fleet.launch())
    rows, _ = await fleet.engine.ledger.recipients(fleet.app_id, campaign.id, None, None, 100, None)
    return campaign, [row.id for row in rows]


def event(number: int, kind: str, **fields: object) -> Event:
    at = fields.pop("at", datetime.now(UTC))
    return Event(event_id=f"evt-{number}", kind=kind, at=at, **fields)  # type: ignore[arg-type]


async def test_the_same_step_counts_once_however_often_and_by_whomever_it_comes(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    reports = [
        fleet.engine.engagement.record(
            None, None, [event(n, "opened", receipt=receipt), event(n, "opened", receipt=receipt)]
        )
        for n in range(20)
    ]
    answers = await asyncio.gather(*reports)
    assert sum(answer.accepted for answer in answers) == 1
    assert sum(answer.duplicates for answer in answers) == 39
    assert (await fleet.counts(campaign))["opened"] == 1
    assert await fleet.recounted(campaign)


async def test_groups_that_are_stored_at_the_same_time_count_each_step_once(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet, 25)
    receipts = [fleet.engine.tokens.receipt(fleet.app_id, each) for each in deliveries]
    kinds = ("received", "displayed", "opened", "clicked")
    told = [event(1, kind, receipt=receipt) for receipt in receipts for kind in kinds]
    # Four thousand: while a group of a thousand is being stored, the next one is.
    answers = await asyncio.gather(*(fleet.engine.engagement.record(None, None, told) for _ in range(40)))
    assert sum(answer.accepted for answer in answers) == 100
    assert sum(answer.duplicates for answer in answers) == 3900
    assert [(await fleet.counts(campaign))[kind] for kind in kinds] == [25] * 4
    assert await fleet.recounted(campaign)


async def test_a_forged_receipt_and_a_foreign_delivery_are_refused_and_the_rest_is_taken(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    mine, other = deliveries[0], deliveries[1]
    device_id = f"dev_{mine[29:]}"
    answer = await fleet.engine.engagement.record(
        fleet.app_id,
        device_id,
        [
            event(1, "received", delivery_id=mine),
            event(2, "received", delivery_id=other),
            event(3, "received", receipt=fleet.engine.tokens.receipt(fleet.app_id, mine)[:-1] + "_"),
            event(4, "received", delivery_id=mine, at=datetime.now(UTC) + timedelta(days=2)),
        ],
    )
    assert answer.accepted == 1
    assert [refused.index for refused in answer.rejected] == [1, 2, 3]
    assert (await fleet.counts(campaign))["received"] == 1


async def test_a_receipt_of_another_app_changes_nothing_here(fleet: Fleet, engine: Engine, fcm: FcmStandIn) -> None:
    campaign, deliveries = await sent(fleet)
    stranger = await engine.apps.create("Stranger")
    receipt = engine.tokens.receipt(stranger.app.id, deliveries[0])
    answer = await engine.engagement.record(None, None, [event(1, "opened", receipt=receipt)])
    assert (answer.accepted, len(answer.rejected)) == (0, 1)
    assert (await fleet.counts(campaign))["opened"] == 0


async def test_every_conversion_is_kept_and_the_person_counts_once(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    bought = [event(n, "converted", receipt=receipt, value=9.5, currency="EUR") for n in (1, 2, 2)]
    answer = await fleet.engine.engagement.record(None, None, bought)
    assert (answer.accepted, answer.duplicates) == (2, 1)
    assert (await fleet.counts(campaign))["converted"] == 1
    assert await fleet.recounted(campaign)


async def test_steps_in_any_order_leave_the_row_at_the_furthest_one(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    for number, kind in enumerate(("clicked", "received", "opened", "displayed")):
        await fleet.engine.engagement.record(None, None, [event(number, kind, receipt=receipt)])
    rows, _ = await fleet.engine.ledger.recipients(fleet.app_id, campaign.id, "clicked", None, 100, None)
    assert [row.id for row in rows] == [deliveries[0]]
    assert set(rows[0].steps()) == {"planned", "accepted", "received", "displayed", "opened", "clicked"}


async def test_an_iphone_that_confirms_all_the_same_is_counted_as_confirmable(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet, platform="ios")
    assert (await fleet.counts(campaign))["confirmable"] == 0
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    await fleet.engine.engagement.record(None, None, [event(1, "received", receipt=receipt)])
    assert (await fleet.counts(campaign))["confirmable"] == 1
    assert await fleet.recounted(campaign)


async def test_reading_in_the_inbox_moves_the_funnel(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    campaign = await fleet.until(await fleet.launch(channels=["inbox"]))
    inbox = fleet.engine.inbox
    item = (await inbox.page(await fleet.inbox(phone), "all", 20, None)).items[0]
    await inbox.mark(await fleet.inbox(phone), item.id, "seen")
    await inbox.read_all(await fleet.inbox(phone))
    await inbox.mark(await fleet.inbox(phone), item.id, "read")
    counts = await fleet.counts(campaign, "inbox")
    assert (counts["displayed"], counts["opened"]) == (1, 1)
    assert await fleet.recounted(campaign)


async def test_a_timeline_grown_old_is_told_by_the_hour_and_the_day_and_adds_up_as_before(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    await fleet.engine.engagement.record(None, None, [event(1, "opened", receipt=receipt)])
    counters = fleet.engine.database.collection("counters")
    was = await fleet.engine.ledger.timeline(fleet.app_id, campaign.id, "day")

    async def told(bucket: str) -> int:
        return await counters.count_documents({"app_id": fleet.app_id, "campaign_id": campaign.id, "bucket": bucket})

    assert await told("minute")
    for days, bucket in ((3, "campaign_hour"), (40, "campaign_day")):
        for gone in ("minute", "campaign_hour"):
            named = {"app_id": fleet.app_id, "campaign_id": campaign.id, "bucket": gone}
            long_ago = fleet.engine.clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
            await counters.update_many(named, {"$set": {"at": long_ago}})
        assert await fleet.engine.ledger.roll_up(fleet.app_id)
        assert await fleet.engine.ledger.roll_up(fleet.app_id) == 0
        assert await told("minute") == 0
        assert await told(bucket) == 1
        [(_, counts)] = await fleet.engine.ledger.timeline(fleet.app_id, campaign.id, "day")
        assert [counts] == [was[0][1]]


async def test_events_are_kept_as_long_as_the_app_says(fleet: Fleet) -> None:
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(events_days=400))
    _, deliveries = await sent(fleet)
    receipt = fleet.engine.tokens.receipt(fleet.app_id, deliveries[0])
    await fleet.engine.engagement.record(None, None, [event(1, "opened", receipt=receipt)])
    kept = await fleet.engine.database.collection("events").find_one({"app_id": fleet.app_id})
    assert kept is not None
    assert kept["expires_at"] - kept["received_at"] == timedelta(days=400)


async def test_a_step_is_known_and_shown_after_its_event_was_forgotten(fleet: Fleet) -> None:
    campaign, deliveries = await sent(fleet)
    told = [event(1, "opened", receipt=fleet.engine.tokens.receipt(fleet.app_id, each)) for each in deliveries]
    assert (await fleet.engine.engagement.record(None, None, told)).accepted == 3
    # The three are one document, which goes when it is as old as the app says.
    gone = await fleet.engine.database.collection("events").delete_many({"app_id": fleet.app_id})
    assert gone.deleted_count == 1
    again = await fleet.engine.engagement.record(None, None, [*told, event(2, "clicked", receipt=told[0].receipt)])
    assert (again.accepted, again.duplicates) == (1, 3)
    rows, _ = await fleet.engine.ledger.recipients(fleet.app_id, campaign.id, None, None, 10, None)
    assert sorted(row.state for row in rows) == ["clicked", "opened", "opened"]
    assert all(row.opened_at is not None for row in rows)
    assert await fleet.recounted(campaign)


async def test_a_step_that_a_row_says_itself_is_known(fleet: Fleet) -> None:
    """As rows did that were written before participants said it."""
    _, deliveries = await sent(fleet)
    await fleet.engine.database.collection("deliveries").update_one(
        {"app_id": fleet.app_id, "_id": deliveries[0]}, {"$set": {"opened_at": datetime.now(UTC), "state": "opened"}}
    )
    told = [event(1, "opened", receipt=fleet.engine.tokens.receipt(fleet.app_id, each)) for each in deliveries]
    answer = await fleet.engine.engagement.record(None, None, told)
    assert (answer.accepted, answer.duplicates) == (2, 1)


async def test_what_a_person_was_sent_before_logging_in_stays_theirs(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    await fleet.until(await fleet.launch(channels=["inbox"]))
    known = await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ann"))
    theirs = await fleet.inbox(phone)
    assert (theirs.person_id, theirs.counts()) == (known.id, (1, 1))

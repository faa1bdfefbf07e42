"""Whose doing it was: opens and conversions of people, and what they are worth, in whatever order it is reported."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from push.campaigns.model import Campaign
from push.devices.model import Device
from push.engine import Engine, open_engine
from push.ids import new_id
from push.ledger.model import REVENUE_UNITS, delivery_id
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.campaigns import Conversion
from sdk_contracts.wire.devices import Login
from sdk_contracts.wire.events import Event
from tests.fleet import HELLO, Fleet, fleet_of, provider_settings, working

HOUR = timedelta(hours=1)
ORDER = Conversion(event="order")


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


class Teller:
    """What one phone reports, hours after a moment three days ago."""

    def __init__(self, fleet: Fleet, phone: Device) -> None:
        self.fleet = fleet
        self.phone = phone
        self.start = datetime.now(UTC) - timedelta(days=3)
        self.number = 0

    def step(self, campaign: Campaign, kind: str, hours: float, **fields: Any) -> Event:
        return self._event(kind, hours, delivery_id=delivery_id(campaign.id, "push", self.phone.id), **fields)

    def did(self, name: str, hours: float, **fields: Any) -> Event:
        return self._event("converted", hours, name=name, **fields)

    def _event(self, kind: str, hours: float, **fields: Any) -> Event:
        self.number += 1
        at = self.start + hours * HOUR
        return Event(event_id=f"evt-{self.number}", kind=kind, at=at, **fields)  # type: ignore[arg-type]

    async def tell(self, *events: Event) -> None:
        answer = await self.fleet.engine.engagement.record(self.fleet.app_id, self.phone.id, events)
        assert not answer.rejected


async def settle(fleet: Fleet) -> None:
    """As ten seconds later."""
    attribution = fleet.engine.attribution
    for _ in range(50):
        if not await attribution.settle(fleet.app_id, fleet.engine.clock.now() + HOUR):
            return
    raise AssertionError("It is never settled.")


async def people(fleet: Fleet, campaign: Campaign) -> dict[str, int]:
    """What the counters say, which is what a recount says."""
    await settle(fleet)
    assert await fleet.recounted(campaign)
    counts = await fleet.engine.ledger.people(fleet.app_id, campaign.id, campaign.channels, True)
    return {name: n for name, n in counts.flat().items() if n}


async def sent(fleet: Fleet, **fields: Any) -> Campaign:
    return await fleet.until(await fleet.launch(**fields))


async def test_what_follows_a_tap_is_direct_and_what_follows_no_tap_is_influenced(fleet: Fleet) -> None:
    tapped, untouched, late = [Teller(fleet, phone) for phone in await fleet.phones(3)]
    campaign = await sent(fleet, conversion=ORDER)
    for teller in (tapped, untouched, late):
        await teller.tell(teller.step(campaign, "received", 0))
    await tapped.tell(tapped.step(campaign, "opened", 1))
    for teller, hours in ((tapped, 60), (untouched, 11), (late, 13)):
        await teller.tell(teller.did("order", hours, value=10, currency="EUR"), teller.did("look", 2))
    assert await people(fleet, campaign) == {
        "targeted": 3, "reached": 3, "opened": 1, "credited_direct": 1, "credited_influenced": 1,
        "conversions": 2, "revenue.EUR": 20 * REVENUE_UNITS,
    }  # fmt: skip


async def test_a_conversion_is_worth_something_to_one_campaign_only_and_counts_for_both(fleet: Fleet) -> None:
    [teller] = [Teller(fleet, phone) for phone in await fleet.phones(1)]
    first, second, third = [await sent(fleet, conversion=ORDER) for _ in range(3)]
    await teller.tell(
        teller.step(first, "opened", 0),
        teller.step(second, "opened", 1),
        teller.step(third, "received", 2),
        teller.did("order", 3, value=7.25, currency="USD"),
    )
    worth = {"conversions": 1, "revenue.USD": 72_500}
    both = {"targeted": 1, "reached": 1}
    assert await people(fleet, first) == {**both, "opened": 1, "credited_direct": 1}
    assert await people(fleet, second) == {**both, "opened": 1, "credited_direct": 1, **worth}
    assert await people(fleet, third) == {**both, "credited_influenced": 1}


async def test_whoever_taps_was_not_influenced_whatever_was_seen_first(fleet: Fleet) -> None:
    taps, comes = [Teller(fleet, phone) for phone in await fleet.phones(2)]
    campaign = await sent(fleet)
    for teller in (taps, comes):
        await teller.tell(teller.step(campaign, "received", 0), teller.did("app_open", 2), teller.did("app_open", 3))
    assert (await people(fleet, campaign)) == {"targeted": 2, "reached": 2, "influenced": 2}
    await taps.tell(taps.step(campaign, "opened", 1))
    assert (await people(fleet, campaign)) == {"targeted": 2, "reached": 2, "opened": 1, "influenced": 1}


async def test_coming_too_late_or_before_is_no_influenced_open(fleet: Fleet) -> None:
    before, after = [Teller(fleet, phone) for phone in await fleet.phones(2)]
    campaign = await sent(fleet)
    await before.tell(before.did("app_open", 0), before.step(campaign, "received", 1))
    await after.tell(after.step(campaign, "received", 0), after.did("app_open", 12.1))
    assert (await people(fleet, campaign)) == {"targeted": 2, "reached": 2}


async def test_a_person_with_three_devices_is_one_person(fleet: Fleet) -> None:
    person = new_id("per")
    tellers = [Teller(fleet, phone) for phone in await fleet.phones(3, person_id=person)]
    campaign = await sent(fleet, channels=["push", "inbox"], conversion=ORDER)
    for teller in tellers:
        await teller.tell(
            teller.step(campaign, "received", 0), teller.step(campaign, "opened", 1), teller.did("order", 2)
        )
    assert (await fleet.counts(campaign))["received"] == 3
    assert await people(fleet, campaign) == {
        "targeted": 1, "reached": 1, "opened": 1, "credited_direct": 1, "conversions": 3,
    }  # fmt: skip


async def test_in_whatever_order_and_however_often_it_is_told_the_numbers_are_the_same(fleet: Fleet) -> None:
    """Also with attribution at work in between, and with reports that come at the same moment."""
    chance = random.Random(7)
    first, *others = await fleet.phones(5)
    campaigns = [await sent(fleet, conversion=ORDER), await sent(fleet, conversion=Conversion()), await sent(fleet)]

    def story(phone: Device) -> Sequence[Event]:
        teller = Teller(fleet, phone)
        a, b, c = campaigns
        return [
            teller.step(a, "received", 0), teller.step(b, "received", 1), teller.step(c, "received", 20),
            teller.step(a, "opened", 5), teller.step(b, "clicked", 30), teller.did("app_open", 21),
            teller.did("order", 4, value=1, currency="EUR"), teller.did("order", 6, value=2, currency="EUR"),
            teller.did("order", 31, value=4, currency="EUR"), teller.did("gift", 32, value=8, currency="USD"),
            teller.step(c, "converted", 40, name="order", value=16, currency="EUR"),
        ]  # fmt: skip

    await Teller(fleet, first).tell(*story(first))
    told = [await people(fleet, campaign) for campaign in campaigns]
    assert told == [
        {"targeted": 5, "reached": 1, "opened": 1, "credited_direct": 1, "conversions": 1, "revenue.EUR": 20_000},
        {
            "targeted": 5, "reached": 1, "clicked": 1, "credited_direct": 1,
            "conversions": 3, "revenue.EUR": 50_000, "revenue.USD": 80_000,
        },
        {
            "targeted": 5, "reached": 1, "converted": 1, "influenced": 1, "credited_direct": 1,
            "conversions": 1, "revenue.EUR": 160_000,
        },
    ]  # fmt: skip
    for phone in others:
        events = [*story(phone), *story(phone)]
        chance.shuffle(events)
        teller = Teller(fleet, phone)
        while events:
            parts = [events[:3], events[3:5]]
            events = events[5:]
            await asyncio.gather(*(teller.tell(*part) for part in parts if part))
            if chance.random() < 0.5:
                await settle(fleet)
    for campaign, once in zip(campaigns, told, strict=True):
        assert await people(fleet, campaign) == {name: n if name == "targeted" else 5 * n for name, n in once.items()}


async def test_who_logs_in_was_one_person_all_along(fleet: Fleet) -> None:
    phone, tablet = await fleet.phones(2)
    campaign = await sent(fleet, conversion=ORDER)
    known = await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ann"))
    for device in (phone, tablet):
        teller = Teller(fleet, device)
        await teller.tell(teller.step(campaign, "received", 0), teller.step(campaign, "opened", 1))
        await teller.tell(teller.did("order", 2, value=1, currency="EUR"))
    counted = await people(fleet, campaign)
    assert (counted["reached"], counted["opened"], counted["credited_direct"]) == (2, 2, 2)
    assert (await fleet.engine.devices.log_in(fleet.app_id, tablet.id, Login(external_id="ann"))).id == known.id
    counted = await people(fleet, campaign)
    assert (counted["reached"], counted["opened"], counted["credited_direct"]) == (1, 1, 1)
    assert (counted["conversions"], counted["revenue.EUR"]) == (2, 2 * REVENUE_UNITS)


async def test_the_held_out_are_measured_as_all_others_are(fleet: Fleet) -> None:
    phones = await fleet.phones(40)
    words = [wire.Variant(name=name, content=HELLO) for name in ("short", "long")]
    experiment = wire.Experiment(variants=words, holdout_percent=50)
    campaign = await sent(fleet, conversion=ORDER, experiment=experiment)
    rows, _ = await fleet.engine.ledger.recipients(fleet.app_id, campaign.id, None, None, 100, None)
    held_out = {row.person_id for row in rows if row.reason == "holdout"}
    for phone in phones:
        order = Event(event_id="o", kind="converted", name="order", at=datetime.now(UTC))
        await fleet.engine.engagement.record(fleet.app_id, phone.id, [order])
    await settle(fleet)
    groups = await fleet.engine.ledger.counters.variants(fleet.app_id, campaign.id)
    converted = {name: channels["people"]["converted"] for name, channels in groups.items()}
    assert 0 < converted["~holdout"] == len(held_out) < 40
    assert sum(converted.values()) == 40
    assert await fleet.recounted(campaign)

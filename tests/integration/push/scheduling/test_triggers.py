"""A person's own events set campaigns off for them, after a delay, unless another event comes first."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from push.campaigns.model import Campaign
from push.clock import Clock
from push.devices.model import Device
from push.ids import new_id
from push.ledger.model import delivery_id
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.devices import Login
from sdk_contracts.wire.events import Event
from sdk_contracts.wire.scheduling import Schedule, Trigger
from tests.clocks import FakeClock
from tests.fleet import Fleet, working
from tests.integration.push.scheduling.conftest import SATURDAY
from tests.integration.push.scheduling.playing import pushed, runs, sent, until

CART = Schedule(trigger=Trigger(event="cart", delay_seconds=3600, cancelled_by=["purchase"]))


class Shop:
    """Phones that were sent something, and so have what they do reported."""

    def __init__(self, fleet: Fleet, campaign: Campaign) -> None:
        self.fleet = fleet
        self._campaign = campaign

    async def did(self, phone: Device, *names: str, ago: int = 0, **told: Any) -> None:
        """Reported together, each a minute after the one before."""
        now = self.fleet.engine.clock.now() - timedelta(seconds=ago)
        events = [
            Event(
                event_id=new_id("evt"),
                kind="converted",
                at=now - timedelta(minutes=len(names) - 1 - place),
                name=name,
                delivery_id=delivery_id(self._campaign.id, "push", phone.id),
                **told,
            )
            for place, name in enumerate(names)
        ]
        answer = await self.fleet.engine.engagement.record(self.fleet.app_id, phone.id, events[::-1])
        assert answer.accepted == len(names)

    async def waiting(self) -> int:
        waits = self.fleet.engine.database.collection("trigger_waits")
        return await waits.count_documents({"app_id": self.fleet.app_id})


@pytest.fixture
async def shop(fleet: Fleet) -> Shop:
    await fleet.phones(5)
    async with working(fleet.engine):
        campaign = await fleet.launch()
        await fleet.until(campaign)
    return Shop(fleet, campaign)


async def phones(fleet: Fleet) -> list[Device]:
    return [device async for page in fleet.engine.device_store.walk(fleet.app_id, {}, "") for device in page]


async def test_who_left_a_cart_is_reminded_after_an_hour_and_who_bought_is_not(shop: Shop, clock: FakeClock) -> None:
    """Also where both were reported at once, the other way about; two workers remind once."""
    fleet = shop.fleet
    one, two, three, four, _ = await phones(fleet)
    cart = await fleet.launch(schedule=CART)
    clock.forward(hours=1)
    await shop.did(one, "cart")
    await shop.did(one, "cart")
    await shop.did(two, "cart")
    await shop.did(two, "purchase")
    await shop.did(three, "cart", "purchase")
    await shop.did(four, "purchase", "cart")
    assert await shop.waiting() == 2
    async with working(fleet.engine), working(fleet.engine):
        clock.forward(minutes=59)
        await fleet.until(await fleet.launch(audience=wire.Audience(include=wire.Rule(topics=["nobody"]))))
        assert await runs(fleet, cart) == []
        clock.forward(minutes=1)
        await until(lambda: sent(fleet, cart, 1))
        [run] = await runs(fleet, cart)
        assert {delivery for delivery in fleet.fcm.deliveries if delivery.startswith(f"dlv_{run.id[4:]}")} == {
            delivery_id(run.id, "push", phone.id) for phone in (one, four)
        }
        await shop.did(one, "cart")
        clock.forward(hours=1)
        await until(lambda: sent(fleet, cart, 2))
    assert pushed(fleet, *await runs(fleet, cart)) == [1] * 3
    assert await shop.waiting() == 0
    assert (await fleet.engine.campaigns.get(fleet.app_id, cart.id)).state == "scheduled"


async def test_events_count_from_the_launch_on_and_within_the_window(shop: Shop, clock: FakeClock) -> None:
    fleet = shop.fleet
    one, two, three, *_ = await phones(fleet)
    clock.forward(hours=1)
    opens, closes = SATURDAY + timedelta(hours=2), SATURDAY + timedelta(hours=5)
    window = Schedule(at=opens, until=closes, trigger=Trigger(event="cart", delay_seconds=600))
    campaign = await fleet.launch(schedule=window)
    await shop.did(one, "cart")
    clock.set(opens + timedelta(hours=1))
    await shop.did(two, "cart", ago=2 * 3600)
    assert await shop.waiting() == 0
    await shop.did(two, "cart")
    clock.set(closes - timedelta(minutes=5))
    await shop.did(three, "cart")
    assert await shop.waiting() == 2
    clock.set(closes + timedelta(hours=1))
    async with working(fleet.engine):
        await fleet.until(campaign)
        await until(lambda: _nobody(shop))
    assert await runs(fleet, campaign) == [], "after the end of the window nothing begins"


async def _nobody(shop: Shop) -> bool:
    return await shop.waiting() == 0


async def test_a_trigger_is_paused_resumed_and_cancelled(shop: Shop, clock: FakeClock) -> None:
    fleet = shop.fleet
    one, two, three, *_ = await phones(fleet)
    campaigns = fleet.engine.campaigns
    cart = await fleet.launch(schedule=CART)
    await shop.did(one, "cart")
    await shop.did(three, "cart")
    await campaigns.pause(fleet.app_id, cart.id)
    await shop.did(two, "cart")
    await shop.did(three, "purchase")
    clock.forward(hours=2)
    async with working(fleet.engine):
        await until(lambda: _put_off(shop, clock))
        assert await runs(fleet, cart) == []
        await campaigns.resume(fleet.app_id, cart.id)
        clock.forward(minutes=1)
        await until(lambda: sent(fleet, cart, 1))
        await shop.did(one, "cart")
        await campaigns.cancel(fleet.app_id, cart.id)
        clock.forward(hours=2)
        await until(lambda: _nobody(shop))
    assert pushed(fleet, *await runs(fleet, cart)) == [1]


async def _put_off(shop: Shop, clock: Clock) -> bool:
    waits = shop.fleet.engine.database.collection("trigger_waits")
    return all(
        [wait["due_at"] > clock.now() async for wait in waits.find({"app_id": shop.fleet.app_id}, {"due_at": 1})]
    )


async def test_only_those_of_the_audience_are_sent_it(shop: Shop, clock: FakeClock) -> None:
    fleet = shop.fleet
    one, two, *_ = await phones(fleet)
    few = wire.Audience(include=wire.Rule(all=True), exclude=wire.Rule(device_ids=[two.id]))
    at_once = await fleet.launch(schedule=Schedule(trigger=Trigger(event="cart")), audience=few)
    clock.forward(minutes=1)
    await asyncio.gather(shop.did(one, "cart"), shop.did(two, "cart"))
    async with working(fleet.engine):
        await until(lambda: _nobody(shop))
        await until(lambda: _all_sent(fleet, at_once))
    assert pushed(fleet, *await runs(fleet, at_once)) == [1]


async def _all_sent(fleet: Fleet, campaign: Campaign) -> bool:
    return all(run.state == "sent" for run in await runs(fleet, campaign))


async def test_what_a_person_does_by_themselves_sets_it_off_once_however_often_it_is_reported(
    shop: Shop, clock: FakeClock
) -> None:
    """Apart from anything they were sent."""
    fleet = shop.fleet
    phone, other, *_ = await phones(fleet)
    cart = await fleet.launch(schedule=CART)
    at = clock.now()
    event = Event(event_id="their-own", kind="converted", at=at, name="cart")
    for accepted, duplicates in ((1, 0), (0, 1)):
        answer = await fleet.engine.engagement.record(fleet.app_id, phone.id, [event])
        assert (answer.accepted, answer.duplicates, answer.rejected) == (accepted, duplicates, [])
    await fleet.engine.engagement.record(fleet.app_id, other.id, [event])
    bought = Event(event_id="bought", kind="converted", at=at + timedelta(minutes=1), name="purchase")
    nameless = Event(event_id="nameless", kind="converted", at=at)
    clock.forward(hours=1)
    answer = await fleet.engine.engagement.record(fleet.app_id, other.id, [bought, nameless])
    assert [each.index for each in answer.rejected] == [1]
    async with working(fleet.engine):
        await until(lambda: sent(fleet, cart, 1))
    assert pushed(fleet, *await runs(fleet, cart)) == [1]


async def test_a_campaign_that_cannot_be_read_holds_up_no_other(shop: Shop, clock: FakeClock) -> None:
    fleet = shop.fleet
    phone, *_ = await phones(fleet)
    broken, whole = await fleet.launch(schedule=CART), await fleet.launch(schedule=CART)
    await shop.did(phone, "cart")
    campaigns = fleet.engine.database.collection("campaigns")
    await campaigns.update_one({"app_id": fleet.app_id, "_id": broken.id}, {"$set": {"content": "?"}})
    clock.forward(hours=1)
    async with working(fleet.engine):
        await until(lambda: sent(fleet, whole, 1))
        await until(lambda: _put_off(shop, clock))
    assert await shop.waiting() == 1


async def test_who_logs_in_while_waiting_is_sent_it_all_the_same(shop: Shop, clock: FakeClock) -> None:
    fleet = shop.fleet
    phone, *_ = await phones(fleet)
    cart = await fleet.launch(schedule=CART)
    await shop.did(phone, "cart")
    await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ada"))
    clock.forward(hours=1)
    async with working(fleet.engine):
        await until(lambda: sent(fleet, cart, 1))
    assert pushed(fleet, *await runs(fleet, cart)) == [1]


async def test_a_text_speaks_of_what_set_it_off_for_each_who_is_in_the_run(shop: Shop, clock: FakeClock) -> None:
    """Also its second step; and who did not say what it was worth is told so much less."""
    fleet = shop.fleet
    one, two, *_ = await phones(fleet)
    words = "You left {{ event.value | default: 'something' }} {{ event.currency }} at {{ event.at | date: '%H:%M' }}"
    step = wire.FollowUp(after_seconds=3600, channels=["push"], content=said("Still {{ event.value }}?"))
    cart = await fleet.launch(schedule=CART, content=said(words), follow_up=step)
    clock.forward(minutes=1)
    await shop.did(one, "cart", value=12.5, currency="EUR")
    await shop.did(two, "cart")
    at = fleet.engine.clock.now()
    async with working(fleet.engine):
        clock.forward(hours=1, minutes=1)
        await until(lambda: sent(fleet, cart, 1))
        [run] = await runs(fleet, cart)
        assert titles(fleet, run, one, two) == [
            f"You left 12.5 EUR at {at:%H:%M}",
            f"You left something  at {at:%H:%M}",
        ]
        clock.forward(hours=1, minutes=1)
        await until(lambda: sent(fleet, run, 1))
        [second] = await runs(fleet, run)
        assert titles(fleet, second, one, two) == ["Still 12.5?", "Still ?"]


def said(title: str) -> Content:
    return Content(default_locale="en", translations={"en": Translation(title=title)})


def titles(fleet: Fleet, run: Campaign, *phones: Device) -> list[str]:
    told = {each.delivery_id: each.json()["message"]["notification"]["title"] for each in fleet.fcm.messages}
    return [told[delivery_id(run.id, "push", phone.id)] for phone in phones]

"""Who did not open the first step gets a second, on another channel."""

from datetime import timedelta

import pytest

from push.devices.model import Device
from push.errors import IllegalMove, LeaseLost
from push.ids import new_id
from push.ledger.model import delivery_id
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.events import Event
from sdk_contracts.wire.scheduling import Schedule
from tests.clocks import FakeClock
from tests.fleet import Fleet, working
from tests.integration.push.scheduling.conftest import SATURDAY
from tests.integration.push.scheduling.playing import runs, sent, until

REMINDER = Content(default_locale="en", translations={"en": Translation(title="In case you missed it")})
LATER = wire.FollowUp(after_seconds=3600, channels=["inbox"], content=REMINDER)


async def opened(fleet: Fleet, campaign_id: str, phone: Device) -> None:
    event = Event(
        event_id=new_id("evt"),
        kind="opened",
        at=fleet.engine.clock.now(),
        delivery_id=delivery_id(campaign_id, "push", phone.id),
    )
    assert (await fleet.engine.engagement.record(fleet.app_id, phone.id, [event])).accepted == 1


async def titles(fleet: Fleet, phone: Device) -> list[str]:
    reader = await fleet.inbox(phone)
    return [item.title for item in (await fleet.engine.inbox.page(reader, "all", 10, None)).items]


async def test_who_did_not_open_the_push_finds_it_in_the_inbox(fleet: Fleet, clock: FakeClock) -> None:
    """Once a person, however many phones; who opened on one of two has opened; who was sent nothing gets nothing."""
    [asleep], [reader] = await fleet.phones(1), await fleet.phones(1)
    [here] = await fleet.phones(1)
    [there] = await fleet.phones(1, person_id=here.person_id)
    [left] = await fleet.phones(1)
    [beside] = await fleet.phones(1, person_id=left.person_id)
    [muted] = await fleet.phones(1, opted_in=False)
    first = await fleet.launch(follow_up=LATER)
    async with working(fleet.engine), working(fleet.engine):
        await fleet.until(first)
        await opened(fleet, first.id, reader)
        await opened(fleet, first.id, there)
        clock.forward(minutes=59)
        await fleet.until(await fleet.launch(audience=wire.Audience(include=wire.Rule(topics=["nobody"]))))
        assert await runs(fleet, first) == []
        clock.forward(minutes=1)
        await until(lambda: sent(fleet, first, 1))
    [step] = await runs(fleet, first)
    assert (await fleet.counts(step, "inbox"))["accepted"] == 2
    assert [await titles(fleet, phone) for phone in (asleep, reader, here, left, beside, muted)] == [
        ["In case you missed it"], [], [], ["In case you missed it"], ["In case you missed it"], [],
    ]  # fmt: skip
    assert (await fleet.engine.campaigns.get(fleet.app_id, first.id)).due_at is None
    assert step.follow_up is None


async def test_a_second_step_stands_out_in_the_inbox_where_it_is_to(fleet: Fleet, clock: FakeClock) -> None:
    [asleep] = await fleet.phones(1)
    first = await fleet.launch(
        follow_up=wire.FollowUp(after_seconds=3600, channels=["inbox"], highlight=True), channels=["push", "inbox"]
    )
    async with working(fleet.engine):
        await fleet.until(first)
        clock.forward(hours=1, minutes=1)
        await until(lambda: sent(fleet, first, 1))
    page = await fleet.engine.inbox.page(await fleet.inbox(asleep), "all", 10, None)
    assert [item.highlighted for item in page.items] == [True, False], "newest first, as always"


async def test_the_second_step_may_be_a_push_and_begins_once_after_a_restart(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(3)
    again = wire.FollowUp(after_seconds=60, channels=["push"])
    async with working(fleet.engine):
        first = await fleet.launch(follow_up=again, channels=["push", "inbox"])
        await fleet.until(first)
    clock.forward(days=2)
    async with working(fleet.engine), working(fleet.engine):
        await until(lambda: sent(fleet, first, 1))
        await fleet.until(await fleet.launch())
    [step] = await runs(fleet, first)
    assert (await fleet.counts(step))["accepted"] == 3
    assert await fleet.recounted(step)


async def test_each_run_has_its_own_second_step(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(1)
    daily = await fleet.launch(
        schedule=Schedule(at=SATURDAY + timedelta(hours=1), repeat="FREQ=DAILY;COUNT=2"), follow_up=LATER
    )
    async with working(fleet.engine):
        for count in (1, 2):
            clock.set(SATURDAY + timedelta(days=count - 1, hours=1))
            await until(lambda count=count: sent(fleet, daily, count))  # type: ignore[misc]
            clock.forward(hours=2)
            run = (await runs(fleet, daily))[-1]
            await until(lambda run=run: sent(fleet, run, 1))  # type: ignore[misc]


async def test_a_second_step_that_is_to_come_is_shown_and_called_off(fleet: Fleet, clock: FakeClock) -> None:
    from api import views

    await fleet.phones(1)
    first = await fleet.launch(follow_up=LATER)
    store, starting = fleet.engine.campaign_store, fleet.engine.starting
    async with working(fleet.engine):
        done = await fleet.until(first)
    assert views.campaign(done).starts_at == SATURDAY + timedelta(hours=1)
    clock.forward(hours=1)
    claimed = await store.claim(fleet.app_id, "quick", clock.now())
    called_off = await fleet.engine.campaigns.cancel(fleet.app_id, first.id)
    assert (called_off.state, views.campaign(called_off).starts_at) == ("sent", None)
    assert claimed is not None
    with pytest.raises(LeaseLost):
        await starting.follow_up(claimed)
    assert await runs(fleet, first) == []
    with pytest.raises(IllegalMove):
        await fleet.engine.campaigns.cancel(fleet.app_id, first.id)


async def test_two_who_both_see_the_last_batch_settled_lose_no_second_step(fleet: Fleet) -> None:
    await fleet.phones(1)
    launched = await fleet.launch(follow_up=LATER)
    store, now = fleet.engine.campaign_store, fleet.engine.clock.now()
    first = await fleet.engine.campaigns.get(fleet.app_id, launched.id)
    for _ in range(2):
        await store.finish(first, now)
    done = await fleet.engine.campaigns.get(fleet.app_id, first.id)
    assert (done.state, done.follows_at) == ("sent", now + timedelta(hours=1))


async def test_what_is_cancelled_is_followed_by_nothing(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(1)
    first = await fleet.launch(follow_up=LATER)
    await fleet.engine.campaigns.cancel(fleet.app_id, first.id)
    async with working(fleet.engine):
        clock.forward(hours=3)
        await fleet.until(await fleet.launch())
    assert await runs(fleet, first) == []

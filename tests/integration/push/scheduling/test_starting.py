"""Each campaign goes out at its time, once, however many workers there are (check 23)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from push.campaigns.model import Campaign
from push.errors import LeaseLost
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire import people
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.scheduling import Schedule
from tests.clocks import FakeClock
from tests.fleet import Fleet, working
from tests.integration.push.scheduling.conftest import SATURDAY
from tests.integration.push.scheduling.playing import accepted, pushed, runs, sent, until

HOUR = timedelta(hours=1)


async def test_a_campaign_waits_for_its_time_and_two_workers_send_it_once(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(20)
    async with working(fleet.engine), working(fleet.engine):
        campaign = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR))
        other = await fleet.launch()
        await fleet.until(other)
        waiting = await fleet.engine.campaigns.get(fleet.app_id, campaign.id)
        assert (waiting.state, waiting.launched_at) == ("scheduled", None)
        clock.forward(hours=1)
        done = await fleet.until(campaign)
    assert done.launched_at == SATURDAY + HOUR
    assert pushed(fleet, campaign) == [1] * 20


async def test_a_worker_that_was_away_at_the_time_begins_when_it_is_back_unless_it_is_over(
    fleet: Fleet, clock: FakeClock
) -> None:
    await fleet.phones(2)
    late = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR))
    over = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR, until=SATURDAY + 2 * HOUR))
    clock.forward(hours=3)
    async with working(fleet.engine):
        await fleet.until(late)
        await fleet.until(over, "failed")
    assert (len(pushed(fleet, late)), len(pushed(fleet, over))) == (2, 0)


async def test_who_lost_the_lease_begins_nothing(fleet: Fleet, clock: FakeClock) -> None:
    """Two schedulers, of which one has slept for longer than its lease."""
    await fleet.phones(1)
    store, starting = fleet.engine.campaign_store, fleet.engine.starting
    for schedule in (Schedule(at=SATURDAY), Schedule(at=SATURDAY, repeat="FREQ=DAILY")):
        campaign = await fleet.launch(schedule=schedule)
        slow = await store.claim(fleet.app_id, "slow", clock.now())
        clock.set(clock.now() + store.lease + HOUR)
        quick = await store.claim(fleet.app_id, "quick", clock.now())
        assert slow is not None
        assert quick is not None
        await starting.start(quick)
        with pytest.raises(LeaseLost):
            await starting.start(slow)
        assert len(await runs(fleet, campaign)) == (schedule.repeat is not None)
        await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)
        clock.set(SATURDAY)


async def test_what_repeats_has_a_run_a_time_counted_apart_by_the_clocks_of_the_app(
    fleet: Fleet, clock: FakeClock
) -> None:
    """Over the night in which clocks in Berlin are put forward, with a restart in between."""
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(timezone="Europe/Berlin"))
    await fleet.phones(3)
    campaign = await fleet.launch(
        schedule=Schedule(at=SATURDAY + 2 * HOUR, repeat="FREQ=DAILY;COUNT=3"), channels=["push", "inbox"]
    )
    nine = [datetime(2035, 3, day, 9, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC) for day in (24, 25, 26)]
    for number, moment in enumerate(nine, start=1):
        async with working(fleet.engine), working(fleet.engine):
            clock.set(moment)
            await until(lambda number=number: sent(fleet, campaign, number))  # type: ignore[misc]
    assert [run.launched_at for run in await runs(fleet, campaign)] == nine
    for run in await runs(fleet, campaign):
        assert (await fleet.counts(run))["accepted"] == 3
        assert run.run_of == campaign.id
    assert pushed(fleet, *await runs(fleet, campaign)) == [1] * 9
    assert (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).state == "sent"
    listed, _ = await fleet.engine.campaigns.page(fleet.app_id, 100, None)
    assert [each.id for each in listed] == [campaign.id]


async def test_a_paused_campaign_begins_no_run_and_goes_on_with_the_next(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(1)
    campaigns = fleet.engine.campaigns
    daily = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR, repeat="FREQ=DAILY"))
    once = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR))
    for campaign in (daily, once):
        await campaigns.pause(fleet.app_id, campaign.id)
    clock.forward(days=2)
    async with working(fleet.engine):
        await fleet.until(await fleet.launch())
        assert await runs(fleet, daily) == []
        assert (await campaigns.get(fleet.app_id, once.id)).state == "paused"
        for campaign in (daily, once):
            assert (await campaigns.resume(fleet.app_id, campaign.id)).state == "scheduled"
        await fleet.until(once)
        clock.forward(hours=1)
        await until(lambda: sent(fleet, daily, 1))
        cancelled = await campaigns.cancel(fleet.app_id, daily.id)
        assert cancelled.state == "cancelled"
        clock.forward(days=1)
        await fleet.until(await fleet.launch())
        assert len(await runs(fleet, daily)) == 1


ZONES = {
    "Pacific/Kiritimati": 14,
    "Asia/Kolkata": 5.5,
    "Europe/Berlin": 2,
    "America/New_York": -4,
    "Pacific/Pago_Pago": -11,
}
"""What they are ahead of UTC on the day after; in Berlin since that night."""


@pytest.mark.parametrize("kind", ["service", "promotion"])
async def test_each_device_has_it_at_nine_by_its_own_clock(fleet: Fleet, clock: FakeClock, kind: str) -> None:
    """One that has told no time zone has it when it is nine where the app is."""
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(timezone="America/New_York"))
    for zone in ZONES:
        await fleet.phones(2, timezone=zone)
    await fleet.phones(1)
    nine = datetime(2035, 3, 25, 9, 0, tzinfo=UTC)
    moments = sorted((nine - timedelta(hours=ahead), 3 if ahead == -4 else 2) for ahead in ZONES.values())
    total = 0
    clock.set(nine - timedelta(hours=15))
    async with working(fleet.engine), working(fleet.engine):
        campaign = await fleet.launch(
            schedule=Schedule(at=nine, local_time=True), channels=["push", "inbox"], kind=kind
        )
        for moment, count in moments:
            clock.set(moment - timedelta(minutes=1))
            await fleet.until(await fleet.launch(audience=wire.Audience(include=wire.Rule(topics=["nobody"]))))
            assert len(pushed(fleet, campaign)) == total, "a minute before the time nobody new has it"
            clock.set(moment)
            total += count
            await accepted(fleet, campaign, total)
            await accepted(fleet, campaign, total, "inbox")
        await fleet.until(campaign)
    assert pushed(fleet, campaign) == [1] * 11
    assert await fleet.recounted(campaign)


async def test_where_the_time_is_past_it_goes_at_once_until_the_window_ends(fleet: Fleet, clock: FakeClock) -> None:
    """At 12:00 UTC it is 17:30 in Kolkata, 13:00 in Berlin, 8:00 in New York."""
    for zone in ("Asia/Kolkata", "Europe/Berlin", "America/New_York"):
        await fleet.phones(1, timezone=zone)
    clock.set(SATURDAY.replace(hour=12))
    nine = SATURDAY.replace(hour=9)
    async with working(fleet.engine):
        late = await fleet.launch(schedule=Schedule(at=nine, local_time=True))
        window = await fleet.launch(schedule=Schedule(at=nine, until=nine.replace(hour=17), local_time=True))
        await accepted(fleet, late, 2)
        await accepted(fleet, window, 1)
        assert (await fleet.counts(window)).skipped_by_reason == {"expired": 1}
        clock.forward(hours=1)
        await fleet.until(late)
        await fleet.until(window)
    assert (await fleet.counts(late))["accepted"] == 3
    assert (await fleet.counts(window))["accepted"] == 2


async def test_a_schedule_is_kept_shown_and_taken_back(fleet: Fleet) -> None:
    from api import views

    weekly = Schedule(at=SATURDAY + HOUR, repeat="FREQ=WEEKLY;BYDAY=SA")
    shown = views.campaign(await fleet.launch(schedule=weekly))
    assert (shown.state, shown.starts_at, shown.schedule) == ("scheduled", SATURDAY + HOUR, weekly)
    other = await fleet.campaign(schedule=weekly)
    change = wire.CampaignChange(schedule=None)
    assert (await fleet.engine.campaigns.change(fleet.app_id, other.id, change)).schedule is None


async def test_who_cancels_what_repeats_cancels_the_run_that_is_under_way(fleet: Fleet, clock: FakeClock) -> None:
    """Its pushes wait for the end of quiet hours."""
    hours = people.QuietHours(from_="00:00", to="23:00")
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(quiet_hours=hours))
    await fleet.phones(2)
    daily = await fleet.launch(schedule=Schedule(at=SATURDAY + HOUR, repeat="FREQ=DAILY"), kind="promotion")
    async with working(fleet.engine):
        clock.forward(hours=1)
        await until(lambda: _under_way(fleet, daily))
        await fleet.engine.campaigns.cancel(fleet.app_id, daily.id)
        [run] = await runs(fleet, daily)
        await fleet.until(run, "cancelled")
        assert (await fleet.settled(run)).skipped_by_reason == {"cancelled": 2}


async def _under_way(fleet: Fleet, daily: Campaign) -> bool:
    return [run.planned for run in await runs(fleet, daily)] == [True]

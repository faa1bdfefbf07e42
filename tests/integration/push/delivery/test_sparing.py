"""A night in which nobody is woken and a day in which nobody gets too much, with workers and a clock set by hand."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from push.apps.model import QuietHours
from push.campaigns.model import Campaign
from push.clock import TIMEZONES
from push.delivery.lanes import Lanes
from push.delivery.sending import Sending
from push.devices.model import Device
from push.engine import Engine, open_engine
from push.ids import new_id
from push.ledger.model import Row
from push.people.model import Gate
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, WebPushStandIn
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire import people as people_wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.devices import DeviceChange
from sdk_contracts.wire.people import CategoryPreference, Consent, PreferencesChange
from tests.clocks import FakeClock
from tests.fleet import Fleet, provider_settings, working

EVENING = datetime(2035, 5, 7, 22, 30, tzinfo=UTC)
"""7:30 in Tokyo, half past midnight in Berlin, 18:30 in New York."""
TOKYO_WAKES = datetime(2035, 5, 7, 23, 0, tzinfo=UTC)
BERLIN_WAKES = datetime(2035, 5, 8, 6, 0, tzinfo=UTC)
LONDON_WAKES = datetime(2035, 5, 8, 7, 0, tzinfo=UTC)
UTC_WAKES = datetime(2035, 5, 8, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock(EVENING)


@pytest.fixture(scope="module")
async def engine(
    settings: Settings, clock: FakeClock, fcm: FcmStandIn, web_push: WebPushStandIn
) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm, web_push), clock=clock) as running:
        yield running


@pytest.fixture
async def night(fleet: Fleet, clock: FakeClock) -> Fleet:
    """An app with the quiet hours that every app begins with."""
    clock.set(EVENING)
    hours = people_wire.QuietHours(from_="21:00", to="08:00")
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(quiet_hours=hours))
    return fleet


async def planned(fleet: Fleet, campaign: Campaign, count: int) -> None:
    """Returns once everybody is planned and so many of them wait."""
    async with asyncio.timeout(30):
        while True:
            current = await fleet.engine.campaigns.get(fleet.app_id, campaign.id)
            if current.planned and (await fleet.counts(campaign))["planned"] == count:
                rows = await rows_of(fleet, campaign)
                if sum(row.not_before is not None for row in rows if row.state == "planned") == count:
                    return
            await asyncio.sleep(0.05)


async def rows_of(fleet: Fleet, campaign: Campaign) -> list[Row]:
    return [row async for row in fleet.engine.ledger.store.all(fleet.app_id, campaign.id) if row.channel == "push"]


async def waiting_until(fleet: Fleet, campaign: Campaign) -> Counter[datetime | None]:
    return Counter(row.not_before for row in await rows_of(fleet, campaign) if row.state == "planned")


async def reasons(fleet: Fleet, campaign: Campaign) -> dict[str, int]:
    return (await fleet.settled(campaign)).skipped_by_reason


async def test_each_is_pushed_when_it_is_eight_where_they_are(night: Fleet, engine: Engine, clock: FakeClock) -> None:
    for zone, count in (("America/New_York", 2), ("Asia/Tokyo", 3), ("Europe/Berlin", 4), (None, 5), ("Bad/Zone", 1)):
        await night.phones(count, timezone=zone)
    batches = engine.database.collection("batches")
    async with working(engine), working(engine):
        campaign = await night.launch(kind="promotion", channels=["push", "inbox"])
        await planned(night, campaign, 13)
        assert await waiting_until(night, campaign) == {TOKYO_WAKES: 3, BERLIN_WAKES: 4, UTC_WAKES: 6}
        stored = await batches.find({"app_id": night.app_id, "campaign_id": campaign.id}).to_list(None)
        assert sorted((batch["due_at"], batch["tries"]) for batch in stored) == [
            (TOKYO_WAKES, 0),
            (BERLIN_WAKES, 0),
            (UTC_WAKES, 0),
        ]
        # An inbox item disturbs nobody, so all of them have theirs.
        assert (await night.settled(campaign, "inbox"))["accepted"] == 15
        accepted = 2
        for wakes, count in ((TOKYO_WAKES, 3), (BERLIN_WAKES, 4), (UTC_WAKES, 6)):
            assert (await night.counts(campaign))["accepted"] == len(night.fcm.deliveries) == accepted
            clock.set(wakes)
            accepted += count
            async with asyncio.timeout(30):
                while (await night.counts(campaign))["accepted"] < accepted:
                    await asyncio.sleep(0.05)
        await night.until(campaign)
    assert set(night.fcm.deliveries.values()) == {1}
    assert (await night.counts(campaign)).conserved
    assert await night.recounted(campaign)


async def test_a_planned_push_says_until_when_it_waits(night: Fleet, engine: Engine) -> None:
    from api import views

    await night.phones(1, timezone="Europe/Berlin")
    async with working(engine):
        campaign = await night.launch(kind="promotion")
        await planned(night, campaign, 1)
    [row], _ = await engine.ledger.recipients(night.app_id, campaign.id, "planned", None, 10, None)
    assert (views.recipient(row, None).state, views.recipient(row, None).not_before) == ("planned", BERLIN_WAKES)


@pytest.mark.parametrize(
    "fields", [{"kind": "service"}, {"kind": "training"}, {"kind": "promotion", "limits": {"ignore_quiet_hours": True}}]
)
async def test_what_may_pass_the_apps_quiet_hours_goes_at_once(
    night: Fleet, engine: Engine, fields: dict[str, Any]
) -> None:
    await night.phones(3, timezone="Europe/Berlin")
    if "limits" in fields:
        fields = {**fields, "limits": wire.Limits(**fields["limits"])}
    async with working(engine):
        await night.until(campaign := await night.launch(**fields))
    assert (await night.counts(campaign))["accepted"] == 3


async def test_a_persons_own_quiet_hours_count_instead_and_hold_back_training(
    night: Fleet, engine: Engine, clock: FakeClock
) -> None:
    early = Gate(consent=True, quiet_hours=QuietHours(from_="20:00", to="00:15"))
    late = Gate(consent=True, quiet_hours=QuietHours(from_="20:00", to="09:00"))
    await night.phones(2, timezone="Europe/Berlin", gate=early)
    await night.phones(3, timezone="Europe/Berlin", gate=late)
    async with working(engine):
        for kind in ("promotion", "training"):
            clock.set(EVENING)
            campaign = await night.launch(kind=kind)
            await planned(night, campaign, 3)
            assert await waiting_until(night, campaign) == {LONDON_WAKES: 3}
            clock.set(LONDON_WAKES)
            await night.until(campaign)


@pytest.mark.parametrize(
    "fields",
    [
        {"limits": wire.Limits(expires_at=datetime(2035, 5, 8, 6, 0, tzinfo=UTC))},
        {"ttl_seconds": int((BERLIN_WAKES - EVENING).total_seconds())},
    ],
)
async def test_who_would_wait_longer_than_the_message_lives_is_not_made_to_wait(
    night: Fleet, engine: Engine, fields: dict[str, Any]
) -> None:
    await night.phones(3, timezone="Europe/Berlin")
    await night.phones(2, timezone="America/New_York")
    draft = {"kind": "promotion", **fields}
    if seconds := draft.pop("ttl_seconds", None):
        from tests.fleet import HELLO

        draft["content"] = type(HELLO)(default_locale="en", translations=HELLO.translations, ttl_seconds=seconds)
    async with working(engine):
        await night.until(campaign := await night.launch(**draft))
    counts = await night.counts(campaign)
    assert (counts["accepted"], counts.skipped_by_reason) == (2, {"expired": 3})


async def test_what_is_said_in_the_night_is_heard_in_the_morning(
    night: Fleet, engine: Engine, clock: FakeClock
) -> None:
    """Opting out, muting, taking consent back and moving to another time zone, while the push waits."""
    out, muter, no, traveller, _ = [(await night.phones(1, timezone="Europe/Berlin"))[0] for _ in range(5)]
    async with working(engine):
        campaign = await night.launch(kind="promotion", category="offers")
        await planned(night, campaign, 5)
        app_id = night.app_id
        await engine.devices.change(app_id, out.id, DeviceChange(opted_in=False))
        for person_id in (muter.person_id, traveller.person_id):
            yes = PreferencesChange(consent=Consent(promotion=True, at=clock.now()))
            await engine.people.change_preferences(app_id, person_id, yes)
        muted = PreferencesChange(categories={"offers": CategoryPreference(push=False)})
        await engine.people.change_preferences(app_id, muter.person_id, muted)
        refused = PreferencesChange(consent=Consent(promotion=False, at=clock.now()))
        await engine.people.change_preferences(app_id, no.person_id, refused)
        await engine.devices.change(app_id, traveller.id, DeviceChange(timezone="Europe/London"))
        clock.set(BERLIN_WAKES)
        await planned(night, campaign, 1)
        assert await waiting_until(night, campaign) == {LONDON_WAKES: 1}
        clock.set(LONDON_WAKES)
        assert await reasons(night, campaign) == {"opted_out": 1, "category_muted": 1, "no_consent": 1}
        await night.until(campaign)
    assert (await night.counts(campaign))["accepted"] == 2
    assert await night.recounted(campaign)


async def test_what_is_cancelled_in_the_night_does_not_wait_for_the_morning(night: Fleet, engine: Engine) -> None:
    await night.phones(4, timezone="Europe/Berlin")
    async with working(engine):
        campaign = await night.launch(kind="promotion")
        await planned(night, campaign, 4)
        await engine.campaigns.cancel(night.app_id, campaign.id)
        assert await reasons(night, campaign) == {"cancelled": 4}
    assert not night.fcm.deliveries


async def test_what_is_cancelled_while_a_batch_is_under_way_does_not_wait_either(
    night: Fleet, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.phones(4, timezone="Europe/Berlin")
    await night.phones(1, timezone="America/New_York")
    draft = await night.campaign(kind="promotion")
    send = Lanes.send

    async def cancelled_meanwhile(*batch: Any) -> Any:
        outcomes = await send(*batch)
        await engine.campaigns.cancel(night.app_id, draft.id)
        return outcomes

    monkeypatch.setattr(Lanes, "send", cancelled_meanwhile)
    async with working(engine):
        campaign = await engine.campaigns.launch(night.app_id, draft.id)
        assert await reasons(night, campaign) == {"cancelled": 4}
    assert (await night.counts(campaign))["accepted"] == 1


async def test_a_thousand_people_all_over_the_world_make_a_batch_for_each_offset(
    night: Fleet, engine: Engine, clock: FakeClock
) -> None:
    zones = sorted(zone for zone in TIMEZONES if "/" in zone and not zone.startswith("Etc/"))[::13][:30]
    assert len(zones) == 30
    for zone in zones:
        await night.phones(33, timezone=zone)
    async with working(engine):
        campaign = await night.launch(kind="promotion")
        async with asyncio.timeout(30):
            while not (await engine.campaigns.get(night.app_id, campaign.id)).planned:
                await asyncio.sleep(0.05)
        awake = {zone for zone in zones if 8 <= clock.now().astimezone(ZoneInfo(zone)).hour < 21}
        await planned(night, campaign, 33 * (30 - len(awake)))
        offsets = {clock.now().astimezone(ZoneInfo(zone)).utcoffset() for zone in zones if zone not in awake}
        stored = await engine.database.collection("batches").count_documents({"app_id": night.app_id})
        assert stored <= len(offsets)
        clock.forward(hours=12)
        await night.until(campaign)
    assert (await night.counts(campaign))["accepted"] == 990


async def capped(fleet: Fleet, most: int) -> None:
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(promotions_per_day=most))


async def pairs(fleet: Fleet, count: int) -> list[Device]:
    """The phones of so many people, two each."""
    people = [new_id("per") for _ in range(count)]
    return [(await fleet.phones(1, person_id=person))[0] for person in people * 2]


@pytest.mark.parametrize(("campaigns", "most"), [(2, 1), (8, 3)])
async def test_workers_that_send_campaigns_to_the_same_people_at_once_keep_the_cap_and_fill_it(
    fleet: Fleet, engine: Engine, campaigns: int, most: int
) -> None:
    await capped(fleet, most)
    phones = await pairs(fleet, 60)
    drafts = [await fleet.campaign(kind="promotion") for _ in range(campaigns)]
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(working(engine))
        sent = await asyncio.gather(*(engine.campaigns.launch(fleet.app_id, draft.id) for draft in drafts))
        await asyncio.gather(*(fleet.until(campaign) for campaign in sent))
    got: Counter[str] = Counter()
    on_one_phone_only = 0
    for campaign in sent:
        devices = Counter(row.person_id for row in await rows_of(fleet, campaign) if row.state == "accepted")
        got.update(devices.keys())
        on_one_phone_only += sum(count != 2 for count in devices.values())
        counts = await fleet.counts(campaign)
        assert set(counts.skipped_by_reason) <= {"frequency_capped"}
        assert counts.conserved
    assert got == {phone.person_id: most for phone in phones}
    assert on_one_phone_only == 0
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert len(fleet.fcm.deliveries) == 120 * most


async def test_a_day_later_there_is_room_again_and_passing_the_cap_counts(
    fleet: Fleet, engine: Engine, clock: FakeClock
) -> None:
    await capped(fleet, 1)
    await fleet.phones(3)
    passing = wire.Limits(ignore_frequency_cap=True)
    async with working(engine):
        for limits, outcome in ((passing, {}), (wire.Limits(), {"frequency_capped": 3}), (passing, {})):
            campaign = await fleet.launch(kind="promotion", limits=limits, channels=["push", "inbox"])
            assert await reasons(fleet, campaign) == outcome
            # The cap is about being disturbed, so the inbox has it all the same.
            assert (await fleet.settled(campaign, "inbox"))["accepted"] == 3
            await fleet.until(campaign)
        clock.forward(hours=24)
        campaign = await fleet.launch(kind="promotion")
        assert await reasons(fleet, campaign) == {}
        await fleet.until(campaign)


async def test_another_try_of_the_same_campaign_is_not_capped(fleet: Fleet, engine: Engine, clock: FakeClock) -> None:
    await capped(fleet, 1)
    await fleet.phones(3)
    fleet.fcm.answer("unavailable", times=3)
    async with working(engine):
        campaign = await fleet.launch(kind="promotion")
        async with asyncio.timeout(30):
            while (await engine.campaigns.get(fleet.app_id, campaign.id)).state != "sent":
                await asyncio.sleep(0.1)
                clock.forward(minutes=1)
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts.skipped_by_reason) == (3, {})


async def test_consent_taken_back_between_planning_and_sending_is_heard_without_any_device(
    fleet: Fleet, engine: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await engine.people.known_as(fleet.app_id, name) for name in ("ann", "bob")]
    for person in people:
        yes = PreferencesChange(consent=Consent(promotion=True, at=clock.now()))
        await engine.people.change_preferences(fleet.app_id, person.id, yes)

    async def nothing(*_: object) -> None:
        return None

    named = wire.Audience(include=wire.Rule(external_ids=["ann", "bob"]))
    async with working(engine):
        with monkeypatch.context() as held:
            held.setattr(Sending, "claim", nothing)
            campaign = await fleet.launch(kind="promotion", channels=["inbox"], audience=named)
            async with asyncio.timeout(30):
                while not (await engine.campaigns.get(fleet.app_id, campaign.id)).planned:
                    await asyncio.sleep(0.05)
            no = PreferencesChange(consent=Consent(promotion=False, at=clock.now()))
            await engine.people.change_preferences(fleet.app_id, people[1].id, no)
        counts = await fleet.settled(campaign, "inbox")
    assert (counts["accepted"], counts.skipped_by_reason) == (1, {"no_consent": 1})


async def test_an_estimate_says_who_would_wait_and_who_has_had_enough(
    night: Fleet, engine: Engine, clock: FakeClock
) -> None:
    await capped(night, 1)
    await night.phones(3, timezone="America/New_York")
    await night.phones(4, timezone="Europe/Berlin")
    everybody = wire.Audience(include=wire.Rule(all=True))

    async def estimate(**fields: Any) -> tuple[int, int, dict[str, int]]:
        request = wire.EstimateRequest(audience=everybody, **{"kind": "promotion", "channels": ["push"], **fields})
        found = await engine.audience.estimate(night.app_id, request)
        return found.by_channel["push"], found.deferred, found.excluded

    assert await estimate() == (7, 4, {})
    assert await estimate(limits=wire.Limits(expires_at=BERLIN_WAKES)) == (3, 0, {"expired": 4})
    async with working(engine):
        campaign = await night.launch(kind="promotion")
        await planned(night, campaign, 4)
        assert await estimate() == (4, 4, {"frequency_capped": 3})
        assert await estimate(limits=wire.Limits(ignore_frequency_cap=True)) == (7, 4, {})
        assert await estimate(limits=wire.Limits(ignore_quiet_hours=True)) == (4, 0, {"frequency_capped": 3})
        assert await estimate(kind="service") == (7, 0, {})
        clock.set(BERLIN_WAKES)
        await night.until(campaign)
    clock.set(UTC_WAKES.replace(hour=12))
    assert await estimate() == (0, 0, {"frequency_capped": 7})

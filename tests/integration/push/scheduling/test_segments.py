"""What recurs or is set off by events goes to whom its audience means at each run."""

from datetime import timedelta

from msgspec.structs import replace

from push.apps.model import Principal
from push.people.doings.model import Named
from sdk_contracts.wire.audience import Audience, Rule, SegmentChange, SegmentRequest
from sdk_contracts.wire.people import PersonChange
from sdk_contracts.wire.scheduling import Schedule, Trigger
from tests.clocks import FakeClock
from tests.fleet import Fleet, working
from tests.integration.push.scheduling.conftest import SATURDAY
from tests.integration.push.scheduling.playing import pushed, runs, sent, until

HOUR = timedelta(hours=1)
GOLD = Rule(field="device.tags.plan", op="eq", value="gold")


async def test_each_run_means_what_the_segment_says_when_it_begins(fleet: Fleet, clock: FakeClock) -> None:
    await fleet.phones(3, tags={"plan": "gold"})
    await fleet.phones(2, tags={"plan": "silver"})
    owner, segments = Principal(app_id=fleet.app_id, kind="secret", role="owner"), fleet.engine.segments
    segment = await segments.create(owner, SegmentRequest(name="Members", rule=GOLD))
    daily = Schedule(at=SATURDAY + HOUR, repeat="FREQ=DAILY;COUNT=2")
    campaign = await fleet.launch(schedule=daily, audience=Audience(include=Rule(segment_id=segment.id)))
    async with working(fleet.engine):
        clock.set(SATURDAY + HOUR)
        await until(lambda: sent(fleet, campaign, 1))
        await segments.change(owner, segment.id, SegmentChange(rule=replace(GOLD, value="silver")))
        clock.forward(days=1)
        await until(lambda: sent(fleet, campaign, 2))
    first, second = await runs(fleet, campaign)
    assert [len(pushed(fleet, run)) for run in (first, second)] == [3, 2]
    assert first.audience == second.audience == campaign.audience
    assert (await segments.uses(fleet.app_id, segment.id)).campaigns == 1
    used = await segments.get(fleet.app_id, segment.id)
    assert used.last_used_at is not None
    assert used.last_used_at >= SATURDAY + timedelta(days=1)


async def test_an_event_sets_off_only_for_whom_the_audience_means(fleet: Fleet, clock: FakeClock) -> None:
    people = [await fleet.engine.people.known_as(fleet.app_id, name) for name in ("ann", "bob")]
    for name, city in (("ann", "York"), ("bob", "Leeds")):
        await fleet.engine.upserting.put(fleet.app_id, name, PersonChange(attributes={"city": city}))
    for person in people:
        await fleet.phones(1, person_id=person.id, external_id=person.external_id)
    york = Rule(field="person.city", op="eq", value="York")
    also = Rule(and_=[york, Rule(event="cart", did="happened", within_days=1)])
    reminder = Schedule(trigger=Trigger(event="cart", delay_seconds=60))
    campaign = await fleet.launch(schedule=reminder, audience=Audience(include=also))
    events = fleet.engine.recorder.on_named

    async def happened(session: object) -> None:
        for tell in events:
            told = [Named(person.id, "cart", clock.now()) for person in people]
            await tell(fleet.app_id, told, session)  # type: ignore[arg-type]

    await fleet.engine.database.transaction(happened)
    async with working(fleet.engine):
        clock.forward(minutes=2)
        await until(lambda: sent(fleet, campaign, 1))
    (run,) = await runs(fleet, campaign)
    rows = [row async for row in fleet.engine.ledger.store.all(fleet.app_id, run.id)]
    assert [row.person_id for row in rows] == [people[0].id]

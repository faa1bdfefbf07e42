"""Experiments from launch to the numbers: variants, holdout, and the winner that goes to the rest."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from api import experiments
from push.campaigns.model import Campaign
from push.engine import Engine
from push.ids import new_id
from push.ledger.model import HOLDOUT, PEOPLE, REST, Counts, Row, delivery_id
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.devices import Login
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, working
from tests.integration.push.delivery.dying import died, marketer

WORDS = {"A": "Come by", "B": "Do come by", "C": "Why not come by"}


def said(words: str) -> Content:
    return Content(default_locale="en", translations={"en": Translation(title=words)})


def experiment(names: str = "AB", **fields: object) -> wire.Experiment:
    variants = [wire.Variant(name=name, content=said(WORDS[name])) for name in names]
    return wire.Experiment(variants=variants, **fields)


async def rows_of(fleet: Fleet, campaign: Campaign) -> list[Row]:
    return [row async for row in fleet.engine.ledger.store.all(fleet.app_id, campaign.id)]


async def report(fleet: Fleet, deliveries: list[str], kind: str) -> None:
    at = datetime.now(UTC)
    for start in range(0, len(deliveries), 500):
        await fleet.engine.engagement.record(
            None, None, [
                Event(event_id=new_id("evt"), kind=kind, at=at, receipt=fleet.engine.tokens.receipt(fleet.app_id, each))
                for each in deliveries[start : start + 500]
            ]
        )  # fmt: skip


async def variants(fleet: Fleet, campaign: Campaign) -> dict[str, dict[str, Counts]]:
    return await fleet.engine.ledger.counters.variants(fleet.app_id, campaign.id)


async def shown(fleet: Fleet, campaign: Campaign) -> wire.ExperimentMetrics:
    groups = await variants(fleet, campaign)
    found = experiments.experiment(await fleet.engine.campaigns.get(fleet.app_id, campaign.id), groups)
    assert found is not None
    return found


def titles(fleet: Fleet) -> dict[str, str]:
    """What each delivery said."""
    return {m.delivery_id: m.json()["message"]["notification"]["title"] for m in fleet.fcm.messages}


async def due(fleet: Fleet, campaign: Campaign) -> None:
    """Once all are planned, the time of the winner has come."""
    async with asyncio.timeout(30):
        while not (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).planned:
            await asyncio.sleep(0.05)
    await fleet.engine.database.collection("batches").update_many(
        {"app_id": fleet.app_id, "campaign_id": campaign.id, "variant": REST},
        {"$set": {"due_at": fleet.engine.clock.now() - timedelta(seconds=1)}},
    )


async def test_everybody_gets_their_variant_on_each_device_and_the_held_out_get_nothing(
    fleet: Fleet, worker: object
) -> None:
    people = [new_id("per") for _ in range(150)]
    for person in people:
        await fleet.phones(2, person_id=person)
    campaign = await fleet.launch(experiment=experiment("ABC", holdout_percent=20), channels=["push", "inbox"])
    counts = await fleet.finished(campaign)
    rows, told = await rows_of(fleet, campaign), titles(fleet)
    groups: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        groups[row.person_id].add(row.variant)
        if row.variant == HOLDOUT:
            assert (row.state, row.reason, told.get(row.id)) == ("skipped", "holdout", None)
        elif row.channel == "push":
            assert told[row.id] == WORDS[row.variant or ""]
    assert all(len(found) == 1 for found in groups.values())
    assert {found for each in groups.values() for found in each} == {"A", "B", "C", HOLDOUT}
    assert counts["targeted"] == 300 == counts["accepted"] + counts.skipped_by_reason["holdout"]
    assert await fleet.recounted(campaign)

    found = await shown(fleet, campaign)
    assert found.holdout is not None
    assert found.holdout.people + sum(variant.people for variant in found.variants) == 150
    for variant in found.variants:
        mine = [row for row in rows if row.variant == variant.name]
        assert variant.people == len({row.person_id for row in mine})
        assert variant.by_channel["push"].accepted == 2 * variant.people
        assert variant.by_channel["inbox"].accepted == variant.people


async def test_a_known_effect_is_found_again_and_people_count_once(fleet: Fleet, worker: object) -> None:
    """B is opened by twice as many as A; whoever was sent to converts more often than who was not."""
    people = [new_id("per") for _ in range(300)]
    for person in people:
        await fleet.phones(2, person_id=person)
    campaign = await fleet.launch(experiment=experiment(holdout_percent=30))
    await fleet.finished(campaign)
    by_group: dict[str | None, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in await rows_of(fleet, campaign):
        by_group[row.variant][row.person_id].append(row.id)
    opening = {"A": 0.2, "B": 0.4}
    opened = {name: round(share * len(by_group[name])) for name, share in opening.items()}
    for name, count in opened.items():
        both_phones = list(by_group[name].values())[:count]
        await report(fleet, [each for phones in both_phones for each in phones], "opened")
    found = await shown(fleet, campaign)
    for variant in found.variants:
        rate = variant.rates["open_rate"]
        assert (rate.numerator, rate.denominator) == (opened[variant.name], len(by_group[variant.name]))
        assert rate.low < opening[variant.name] < rate.high
        assert variant.by_channel["push"].opened == 2 * opened[variant.name]
    apart = found.variants[1].against_first["open_rate"]
    assert found.variants[0].against_first == {}
    assert apart.anytime_low < apart.low < 0.2 < apart.high < apart.anytime_high
    assert apart.low > 0
    assert found.lift is not None
    assert found.lift.low <= 0 <= found.lift.high
    assert await fleet.recounted(campaign)


async def test_a_person_who_logs_in_meanwhile_stays_one_and_keeps_their_variant(fleet: Fleet, worker: object) -> None:
    (phone,) = await fleet.phones(1)
    campaign = await fleet.launch(experiment=experiment())
    await fleet.finished(campaign)
    await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ada"))
    delivery = delivery_id(campaign.id, "push", phone.id)
    await report(fleet, [delivery], "opened")
    groups = await variants(fleet, campaign)
    ((group, channels),) = groups.items()
    assert group in "AB"
    assert (channels[PEOPLE]["targeted"], channels[PEOPLE]["opened"]) == (1, 1)


async def test_the_winner_goes_to_the_rest_once_its_time_has_come(fleet: Fleet, engine: Engine) -> None:
    phones = await fleet.phones(200)
    wanted = wire.Winner(metric="opened", after_minutes=30, sample_percent=40)
    async with working(engine):
        campaign = await fleet.launch(experiment=experiment(winner=wanted))
        async with asyncio.timeout(30):
            while not (groups := await variants(fleet, campaign)) or any(
                groups.get(name, {}).get("push", None) is None or groups[name]["push"]["planned"] for name in "AB"
            ):
                await asyncio.sleep(0.05)
    rows = await rows_of(fleet, campaign)
    rest = [row for row in rows if row.variant == REST]
    assert 90 < len(rest) < 150
    assert {row.state for row in rest} == {"planned"}
    assert len(fleet.fcm.deliveries) == len(phones) - len(rest)
    await report(fleet, [row.id for row in rows if row.variant == "B"], "opened")

    # The worker that planned it is gone; two others begin at the same moment.
    async with working(engine), working(engine):
        await due(fleet, campaign)
        done = await fleet.until(campaign)
    assert (done.won, done.decided_at is not None) == ("B", True)
    told = titles(fleet)
    assert {told[row.id] for row in rest} == {WORDS["B"]}
    assert set(fleet.fcm.deliveries.values()) == {1}
    assert len(fleet.fcm.deliveries) == len(phones)
    found = await shown(fleet, campaign)
    assert found.rest is not None
    assert (found.winner, found.rest.people, found.rest.by_channel["push"].accepted) == ("B", len(rest), len(rest))
    assert await fleet.recounted(campaign)


async def test_who_waits_for_the_winner_of_a_cancelled_campaign_is_skipped_at_once(
    fleet: Fleet, worker: object
) -> None:
    await fleet.phones(30)
    wanted = wire.Winner(metric="clicked", after_minutes=30, sample_percent=50)
    campaign = await fleet.launch(experiment=experiment(winner=wanted))
    async with asyncio.timeout(30):
        while not (await fleet.engine.campaigns.get(fleet.app_id, campaign.id)).planned:
            await asyncio.sleep(0.05)
    await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)
    counts = await fleet.settled(campaign)
    assert counts["accepted"] + counts.skipped_by_reason["cancelled"] == 30
    assert counts.skipped_by_reason["cancelled"] > 3


async def test_letters_of_an_experiment_are_redriven_in_the_words_of_their_variant(
    fleet: Fleet, engine: Engine, no_breaker: None
) -> None:
    campaign = await died(fleet, 30, experiment=experiment())
    dead = {name: each["push"]["dead"] for name, each in (await variants(fleet, campaign)).items()}
    assert (sum(dead.values()), min(dead.values()) > 0) == (30, True)
    await engine.redriving.redrive(marketer(fleet), campaign.id)
    async with working(engine):
        await fleet.until(campaign)
    told = titles(fleet)
    assert all(told[row.id] == WORDS[row.variant or ""] for row in await rows_of(fleet, campaign))
    after = await variants(fleet, campaign)
    assert {name: each["push"]["accepted"] for name, each in after.items()} == dead
    assert all(each["push"].conserved and not each["push"]["dead"] for each in after.values())

"""Estimates from a roster beside a walk, with a real database that tells of changes, or does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from push.apps.model import Principal
from push.audience import estimating
from push.audience.roster import keeping
from push.audience.roster.answering import RosterAnswers
from push.audience.roster.keeping import Kept
from push.audience.roster.store import DEVICES, PEOPLE, RosterStore
from push.database import Document, to_document
from push.engine import Engine, open_engine
from push.errors import Invalid
from push.ids import new_id
from push.people.doings.model import Named
from push.people.model import Gate
from push.settings import Settings
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.audience import Audience, Rule
from sdk_contracts.wire.devices import DeviceChange, DeviceRegistration, Login
from sdk_contracts.wire.people import CategoryPreference, PersonChange, PreferencesChange
from tests.fleet import Fleet
from tests.unit.push.audience.roster.crowd import Crowd, a_crowd, a_request, a_rule

NUMBERS = ("people", "devices", "by_channel", "by_platform", "excluded", "now", "deferred", "deferred_until")


@pytest.fixture(scope="module")
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """As the API has it, where no app is too small for a roster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "SMALL", 0)
        async with open_engine(settings, "api") as running:
            yield running


@pytest.fixture
async def fleet(engine: Engine) -> Fleet:
    return Fleet(engine, await engine.apps.create("Fleet"), None)  # type: ignore[arg-type]


def asked(rule: Rule | None = None, **fields: Any) -> wire.EstimateRequest:
    return wire.EstimateRequest(audience=Audience(include=rule or Rule(all=True)), **fields)


def numbers(estimate: wire.Estimate) -> dict[str, Any]:
    return {name: getattr(estimate, name) for name in NUMBERS}


def answers(fleet: Fleet) -> RosterAnswers:
    found = fleet.engine.audience._estimating._answers
    assert isinstance(found, RosterAnswers)
    return found


def kept(fleet: Fleet) -> Kept:
    found = answers(fleet).rosters.of(fleet.app_id)
    assert found is not None
    return found


async def caught_up(fleet: Fleet) -> None:
    """All that has been changed until now is in the roster."""
    now, roster = fleet.engine.database.clock.now(), kept(fleet)
    async with asyncio.timeout(20):
        while roster.as_of is None or roster.as_of <= now:
            await asyncio.sleep(0.05)


async def agreed(fleet: Fleet, request: wire.EstimateRequest | None = None) -> wire.Estimate:
    """What the roster says, which is what counting one by one says."""
    request = request or asked()
    await fleet.engine.audience.estimate(fleet.app_id, request)
    await caught_up(fleet)
    answers(fleet).remembered.forget()
    quick = await fleet.engine.audience.estimate(fleet.app_id, request)
    slow = await fleet.engine.audience.estimate(fleet.app_id, msgspec.structs.replace(request, exact=True))
    assert numbers(quick) == numbers(slow)
    assert (quick.complete, quick.exact) == (True, False)
    assert (slow.complete, slow.exact) == (True, True)
    assert slow.as_of - quick.as_of < timedelta(seconds=5)
    return quick


async def test_a_large_app_is_answered_from_a_roster(fleet: Fleet) -> None:
    await fleet.phones(5)
    await fleet.phones(3, platform="ios", opted_in=False)
    [lent] = await fleet.phones(1, gate=Gate(consent=False))
    await fleet.phones(1, person_id=lent.person_id, gate=lent.gate)
    found = await agreed(fleet, asked(kind="promotion", limits=wire.Limits(ignore_quiet_hours=True)))
    assert (found.people, found.devices, found.by_platform) == (9, 10, {"android": 7, "ios": 3})
    assert found.by_channel == {"push": 5, "inbox": 8}
    assert found.excluded == {"opted_out": 3, "no_consent": 3}
    assert (found.now, found.deferred, found.deferred_until) == (5, 0, None)


async def test_whatever_phones_and_people_do_is_in_the_roster_soon(engine: Engine, fleet: Fleet) -> None:
    app_id, devices = fleet.app_id, []
    await fleet.phones(1)
    await agreed(fleet)
    for number in range(4):
        registration = DeviceRegistration(
            installation_id=f"i-{number}", platform="ios", topics=["news"], tags={"plan": "pro"}, locale="de"
        )
        device, _ = await engine.devices.register(app_id, registration, None)
        devices.append(device)
    news = asked(Rule(topics=["news/sports"]))
    assert (await agreed(fleet, news)).devices == 4
    await engine.devices.unfollow(app_id, devices[0].id, "news")
    await engine.devices.change(app_id, devices[1].id, DeviceChange(topics=["news", "club"], opted_in=False))
    assert (await agreed(fleet, news)).devices == 3
    # Two phones of the same person, whose anonymous ones merge into them.
    for device in devices[:2]:
        await engine.devices.log_in(app_id, device.id, Login(external_id="ada"))
    assert ((await agreed(fleet)).people, (await agreed(fleet)).devices) == (4, 5)
    preferences = PreferencesChange(categories={"offers": CategoryPreference(inbox=False)})
    person = (await engine.devices.get(app_id, devices[0].id)).person_id
    await engine.people.change_preferences(app_id, person, preferences)
    assert (await agreed(fleet, asked(category="offers"))).excluded["category_muted"] == 1
    await engine.devices.uninstall(app_id, devices[2].id)
    assert (await agreed(fleet)).devices == 4


async def test_who_is_erased_leaves_the_roster(engine: Engine, fleet: Fleet) -> None:
    change = PersonChange(attributes={"city": "Bern"}, relations=["customer"])
    person, _ = await engine.upserting.put(fleet.app_id, "ada", change)
    await fleet.phones(1, person_id=person.id, external_id="ada", topics=("news",), tags={"plan": "pro"})
    await fleet.phones(2)
    assert (await agreed(fleet)).devices == 3
    roster = kept(fleet).roster
    assert roster.knows_person(person.id)
    await kept(fleet).wait([DEVICES, PEOPLE], 10)
    assert roster.attributes["city"].column.at.all.any()  # type: ignore[union-attr]
    await engine.erasing.erase(Principal(app_id=fleet.app_id, kind="secret", role="owner"), "ada")
    assert (await agreed(fleet)).devices == 2
    await caught_up(fleet)
    assert not roster.attributes["city"].column.at.all.any()  # type: ignore[union-attr]
    assert not roster.tags["plan"].column.at.all.any()  # type: ignore[union-attr]
    assert not roster.external.all.any()


async def test_other_apps_people_change_nothing_here(engine: Engine, fleet: Fleet) -> None:
    other = Fleet(engine, await engine.apps.create("Other"), None)  # type: ignore[arg-type]
    await fleet.phones(2)
    [theirs] = await other.phones(1, topics=("news",))
    await agreed(fleet)
    await other.phones(5)
    await engine.devices.unfollow(other.app_id, theirs.id, "news")
    assert (await agreed(fleet)).devices == 2
    assert kept(fleet).roster.devices.count == 2


async def test_a_small_app_is_counted_one_by_one(engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "SMALL", 3)
    await fleet.phones(3)
    found = await engine.audience.estimate(fleet.app_id, asked())
    assert (found.devices, found.exact, found.complete) == (3, True, True)


async def test_who_is_named_is_counted_one_by_one(engine: Engine, fleet: Fleet) -> None:
    await fleet.phones(2, external_id="ada", person_id=new_id("per"))
    await engine.people.known_as(fleet.app_id, "bob")
    found = await engine.audience.estimate(fleet.app_id, asked(Rule(external_ids=["ada", "bob", "nobody"])))
    assert (found.people, found.devices, found.exact) == (2, 2, True)


async def test_until_all_have_been_read_it_says_how_many_it_has_met(
    engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fleet.phones(6)
    going_on, read_all = asyncio.Event(), RosterStore.all

    async def slowly(store: RosterStore, app_id: str, collection: str) -> AsyncIterator[list[Document]]:
        async for page in read_all(store, app_id, collection):
            yield page[:2]
            await going_on.wait()
            yield page[2:]

    monkeypatch.setattr(RosterStore, "all", slowly)
    monkeypatch.setattr(estimating, "PATIENCE_SECONDS", 0.5)
    async with asyncio.timeout(30):
        while (found := await engine.audience.estimate(fleet.app_id, asked())).devices == 0:
            assert not found.complete
    assert (found.people, found.devices, found.exact, found.complete) == (2, 2, False, False)
    exactly = await engine.audience.estimate(fleet.app_id, asked(exact=True))
    assert (exactly.devices, exactly.complete) == (6, True)
    going_on.set()
    assert (await agreed(fleet)).devices == 6


async def test_what_no_roster_knows_is_counted_one_by_one_for_as_long_as_there_is_time(
    engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fleet.phones(4)
    monkeypatch.setattr(RosterAnswers, "answer", _nothing)
    found = await engine.audience.estimate(fleet.app_id, asked())
    assert (found.devices, found.exact, found.complete) == (4, True, True)
    monkeypatch.setattr(estimating, "PATIENCE_SECONDS", -1.0)
    found = await engine.audience.estimate(fleet.app_id, asked())
    assert (found.devices, found.exact, found.complete) == (0, False, False)


async def _nothing(*_: object) -> None:
    return None


async def test_an_app_that_would_take_too_much_memory_is_counted_one_by_one(settings: Settings) -> None:
    async with open_engine(msgspec.structs.replace(settings, roster_mib=0), "api") as engine:
        fleet = Fleet(engine, await engine.apps.create("Large"), None)  # type: ignore[arg-type]
        await fleet.phones(2)
        assert (await engine.audience.estimate(fleet.app_id, asked())).exact


async def test_of_several_apps_the_one_asked_for_longest_ago_makes_room(engine: Engine, fleet: Fleet) -> None:
    other = Fleet(engine, await engine.apps.create("Other"), None)  # type: ignore[arg-type]
    for each in (fleet, other):
        await each.phones(2)
        await agreed(each)
    rosters = answers(fleet).rosters
    rosters._most_bytes = kept(other).roster.size + 10
    rosters._make_room(kept(other))
    assert rosters.of(fleet.app_id) is None
    assert rosters.of(other.app_id) is not None
    rosters._most_bytes = 10
    with pytest.raises(keeping.TooLarge):
        rosters._make_room(kept(other))
    rosters._most_bytes = 2**29


async def test_a_roster_nobody_asks_is_dropped(engine: Engine, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    await fleet.phones(1)
    await agreed(fleet)
    rosters = answers(fleet).rosters
    monkeypatch.setattr(keeping, "IDLE_SECONDS", 0.0)
    async with asyncio.timeout(10):
        while rosters.of(fleet.app_id) is not None:
            await asyncio.sleep(0.05)
    monkeypatch.undo()
    assert (await engine.audience.estimate(fleet.app_id, asked())).devices == 1


async def test_without_change_streams_it_says_of_when_it_is_and_is_made_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: Any) -> AsyncIterator[list[Any]]:
        raise NotImplementedError("the $changeStream stage is only supported on replica sets")
        yield []

    monkeypatch.setattr(keeping, "SMALL", 0)
    monkeypatch.setattr(keeping, "OLDEST", timedelta(seconds=1))
    monkeypatch.setattr(keeping, "_LISTENS_SECONDS", 0.1)
    async with open_engine(settings, "api") as engine:
        monkeypatch.setattr(engine.database, "changes_together", none)
        fleet = Fleet(engine, await engine.apps.create("Lone"), None)  # type: ignore[arg-type]
        await fleet.phones(2)
        began = engine.clock.now()
        first = await engine.audience.estimate(fleet.app_id, asked())
        assert (first.devices, first.complete) == (2, True)
        assert began <= first.as_of <= engine.clock.now()
        await fleet.phones(1)
        async with asyncio.timeout(20):
            while (found := await engine.audience.estimate(fleet.app_id, asked())).devices == 2:
                assert found.as_of == first.as_of
                await asyncio.sleep(0.2)
        assert (found.devices, found.complete) == (3, True)
        assert found.as_of > first.as_of


@pytest.mark.parametrize("seed", range(3))
async def test_random_crowds_are_counted_alike_while_they_change(engine: Engine, fleet: Fleet, seed: int) -> None:
    chance, asked_for = Random(seed), 0
    await fleet.phones(1)
    await agreed(fleet)
    await engine.apps.change(fleet.app_id, SettingsChange(promotions_per_day=1))
    app = await engine.apps.get(fleet.app_id)
    for _ in range(3):
        people = await becomes(fleet, a_crowd(chance))
        some = [each for each in people if chance.random() < 0.5]
        await engine.capping.admit(app, "promotion", new_id("cmp"), some[:2])
        doings = [Named(each, "bought", engine.clock.now() - timedelta(days=chance.randrange(20))) for each in some]
        await engine.database.transaction(lambda session, doings=doings: engine.doings.note(app.id, doings, session))
        for _ in range(12):
            include, exclude = (msgspec.convert(msgspec.to_builtins(a_rule(chance)), Rule) for _ in range(2))
            if include.external_ids or include.device_ids:
                continue
            request = msgspec.structs.replace(
                a_request(chance),
                audience=Audience(include=include, exclude=exclude if chance.random() < 0.3 else msgspec.UNSET),
            )
            # Not all that rules may say is taken: that a city is above another, or that a campaign did what is none.
            with contextlib.suppress(Invalid):
                await agreed(fleet, request)
                asked_for += 1
    assert asked_for > 5


async def becomes(fleet: Fleet, crowd: Crowd) -> list[str]:
    """Put these in the place of all devices and people of the app. The ids of the people."""
    for name, structs in (("devices", list(crowd.devices.values())), ("people", list(crowd.people.values()))):
        collection, rows = fleet.engine.database.collection(name), []
        await collection.delete_many({"app_id": fleet.app_id})
        for each in structs:
            row = {name: value for name, value in to_document(each).items() if value is not None}
            row |= {"_id": _here(fleet, each.id), "app_id": fleet.app_id}
            if "person_id" in row:
                row["person_id"] = _here(fleet, row["person_id"])
            rows.append(row)
        if rows:
            await collection.insert_many(rows)
    return [_here(fleet, each) for each in crowd.people]


def _here(fleet: Fleet, name: str) -> str:
    """An id that no other app has."""
    return f"{name[:4]}{fleet.app_id[-12:]}{name[4:]}"


async def test_a_change_of_many_at_once_is_followed(engine: Engine, fleet: Fleet) -> None:
    await fleet.phones(300)
    await agreed(fleet)
    await fleet.phones(1200)
    await engine.database.collection("devices").update_many({"app_id": fleet.app_id}, {"$set": {"opted_in": False}})
    assert (await agreed(fleet)).excluded == {"opted_out": 1500}

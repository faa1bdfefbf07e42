"""Whom the database finds, read by indexes, sets and pages, is whom the rule means when each is asked in turn."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from push.audience.crowds import speaks_of_persons
from push.audience.meaning import matches
from push.audience.rules import Audience, Rule
from push.engine import Engine, open_engine
from push.privacy.model import behind
from push.settings import Settings as EngineSettings
from tests.clocks import FakeClock
from tests.integration.push.audience.crowded import NOON, Crowded, crowded, rules


@pytest.fixture(scope="module")
async def engine(settings: EngineSettings) -> AsyncIterator[Engine]:
    async with open_engine(settings, clock=FakeClock(NOON)) as running:
        yield running


@pytest.fixture(scope="module")
async def crowd(engine: Engine) -> Crowded:
    created = await engine.apps.create("Crowded")
    other = await engine.apps.create("Another")
    await crowded(engine, other.app.id, seed=2)
    return await crowded(engine, created.app.id, seed=1)


def meant(crowd: Crowded, audience: Audience) -> tuple[set[str], set[str]]:
    """The devices, and the persons who have none, that the plain meaning gives."""
    devices, persons = set(), set()
    for person_id, facts in crowd.facts:
        out = audience.exclude is not None and matches(audience.exclude, facts)
        if matches(audience.include, facts) and not out:
            if facts.device is not None:
                devices.add(facts.device.id)
            elif speaks_of_persons(audience.include):
                persons.add(person_id)
    return devices, persons


async def found(engine: Engine, app_id: str, audience: Audience) -> tuple[list[str], list[str]]:
    walk = engine.audience.walk(app_id, audience)
    devices = [device.id async for page in walk.devices() for device in page]
    persons = [person.id async for page in walk.people_without_device() for person in page]
    return devices, persons


@pytest.fixture(scope="module")
def asked(crowd: Crowded) -> list[Audience]:
    drawn: list[Audience] = []
    some = rules(crowd.device_ids)

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(some, st.none() | some)
    def draw(include: Rule, exclude: Rule | None) -> None:
        drawn.append(Audience(include=include, exclude=exclude))

    draw()
    return drawn


async def test_whom_the_walk_finds_is_whom_the_rule_means(
    engine: Engine, crowd: Crowded, asked: list[Audience]
) -> None:
    some = 0
    for audience in asked:
        devices, persons = await found(engine, crowd.app_id, audience)
        assert devices == sorted(set(devices)), audience
        assert len(persons) == len(set(persons)), audience
        wanted = meant(crowd, audience)
        wrong = set(devices) ^ wanted[0], set(persons) ^ wanted[1]
        assert wrong == (set(), set()), msgspec.json.encode(audience)
        some += 0 < len(devices) < 80
    assert some > len(asked) / 3, "the rules drawn here mean nobody or everybody"


async def test_of_a_few_by_name_the_same_is_known(engine: Engine, crowd: Crowded, asked: list[Audience]) -> None:
    people = await engine.people_store.get_many(crowd.app_id, sorted({person for person, _ in crowd.facts}))
    for audience in asked[::3]:
        few = await engine.audience.few(crowd.app_id, audience, people)
        devices = {facts.device.id for person, facts in crowd.facts if facts.device and few.means(person, facts.device)}
        assert devices == meant(crowd, audience)[0], msgspec.json.encode(audience)


async def test_a_walk_taken_up_again_goes_on_behind_the_last_device(
    engine: Engine, crowd: Crowded, asked: list[Audience]
) -> None:
    for audience in asked[::5]:
        devices, _ = await found(engine, crowd.app_id, audience)
        if devices:
            middle = devices[len(devices) // 2]
            for place in (middle, behind(middle)):
                walk = engine.audience.walk(crowd.app_id, audience)
                rest = [device.id async for page in walk.devices(place) for device in page]
                assert rest == [each for each in devices if each > place], msgspec.json.encode(audience)

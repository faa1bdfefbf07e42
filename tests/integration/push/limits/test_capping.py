"""No more promotion a day than a person should get, however many send it at once."""

import asyncio

import msgspec
import pytest

from push.apps.model import App
from push.engine import Engine
from push.ids import new_id
from push.limits.capping import Capping
from push.limits.store import PromotionStore
from tests.clocks import FakeClock


@pytest.fixture
def clock(engine: Engine) -> FakeClock:
    return FakeClock(engine.clock.now())


@pytest.fixture
async def app(engine: Engine) -> App:
    return (await engine.apps.create("Shop")).app


@pytest.fixture
def capping(engine: Engine, clock: FakeClock) -> Capping:
    return Capping(engine.promotions, clock)


def people(count: int) -> list[str]:
    return [new_id("per") for _ in range(count)]


def campaigns(count: int) -> list[str]:
    return [new_id("cmp") for _ in range(count)]


async def test_the_sixth_campaign_of_a_day_is_one_too_many(capping: Capping, app: App, clock: FakeClock) -> None:
    ann, bob = people(2)
    for campaign in campaigns(5):
        assert await capping.admit(app, "promotion", campaign, [ann]) == {ann}
        clock.forward(hours=1)
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann, bob]) == {bob}
    clock.forward(hours=19, seconds=-1)
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == set()
    clock.forward(seconds=1)  # 24 hours after the first
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == {ann}
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == set()


async def test_a_second_device_or_another_try_of_the_same_campaign_does_not_count_again(
    capping: Capping, app: App, clock: FakeClock
) -> None:
    [ann], sent = people(1), campaigns(5)
    for campaign in (*sent, *sent, *sent):
        assert await capping.admit(app, "promotion", campaign, [ann, ann]) == {ann}
    clock.forward(hours=23)
    assert await capping.admit(app, "promotion", sent[0], [ann]) == {ann}
    clock.forward(hours=2)  # the other four are over; the one that was tried again counts from then on
    for campaign in campaigns(4):
        assert await capping.admit(app, "promotion", campaign, [ann]) == {ann}
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == set()


@pytest.mark.parametrize("kind", ["service", "training"])
async def test_what_is_no_promotion_neither_counts_nor_is_capped(capping: Capping, app: App, kind: str) -> None:
    [ann] = people(1)
    for campaign in campaigns(7):
        assert await capping.admit(app, kind, campaign, [ann]) == {ann}
    for campaign in campaigns(5):
        assert await capping.admit(app, "promotion", campaign, [ann]) == {ann}
    assert await capping.admit(app, kind, new_id("cmp"), [ann]) == {ann}


async def test_a_campaign_that_passes_the_cap_counts_all_the_same(capping: Capping, app: App) -> None:
    [ann] = people(1)
    for campaign in campaigns(7):
        assert await capping.admit(app, "promotion", campaign, [ann], ignored=True) == {ann}
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == set()


async def test_an_app_may_set_another_cap_or_none(capping: Capping, app: App) -> None:
    one, none = (msgspec.structs.replace(app, promotions_per_day=most) for most in (1, None))
    [ann] = people(1)
    assert await capping.admit(one, "promotion", new_id("cmp"), [ann]) == {ann}
    assert await capping.admit(one, "promotion", new_id("cmp"), [ann]) == set()
    for campaign in campaigns(9):
        assert await capping.admit(none, "promotion", campaign, [ann]) == {ann}


@pytest.mark.parametrize("sending", [2, 8])
async def test_campaigns_sent_at_once_never_exceed_the_cap_and_leave_no_place_empty(
    engine: Engine, app: App, sending: int
) -> None:
    """Each campaign has a worker with a connection of its own kind: they meet in the database only."""
    capping = Capping(engine.promotions, engine.clock)
    everybody = people(600)
    for most, told in ((1, everybody[:300]), (3, everybody[300:])):
        shop = msgspec.structs.replace(app, promotions_per_day=most)
        admitted = await asyncio.gather(
            *(
                capping.admit(shop, "promotion", campaign, told if number % 2 else told[::-1])
                for number, campaign in enumerate(campaigns(sending))
            )
        )
        had = {person: sum(person in one for one in admitted) for person in told}
        assert set(had.values()) == {min(most, sending)}


async def test_those_who_have_had_enough_can_be_told_beforehand(capping: Capping, app: App, clock: FakeClock) -> None:
    ann, bob, cy = people(3)
    for campaign in campaigns(5):
        await capping.admit(app, "promotion", campaign, [ann, cy])
    await capping.admit(app, "promotion", new_id("cmp"), [bob])
    assert await capping.capped(app, "promotion") == {ann, cy}
    assert await capping.capped(app, "service") == set()
    assert await capping.capped(app, "promotion", ignored=True) == set()
    clock.forward(hours=24)
    assert await capping.capped(app, "promotion") == set()


async def test_who_logs_in_has_had_what_both_of_them_had(capping: Capping, engine: Engine, app: App) -> None:
    store: PromotionStore = engine.promotions
    nobody, ann = people(2)
    shared, *others = campaigns(5)
    await capping.admit(app, "promotion", shared, [nobody, ann])
    for campaign in others[:2]:
        await capping.admit(app, "promotion", campaign, [nobody])
    for campaign in others[2:]:
        await capping.admit(app, "promotion", campaign, [ann])
    for _ in range(2):
        await engine.database.transaction(lambda session: store.move_person(app.id, nobody, ann, session))
    assert await capping.capped(app, "promotion") == {ann}
    assert await capping.admit(app, "promotion", shared, [ann]) == {ann}
    assert await capping.admit(app, "promotion", new_id("cmp"), [ann]) == set()

    newcomer = new_id("per")
    await engine.database.transaction(lambda session: store.move_person(app.id, ann, newcomer, session))
    assert await capping.capped(app, "promotion") == {newcomer}


async def test_an_erased_person_leaves_nothing_behind(capping: Capping, engine: Engine, app: App) -> None:
    ann, bob = people(2)
    await capping.admit(app, "promotion", new_id("cmp"), [ann, bob])
    await engine.database.transaction(lambda session: engine.promotions.erase(app.id, ann, session))
    left = await engine.database.collection("promotions").find({"app_id": app.id}).to_list(None)
    assert [document["_id"] for document in left] == [bob]
    assert set(left[0]) == {"_id", "app_id", "sent", "ends_at"}


async def test_one_app_does_not_count_for_another(capping: Capping, engine: Engine, app: App) -> None:
    other = (await engine.apps.create("Other")).app
    [ann] = people(1)
    for campaign in campaigns(5):
        await capping.admit(app, "promotion", campaign, [ann])
    await engine.promotions.erase(other.id, ann)
    assert await capping.capped(other, "promotion") == set()
    assert await capping.capped(app, "promotion") == {ann}


async def test_who_has_a_place_keeps_it_when_the_cap_is_lowered(capping: Capping, app: App) -> None:
    [ann], sent = people(1), campaigns(3)
    for campaign in sent:
        await capping.admit(app, "promotion", campaign, [ann])
    one = msgspec.structs.replace(app, promotions_per_day=1)
    assert await capping.admit(one, "promotion", sent[0], [ann]) == {ann}
    assert await capping.admit(one, "promotion", new_id("cmp"), [ann]) == set()


async def test_a_campaign_that_reached_both_counts_from_the_later_time(
    capping: Capping, engine: Engine, app: App, clock: FakeClock
) -> None:
    one = msgspec.structs.replace(app, promotions_per_day=1)
    shared, (nobody, ann) = new_id("cmp"), people(2)
    await capping.admit(one, "promotion", shared, [ann])
    clock.forward(hours=10)
    await capping.admit(one, "promotion", shared, [nobody])
    await engine.database.transaction(lambda session: engine.promotions.move_person(app.id, nobody, ann, session))
    clock.forward(hours=20)
    assert await capping.capped(one, "promotion") == {ann}
    clock.forward(hours=4)
    assert await capping.capped(one, "promotion") == set()

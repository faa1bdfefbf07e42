"""Room for a limited number of messages: who has least of it is served first, and none of it is lost."""

import asyncio

from push.delivery.places import Places

ONE, TWO, OTHER_APP = ("app", "one"), ("app", "two"), ("other", "three")


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_first_is_served_first_even_if_less_would_fit() -> None:
    places, order = Places(10), []

    async def take(name: str, count: int) -> None:
        await places.take(ONE, count)
        order.append(name)

    assert await places.take(ONE, 8)
    waiting = [asyncio.create_task(take("large", 5)), asyncio.create_task(take("small", 1))]
    await settle()
    assert order == []
    places.give_back(ONE, 8)
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]


async def test_who_waits_in_vain_takes_nothing_and_stands_in_nobodys_way() -> None:
    places = Places(10)
    assert await places.take(ONE, 8)
    assert not await places.take(ONE, 3, 0)
    impatient = asyncio.create_task(places.take(ONE, 5, 0.01))
    await settle()
    behind = asyncio.create_task(places.take(ONE, 2))
    assert not await impatient
    assert await behind
    assert not await places.take(ONE, 1, 0)


async def test_who_is_cancelled_while_waiting_or_just_served_leaves_the_room_whole() -> None:
    places = Places(10)
    assert await places.take(ONE, 10)
    waiting = [asyncio.create_task(places.take(ONE, 10)) for _ in range(2)]
    await settle()
    waiting[1].cancel()
    await settle()
    places.give_back(ONE, 10)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await places.take(ONE, 10, 0)


async def test_who_has_least_goes_first_by_app_and_then_by_campaign() -> None:
    places, order = Places(10), []

    async def take(turn: tuple[str, str]) -> None:
        await places.take(turn, 2)
        order.append(turn)

    assert await places.take(ONE, 6)
    assert await places.take(TWO, 4)
    asked = (ONE, ONE, TWO, OTHER_APP, OTHER_APP, OTHER_APP)
    waiting = [asyncio.create_task(take(turn)) for turn in asked]
    await settle()
    for turn in (ONE, ONE, ONE, TWO, TWO):
        places.give_back(turn, 2)
        await settle()
    # The other app until it has more; then whichever campaign of this one has less, of equals who asked first.
    assert order == [OTHER_APP, OTHER_APP, ONE, ONE, TWO]
    places.give_back(ONE, 2)
    await asyncio.gather(*waiting)


async def test_who_comes_with_less_passes_whoever_waits_for_more_than_there_is() -> None:
    places = Places(10)
    assert await places.take(ONE, 8)
    waiting = asyncio.create_task(places.take(ONE, 4))
    await settle()
    assert await places.take(TWO, 2, 1)
    assert not waiting.done()
    places.give_back(ONE, 8)
    assert await waiting

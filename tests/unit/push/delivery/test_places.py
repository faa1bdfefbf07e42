"""Room for a limited number of messages: who asks first is served first, and none of it is lost."""

import asyncio

from push.delivery.places import Places


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_first_is_served_first_even_if_less_would_fit() -> None:
    places, order = Places(10), []

    async def take(name: str, count: int) -> None:
        await places.take(count)
        order.append(name)

    assert await places.take(8)
    waiting = [asyncio.create_task(take("large", 5)), asyncio.create_task(take("small", 1))]
    await settle()
    assert order == []
    places.give_back(8)
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]


async def test_who_waits_in_vain_takes_nothing_and_stands_in_nobodys_way() -> None:
    places = Places(10)
    assert await places.take(8)
    assert not await places.take(3, 0)
    impatient = asyncio.create_task(places.take(5, 0.01))
    await settle()
    behind = asyncio.create_task(places.take(2))
    assert not await impatient
    assert await behind
    assert not await places.take(1, 0)


async def test_who_is_cancelled_while_waiting_or_just_served_leaves_the_room_whole() -> None:
    places = Places(10)
    assert await places.take(10)
    waiting = [asyncio.create_task(places.take(10)) for _ in range(2)]
    await settle()
    waiting[1].cancel()
    await settle()
    places.give_back(10)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await places.take(10, 0)

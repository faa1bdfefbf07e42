"""What a person does in the message centre counts once, is theirs alone, and only for what they saw (checks 10–12)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from push.devices.model import Device
from push.engine import Engine
from push.errors import ItemNotFound
from push.ids import body, first_id, new_id
from push.inbox.model import InboxItem
from push.inbox.reading import Reader
from push.ledger.model import delivery_id
from push.ledger.service import Ledger
from sdk_contracts.wire import devices as wire


@pytest.fixture
async def app_id(engine: Engine) -> str:
    return (await engine.apps.create("Inbox")).app.id


async def reader(engine: Engine, device: Device) -> Reader:
    return await engine.inbox.reader(device.app_id, device.id)


async def counts(engine: Engine, device: Device) -> tuple[int, int]:
    return (await reader(engine, device)).counts()


async def phone(engine: Engine, app_id: str) -> Device:
    registration = wire.DeviceRegistration(installation_id=new_id("ins"), platform="android")
    return (await engine.devices.register(app_id, registration, None))[0]


async def put(engine: Engine, app_id: str, person_id: str, campaign_id: str | None = None, **fields: Any) -> InboxItem:
    """An item of a campaign of its own, with its ledger row."""
    campaign_id = campaign_id or new_id("cmp")
    delivery = delivery_id(campaign_id, "inbox", person_id)
    given = {
        "id": f"itm_{delivery[4:28]}{delivery[29:]}", "app_id": app_id, "person_id": person_id,
        "order": body(new_id("itm")), "campaign_id": campaign_id, "delivery_id": delivery, "kind": "service",
        "category": None, "title": "Hello", "body": "", "image_url": None, "link": None, "actions": (), "data": {},
        "created_at": engine.clock.now(), **fields,
    }  # fmt: skip
    item = InboxItem(**given)
    row = {
        "_id": delivery, "app_id": app_id, "campaign_id": campaign_id, "channel": "inbox", "person_id": person_id,
        "device_id": None, "platform": None, "state": "planned", "planned_at": item.created_at,
    }  # fmt: skip

    async def store(session: Any, pen: str) -> None:
        await engine.ledger.plan(app_id, campaign_id, [], [row], session, pen)
        await engine.inbox.put([item], session)

    await engine.ledger.write(store)
    return item


async def opened(ledger: Ledger, item: InboxItem) -> int:
    return (await ledger.funnel(item.app_id, item.campaign_id))["inbox"]["opened"]


async def test_reading_all_reads_what_was_there_and_nothing_that_came_meanwhile(
    engine: Engine, app_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await phone(engine, app_id)
    person_id = device.person_id
    seen = await put(engine, app_id, person_id)
    mailboxes = engine.mailboxes
    read_all, late = mailboxes.read_all, []

    async def after_another_came(*arguments: Any) -> None:
        late.append(await put(engine, app_id, person_id))
        await read_all(*arguments)

    monkeypatch.setattr(mailboxes, "read_all", after_another_came)
    await engine.inbox.read_all(await reader(engine, device))
    assert (await counts(engine, device)) == (1, 1)
    unread = await engine.inbox.page(await reader(engine, device), "unread", 20, None)
    assert [item.id for item in unread.items] == [late[0].id]
    assert (await opened(engine.ledger, seen), await opened(engine.ledger, late[0])) == (1, 0)


async def test_what_had_expired_is_not_counted_as_opened(engine: Engine, app_id: str) -> None:
    device = await phone(engine, app_id)
    person_id = device.person_id
    gone = await put(engine, app_id, person_id, expires_at=engine.clock.now() - timedelta(seconds=1))
    there = await put(engine, app_id, person_id)
    await engine.inbox.read_all(await reader(engine, device))
    assert (await opened(engine.ledger, gone), await opened(engine.ledger, there)) == (0, 1)
    with pytest.raises(ItemNotFound):
        await engine.inbox.mark(await reader(engine, device), gone.id, "read")


async def test_reading_many_at_once_from_two_devices_counts_each_once(engine: Engine, app_id: str) -> None:
    device = await phone(engine, app_id)
    person_id = device.person_id
    items = [await put(engine, app_id, person_id) for _ in range(5)]
    me = await reader(engine, device)
    marks = [engine.inbox.mark(me, item.id, "read") for item in items]
    await asyncio.gather(*marks, *(engine.inbox.read_all(me) for _ in range(3)))
    assert [await opened(engine.ledger, item) for item in items] == [1] * 5
    assert (await counts(engine, device)) == (0, 0)


async def test_nobody_marks_or_deletes_what_is_another_persons_or_another_apps(engine: Engine, app_id: str) -> None:
    mine, theirs = [await phone(engine, app_id) for _ in range(2)]
    item = await put(engine, app_id, theirs.person_id)
    me = await reader(engine, mine)
    with pytest.raises(ItemNotFound):
        await engine.inbox.mark(me, item.id, "read")
    await engine.inbox.mark(me, item.id, "delete")
    elsewhere = await reader(engine, await phone(engine, (await engine.apps.create("Other")).app.id))
    await engine.inbox.mark(elsewhere, item.id, "delete")
    await engine.inbox.read_all(elsewhere)
    assert (await counts(engine, theirs)) == (1, 1)


async def test_who_got_it_before_and_after_logging_in_has_it_once(engine: Engine, app_id: str) -> None:
    first, second = await phone(engine, app_id), await phone(engine, app_id)
    ann = await engine.devices.log_in(app_id, first.id, wire.Login(external_id="ann"))
    same = new_id("cmp")
    await put(engine, app_id, ann.id, same)
    await put(engine, app_id, second.person_id, same, title="The same")
    only_here = await put(engine, app_id, second.person_id, title="Another")
    await engine.devices.log_in(app_id, second.id, wire.Login(external_id="ann"))
    anns = await reader(engine, second)
    page = await engine.inbox.page(anns, "all", 20, None)
    assert sorted(item.title for item in page.items) == ["Another", "Hello"]
    assert page.unread == 2
    await engine.inbox.mark(anns, only_here.id, "read")
    assert await opened(engine.ledger, only_here) == 1


async def test_pages_of_a_full_inbox_have_all_of_it_once(engine: Engine, app_id: str) -> None:
    device = await phone(engine, app_id)
    now = engine.clock.now()
    ages = [timedelta(minutes=7) * number**2 for number in range(230)]
    orders = [first_id("itm", now - age)[4:-4] + f"{number:04}" for number, age in enumerate(ages)]
    for number, order in enumerate(orders):
        await put(engine, app_id, device.person_id, order=order, title=f"{number}")
    got: list[str] = []
    cursor: str | None = None
    while True:
        page = await engine.inbox.page(await reader(engine, device), "all", 30, cursor)
        got += [item.title for item in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert got == [f"{number}" for number in range(230)]
    assert (await counts(engine, device)) == (230, 230)

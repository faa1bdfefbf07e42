"""A broadcast is stored once, and each person who is meant sees it while it is valid, with a state of their own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from push.delivery.announcing import Announcer
from push.engine import Engine, open_engine
from push.errors import ItemNotFound
from push.inbox.model import InboxItem
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire import campaigns as wire
from sdk_contracts.wire.apps import SettingsChange
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.devices import DeviceChange, Login
from sdk_contracts.wire.people import CategoryPreference, Consent, PreferencesChange
from tests.fleet import HELLO, Fleet, fleet_of, provider_settings, working

ALL = wire.Audience(include=wire.Rule(all=True))
NEWS = wire.Audience(include=wire.Rule(topics=["news/sports"]))


@pytest.fixture(scope="module")
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with fcm_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
async def engine(settings: Settings, fcm: FcmStandIn) -> AsyncIterator[Engine]:
    async with open_engine(provider_settings(settings, fcm)) as running, working(running):
        yield running


@pytest.fixture
async def fleet(engine: Engine, fcm: FcmStandIn) -> AsyncIterator[Fleet]:
    async with fleet_of(engine, fcm) as new:
        yield new


async def sent(fleet: Fleet, **fields: Any) -> Any:
    return await fleet.until(await fleet.launch(**{"channels": ["inbox"], **fields}))


async def titles(fleet: Fleet, phone: Any, view: Any = "all") -> list[str]:
    return [item.title for item in await items(fleet, phone, view)]


async def items(fleet: Fleet, phone: Any, view: Any = "all") -> list[InboxItem]:
    return (await fleet.engine.inbox.page(await fleet.inbox(phone), view, 100, None)).items


async def stored(fleet: Fleet, collection: str) -> int:
    return await fleet.engine.database.collection(collection).count_documents({"app_id": fleet.app_id})


async def test_one_to_everybody_is_one_write_however_many_there_are(fleet: Fleet) -> None:
    phones = await fleet.phones(1000)
    campaign = await sent(fleet)
    assert [await stored(fleet, name) for name in ("broadcasts", "inbox", "deliveries", "mailboxes")] == [1, 0, 0, 0]
    counts = await fleet.counts(campaign, "inbox")
    assert (counts["targeted"], counts["accepted"], counts.conserved) == (1000, 1000, True)
    assert await titles(fleet, phones[7]) == ["Hello"]
    assert (await fleet.inbox(phones[7])).counts() == (1, 1)
    assert await fleet.recounted(campaign)


async def test_who_joins_later_sees_it_and_is_counted_once_they_look(fleet: Fleet) -> None:
    await fleet.phones(1)
    campaign = await sent(fleet)
    late = (await fleet.phones(1))[0]
    item = (await items(fleet, late))[0]
    for _ in range(2):
        await fleet.engine.inbox.mark(await fleet.inbox(late), item.id, "seen")
    counts = await fleet.counts(campaign, "inbox")
    assert (counts["targeted"], counts["accepted"], counts["displayed"], counts.conserved) == (2, 2, 1, True)
    assert await fleet.recounted(campaign)


async def test_what_one_person_did_with_it_is_nobody_elses(fleet: Fleet) -> None:
    ann, bob = await fleet.phones(2)
    campaign = await sent(fleet)
    (item,) = await items(fleet, ann)
    for verb in ("seen", "read", "unread", "read", "archive", "acknowledge", "archive"):
        await fleet.engine.inbox.mark(await fleet.inbox(ann), item.id, verb)  # type: ignore[arg-type]
    (archived,) = await items(fleet, ann, "archived")
    assert None not in (archived.seen_at, archived.read_at, archived.archived_at, archived.acknowledged_at)
    assert (await fleet.inbox(ann)).counts() == (0, 0)
    assert (await fleet.inbox(bob)).counts() == (1, 1)
    with pytest.raises(ItemNotFound):
        await fleet.engine.inbox.mark(await fleet.inbox(bob), item.id, "read")
    for _ in range(2):
        await fleet.engine.inbox.mark(await fleet.inbox(ann), item.id, "delete")
    assert [await titles(fleet, ann, view) for view in ("all", "unread", "archived")] == [[], [], []]
    with pytest.raises(ItemNotFound):
        await fleet.engine.inbox.mark(await fleet.inbox(ann), item.id, "unarchive")
    assert await titles(fleet, bob) == ["Hello"]
    counts = await fleet.counts(campaign, "inbox")
    assert (counts["displayed"], counts["opened"], counts["acknowledged"]) == (1, 1, 1)
    assert await fleet.recounted(campaign)


async def test_it_reaches_followers_of_what_lies_above_by_any_of_their_devices(fleet: Fleet) -> None:
    first, second = await fleet.phones(2, person_id=(await fleet.phones(1))[0].person_id)
    other = (await fleet.phones(1, topics=("news/culture",)))[0]
    await sent(fleet, audience=NEWS)
    assert [await titles(fleet, each) for each in (first, other)] == [[], []]
    await fleet.engine.devices.follow(fleet.app_id, second.id, "news")
    assert [await titles(fleet, each) for each in (first, second, other)] == [["Hello"], ["Hello"], []]
    await fleet.engine.devices.unfollow(fleet.app_id, second.id, "news")
    assert await titles(fleet, first) == []


async def test_who_is_left_out_by_name_or_topic_does_not_see_it(fleet: Fleet) -> None:
    boss = (await fleet.phones(1, external_id="boss"))[0]
    follower = (await fleet.phones(1, topics=("news/sports",)))[0]
    both = (await fleet.phones(1))[0]
    for exclude in ({"external_ids": ["boss"]}, {"device_ids": [boss.id]}, {"topics": ["news/sports"]}):
        audience = wire.Audience(include=wire.Rule(all=True), exclude=wire.Rule(**exclude))  # type: ignore[arg-type]
        campaign = await sent(fleet, audience=audience)
        assert (await fleet.counts(campaign, "inbox"))["targeted"] == 2
    assert [len(await titles(fleet, each)) for each in (boss, follower, both)] == [1, 2, 3]


async def test_consent_and_mutes_are_asked_for_when_the_inbox_is_read(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ann"))
    promotion = await sent(fleet, kind="promotion")
    await sent(
        fleet, category="offers", content=Content(default_locale="en", translations={"en": Translation(title="Sale")})
    )
    counts = await fleet.counts(promotion, "inbox")
    assert (counts["accepted"], counts.skipped_by_reason, counts.conserved) == (0, {"no_consent": 1}, True)
    assert await titles(fleet, phone) == ["Sale"]
    reader = await fleet.inbox(phone)
    change = PreferencesChange(
        categories={"offers": CategoryPreference(inbox=False)},
        consent=Consent(promotion=True, at=fleet.engine.clock.now()),
    )
    await fleet.engine.people.change_preferences(fleet.app_id, reader.person_id, change)
    assert await titles(fleet, phone) == ["Hello"]
    assert (await fleet.inbox(phone)).fingerprint() != reader.fingerprint()


async def test_it_is_gone_at_the_moment_it_ends(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    ends = fleet.engine.clock.now() + timedelta(seconds=3)
    await sent(fleet, limits=wire.Limits(expires_at=ends))
    (item,) = await items(fleet, phone)
    before = await fleet.inbox(phone)
    while fleet.engine.clock.now() < ends:
        await asyncio.sleep(0.02)
    # Read by the process's own memory: the database is not asked.
    after = await fleet.engine.inbox.reader(fleet.app_id, phone.id)
    assert (before.counts(), after.counts()) == ((1, 1), (0, 0))
    assert before.fingerprint() != after.fingerprint()
    with pytest.raises(ItemNotFound):
        await fleet.engine.inbox.mark(after, item.id, "read")


async def test_calling_a_campaign_off_takes_it_out_of_every_inbox(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    fleet.fcm.answer("unavailable", times=100, retry_after="1")
    campaign = await fleet.launch(channels=["push", "inbox"])
    async with asyncio.timeout(20):
        while await titles(fleet, phone) != ["Hello"]:
            await asyncio.sleep(0.05)
    await fleet.engine.campaigns.cancel(fleet.app_id, campaign.id)
    fleet.fcm.reset()
    assert await titles(fleet, phone) == []


async def test_one_called_off_by_a_process_that_died_over_it_ends_when_its_campaign_is_looked_at_next(
    fleet: Fleet,
) -> None:
    phone = (await fleet.phones(1))[0]
    campaign = await sent(fleet)
    assert await titles(fleet, phone) == ["Hello"]
    announcer = Announcer(fleet.engine.campaign_store, fleet.engine.broadcasts, fleet.engine.ledger, fleet.engine.clock)
    await announcer.count(msgspec.structs.replace(campaign, state="cancelled"))
    assert await titles(fleet, phone) == []
    assert (await fleet.counts(campaign, "inbox"))["accepted"] == 1


async def test_it_speaks_the_language_of_the_device_that_reads(fleet: Fleet) -> None:
    phone = (await fleet.phones(1, locale="zh-Hant-TW"))[0]
    await sent(fleet)
    assert await titles(fleet, phone) == ["你好"]
    before = await fleet.inbox(phone)
    await fleet.engine.devices.change(fleet.app_id, phone.id, DeviceChange(locale="en-GB"))
    assert await titles(fleet, phone) == ["Hello"]
    assert (await fleet.inbox(phone)).fingerprint() != before.fingerprint()


async def test_what_an_anonymous_person_did_with_it_stays_done_when_they_log_in(fleet: Fleet) -> None:
    first, second = await fleet.phones(2)
    await sent(fleet)
    (item,) = await items(fleet, first)
    await fleet.engine.inbox.mark(await fleet.inbox(first), item.id, "read")
    for phone in (second, first):
        await fleet.engine.devices.log_in(fleet.app_id, phone.id, Login(external_id="ann"))
    (item,) = await items(fleet, second)
    assert item.read_at is not None
    assert (await fleet.inbox(second)).counts() == (0, 0)
    await fleet.engine.devices.log_out(fleet.app_id, second.id)
    assert (await fleet.inbox(second)).counts() == (1, 1)


async def test_personal_words_and_named_people_get_an_item_each(fleet: Fleet) -> None:
    await fleet.phones(2, external_id=None)
    personal = Content(default_locale="en", translations={"en": Translation(title="Hi {{ person.external_id }}")})
    assert not (await sent(fleet, content=personal)).broadcast
    assert await stored(fleet, "inbox") == 2
    assert (await sent(fleet)).broadcast
    assert await stored(fleet, "inbox") == 2


async def test_pages_merge_own_items_and_broadcasts_without_gap_or_repeat_while_both_arrive(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    personal = Content(default_locale="en", translations={"en": Translation(title="Hi {{ device.platform }}")})
    for number in range(8):
        await sent(fleet, **({"content": personal} if number % 3 == 0 else {}))
    expected = [(item.campaign_id, item.title) for item in await items(fleet, phone)]
    assert len(expected) == 8
    got: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        page = await fleet.engine.inbox.page(await fleet.inbox(phone), "all", 3, cursor)
        got += [(item.campaign_id, item.title) for item in page.items]
        await sent(fleet, **({"content": personal} if len(got) % 2 else {}))
        if (cursor := page.next_cursor) is None:
            break
    assert got == expected


async def test_counts_stay_exact_whatever_is_done_to_own_items_and_broadcasts(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    personal = Content(default_locale="en", translations={"en": Translation(title="Hi {{ device.platform }}")})
    for number in range(6):
        await sent(fleet, **({"content": personal} if number % 2 else {}))
    inbox = fleet.engine.inbox
    verbs = ["seen", "read", "unread", "archive", "unarchive", "acknowledge", "delete", "read", "unread"]
    for step, verb in enumerate(verbs * 2):
        found = await items(fleet, phone) + await items(fleet, phone, "archived")
        await inbox.mark(await fleet.inbox(phone), found[step % len(found)].id, verb)  # type: ignore[arg-type]
        unread = await items(fleet, phone, "unread")
        expected = (len(unread), sum(item.seen_at is None for item in unread))
        assert (await fleet.inbox(phone)).counts() == expected, (step, verb)
    await inbox.read_all(await fleet.inbox(phone))
    assert (await fleet.inbox(phone)).counts() == (0, 0)
    assert await items(fleet, phone, "unread") == []


async def test_another_process_shows_it_without_being_asked_anew(
    fleet: Fleet, settings: Settings, fcm: FcmStandIn
) -> None:
    phone = (await fleet.phones(1))[0]
    async with open_engine(provider_settings(settings, fcm)) as other:
        assert (await other.inbox.reader(fleet.app_id, phone.id)).counts() == (0, 0)
        await sent(fleet)
        async with asyncio.timeout(20):
            while (await other.inbox.reader(fleet.app_id, phone.id)).counts() != (1, 1):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("verb", ["read", "delete"])
async def test_what_one_process_has_shown_another_marks_though_nobody_told_it_yet(
    fleet: Fleet, settings: Settings, fcm: FcmStandIn, verb: Any
) -> None:
    phone = (await fleet.phones(1))[0]
    async with open_engine(provider_settings(settings, fcm)) as other:
        stale = await other.inbox.reader(fleet.app_id, phone.id)
        await sent(fleet)
        (item,) = await items(fleet, phone)
        await other.inbox.mark(stale, item.id, verb)
        assert (await fleet.inbox(phone)).counts() == (0, 0)


async def test_inboxes_keep_what_comes_for_as_long_as_the_app_says(fleet: Fleet) -> None:
    phone = (await fleet.phones(1))[0]
    await fleet.engine.apps.change(fleet.app_id, SettingsChange(inbox_days=30))
    personal = Content(default_locale="en", translations={"en": Translation(title="Hi {{ device.platform }}")})
    soon = wire.Limits(expires_at=fleet.engine.clock.now() + timedelta(days=1))
    late = wire.Limits(expires_at=fleet.engine.clock.now() + timedelta(days=99))
    for content in (personal, HELLO):
        for limits in (soon, late, wire.Limits()):
            await sent(fleet, content=content, limits=limits)
    kept = [round((item.expires_at - item.created_at) / timedelta(days=1)) for item in await items(fleet, phone)]  # type: ignore[operator]
    assert kept == [30, 30, 1, 30, 30, 1]

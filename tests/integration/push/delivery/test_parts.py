"""Every delivery is counted by its platform and its locale too, whatever becomes of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from push.engine import Engine, open_engine
from push.ledger.model import MOST_LOCALES, Counts
from push.settings import Settings
from sdk_contracts.sandbox import FcmStandIn, fcm_stand_in
from sdk_contracts.wire.content import Content, Translation
from sdk_contracts.wire.events import Event
from tests.fleet import Fleet, fleet_of, provider_settings, working

OWN = Content(default_locale="en", translations={"en": Translation(title="Hi {{ device.platform }}")})


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
    fcm.reset()
    async with fleet_of(engine, fcm) as new:
        yield new


async def parts(fleet: Fleet, campaign_id: str, channel: str = "push") -> dict[str, Counts]:
    found = await fleet.engine.ledger.counters.parts(fleet.app_id, campaign_id)
    return {part: channels[channel] for part, channels in found.items() if channel in channels}


async def test_platforms_and_locales_add_up_to_the_whole_whatever_becomes_of_a_delivery(
    fleet: Fleet, fcm: FcmStandIn
) -> None:
    android = await fleet.phones(5, locale="en-GB")
    await fleet.phones(3, platform="ios", locale="zh-CN")
    await fleet.phones(2, platform="ios", locale="zh-CN", opted_in=False)
    await fleet.phones(1)
    fcm.answer("unregistered", times=2)
    fcm.answer("unavailable", times=1)
    campaign = await fleet.until(await fleet.launch(channels=["push", "inbox"], content=OWN), seconds=60)
    receipts = [fleet.engine.tokens.receipt(fleet.app_id, f"dlv_{campaign.id[4:]}p{each.id[4:]}") for each in android]
    at = datetime.now(UTC)
    events = [Event(event_id="e", kind="opened", at=at, receipt=receipt) for receipt in receipts]
    await fleet.engine.engagement.record(None, None, events)
    assert await fleet.recounted(campaign)
    for channel in ("push", "inbox"):
        whole, found = (await fleet.counts(campaign, channel)).flat(), await parts(fleet, campaign.id, channel)
        assert {part: counts["targeted"] for part, counts in found.items()} == {
            "locale:en-GB": 5, "locale:other": 1, "locale:zh-CN": 5, "platform:android": 6, "platform:ios": 5,
        }  # fmt: skip
        for kind in ("locale", "platform"):
            those = [counts for part, counts in found.items() if part.startswith(kind)]
            names = {name for counts in those for name in counts.flat()}
            assert {name: sum(counts.flat().get(name, 0) for counts in those) for name in names} == whole
    pushed = await parts(fleet, campaign.id)
    assert pushed["locale:en-GB"]["opened"] == pushed["platform:android"]["opened"] == 5
    assert pushed["platform:ios"]["skipped"] == 2
    assert sum(each["failed"] for part, each in pushed.items() if part.startswith("platform")) == 2


async def test_of_many_locales_the_first_are_counted_and_the_rest_together(fleet: Fleet) -> None:
    for number in range(MOST_LOCALES + 5):
        await fleet.phones(1, locale=f"en-{number:03d}")
    campaign = await fleet.until(await fleet.launch())
    found = await parts(fleet, campaign.id)
    locales = {part: counts["accepted"] for part, counts in found.items() if part.startswith("locale:")}
    assert len(locales) == MOST_LOCALES + 1
    assert locales.pop("locale:other") == 5
    assert set(locales.values()) == {1}
    assert await fleet.recounted(campaign)


async def test_one_item_for_all_is_of_no_platform(fleet: Fleet) -> None:
    phone, *_ = await fleet.phones(3, locale="en-GB")
    campaign = await fleet.until(await fleet.launch(channels=["inbox"]))
    item = (await fleet.engine.inbox.page(await fleet.inbox(phone), "all", 20, None)).items[0]
    await fleet.engine.inbox.mark(await fleet.inbox(phone), item.id, "read")
    found = await parts(fleet, campaign.id, "inbox")
    assert {part: (counts["accepted"], counts["opened"]) for part, counts in found.items()} == {
        "locale:other": (3, 1), "platform:other": (3, 1),
    }  # fmt: skip
    assert await fleet.recounted(campaign)

"""Providers that say no, or not now."""

import asyncio

import pytest

from tests.fleet import Fleet

pytestmark = pytest.mark.usefixtures("worker")


async def test_whom_fcm_asked_to_wait_gets_it_after_the_wait_and_once(fleet: Fleet) -> None:
    await fleet.phones(20)
    fleet.fcm.answer("quota_exceeded", times=8, retry_after="1")
    started = asyncio.get_running_loop().time()
    counts = await fleet.settled(await fleet.launch())
    assert asyncio.get_running_loop().time() - started >= 1
    assert counts["accepted"] == 20
    assert counts.conserved
    assert set(fleet.fcm.deliveries.values()) == {1}


async def test_an_answer_that_is_not_json_touches_one_message(fleet: Fleet) -> None:
    await fleet.phones(50)
    fleet.fcm.answer("not_json", times=1)
    campaign = await fleet.launch()
    async with asyncio.timeout(10):
        while (await fleet.engine.ledger.funnel(fleet.app_id, campaign.id)).get("push") is None or (
            await fleet.counts(campaign)
        )["accepted"] < 49:
            await asyncio.sleep(0.02)
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts["planned"]) == (49, 1)


async def test_a_payload_that_is_refused_fails_and_keeps_the_address(fleet: Fleet) -> None:
    phones = await fleet.phones(3)
    fleet.fcm.answer("invalid_payload", times=1)
    campaign = await fleet.until(await fleet.launch())
    assert (await fleet.counts(campaign))["failed"] == 1
    kept = [(await fleet.engine.devices.get(fleet.app_id, phone.id)).address for phone in phones]
    assert None not in kept

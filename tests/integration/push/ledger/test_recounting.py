"""Counters that went wrong are found and mended from the ledger (check 42)."""

from collections.abc import AsyncIterator

import pytest

from push.engine import Engine, open_engine
from push.ledger.recounting import Difference
from push.settings import Settings
from sdk_contracts.sandbox import fcm_stand_in
from tests.fleet import Fleet, fleet_of, provider_settings, working


@pytest.fixture
async def fleet(settings: Settings) -> AsyncIterator[Fleet]:
    async with (
        fcm_stand_in() as fcm,
        open_engine(provider_settings(settings, fcm)) as engine,
        working(engine),
        fleet_of(engine, fcm) as new,
    ):
        yield new


async def tamper(engine: Engine, app_id: str, changes: dict[str, int]) -> None:
    await engine.database.collection("counters").update_one(
        {"app_id": app_id, "bucket": "total", "channel": "push"}, {"$inc": changes}
    )


async def test_counters_that_drifted_are_set_to_what_the_rows_say(fleet: Fleet) -> None:
    await fleet.phones(7)
    await fleet.phones(2, opted_in=False)
    campaign = await fleet.until(await fleet.launch())
    engine = fleet.engine
    assert await engine.recounting.repair(fleet.app_id, campaign.id) == []
    await tamper(engine, fleet.app_id, {"n.accepted": 3, "n.skipped.opted_out": -1})
    assert await engine.recounting.repair(fleet.app_id, campaign.id) == [
        Difference("push", "accepted", 10, 7),
        Difference("push", "skipped.opted_out", 1, 2),
    ]
    counts = await fleet.counts(campaign)
    assert (counts["accepted"], counts["skipped"]) == (7, 2)
    assert counts.conserved

"""A row is told by its lot: what nobody wrote on it is read all the same."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from push.engine import Engine, open_engine
from push.ids import new_id
from push.ledger import store
from push.ledger.model import Row, delivery_id
from push.ledger.service import Settlement
from push.settings import Settings


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as running:
        yield running


class Planned:
    """A campaign of which four deliveries are planned in one lot and one is skipped."""

    def __init__(self, engine: Engine, app_id: str) -> None:
        self.engine = engine
        self.app_id, self.campaign_id = app_id, new_id("cmp")
        self.lot, self.other = new_id("bat"), new_id("bat")
        self.ids = sorted(delivery_id(self.campaign_id, "push", new_id("dev")) for _ in range(5))
        self.skipped = self.ids[4]

    def _row(self, delivery: str) -> dict[str, Any]:
        row = {
            "_id": delivery, "app_id": self.app_id, "campaign_id": self.campaign_id, "channel": "push",
            "person_id": new_id("per"), "device_id": None, "platform": "android", "state": "planned",
            "planned_at": self.engine.clock.now(), "lot": self.lot,
        }  # fmt: skip
        return row | ({"state": "skipped", "end": "skipped", "reason": "opted_out"} if delivery == self.skipped else {})

    async def plan(self) -> None:
        rows = [self._row(each) for each in self.ids]
        ledger = self.engine.ledger
        await ledger.write(lambda session, pen: ledger.plan(self.app_id, self.campaign_id, rows, [], session, pen))

    async def settle(self, lot: str, settlement: Settlement) -> None:
        named = (self.app_id, self.campaign_id, "push", lot, settlement)
        await self.engine.ledger.write(lambda session, pen: self.engine.ledger.settle(*named, session, pen))

    async def told(self, state: str | None = None, reason: str | None = None, limit: int = 10) -> dict[str, Row]:
        """All pages."""
        found: dict[str, Row] = {}
        cursor = None
        while True:
            rows, cursor = await self.engine.ledger.recipients(
                self.app_id, self.campaign_id, state, reason, limit, cursor
            )
            assert len(rows) <= limit
            found |= {row.id: row for row in rows}
            if cursor is None:
                return found


@pytest.fixture
async def planned(engine: Engine) -> Planned:
    made = Planned(engine, (await engine.apps.create("Lots")).app.id)
    await made.plan()
    return made


async def test_one_entry_accepts_all_that_neither_ended_nor_left(planned: Planned) -> None:
    failed, moved, *accepted = planned.ids[:4]
    settlement = Settlement(moved={planned.other: [moved]})
    settlement.accept(["android"] * 2)
    settlement.end(failed, "failed", "invalid_message")
    await planned.settle(planned.lot, settlement)
    told = await planned.told()
    assert {each: told[each].state for each in planned.ids} == {
        failed: "failed", moved: "planned", **dict.fromkeys(accepted, "accepted"), planned.skipped: "skipped",
    }  # fmt: skip
    assert {each for each in told if told[each].accepted_at} == set(accepted)
    assert list(await planned.told("accepted")) == accepted
    assert list(await planned.told("planned")) == [moved]
    assert list(await planned.told("failed", "invalid_message")) == [failed]
    assert list(await planned.told(None, "opted_out")) == [planned.skipped]

    later = Settlement()
    later.accept(["android"])
    await planned.settle(planned.other, later)
    assert set(await planned.told("accepted", limit=2)) == {moved, *accepted}
    funnel = await planned.engine.ledger.funnel(planned.app_id, planned.campaign_id)
    recount = await planned.engine.recounting.recount(planned.app_id, planned.campaign_id)
    whole = {name: tally for name, tally in recount.items() if name in funnel}
    assert whole == {channel: counts.flat() for channel, counts in funnel.items()}


async def test_what_a_phone_reported_before_its_lot_was_accepted_stays_further(planned: Planned) -> None:
    opened = planned.ids[0]
    await planned.engine.engagement.report(planned.app_id, {opened: None}, "opened")
    settlement = Settlement()
    settlement.accept(["android"] * 4)
    await planned.settle(planned.lot, settlement)
    row = (await planned.told())[opened]
    assert row.state == "opened"
    assert row.accepted_at is not None
    assert list(await planned.told("opened")) == [opened]
    assert opened not in await planned.told("accepted")


async def test_what_was_redriven_waits_for_its_new_lot(planned: Planned) -> None:
    dead, ledger, app_id = planned.ids[0], planned.engine.ledger, planned.app_id
    settlement = Settlement()
    settlement.accept(["android"] * 3)
    settlement.end(dead, "dead", "http_503")
    await planned.settle(planned.lot, settlement)
    assert list(await planned.told("dead")) == [dead]
    now = planned.engine.clock.now()
    await ledger.write(lambda session, _: ledger.store.redrive(app_id, [dead], planned.other, now, session))
    assert (await planned.told())[dead].state == "planned"
    assert await ledger.store.of_lot(app_id, planned.other, planned.ids[0], planned.ids[-1]) == [dead]


async def test_rare_rows_in_a_large_campaign_are_found_in_several_pages(
    planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_LOOKED_AT", 2)
    page, cursor = await planned.engine.ledger.recipients(
        planned.app_id, planned.campaign_id, None, "opted_out", 1, None
    )
    assert page == []
    assert cursor is not None
    assert list(await planned.told(None, "opted_out", 1)) == [planned.skipped]

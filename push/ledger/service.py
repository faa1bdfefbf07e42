"""Writing to the ledger and its counters together, and reading both."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct, field

from push.clock import Clock
from push.database import Database, Document, Session
from push.errors import BadCursor
from push.ledger.counters.store import Counters, Pen, bucketed
from push.ledger.model import CONFIRMING_PLATFORMS, STEPS, Counts, Row, Tally
from push.ledger.store import LedgerStore

T = TypeVar("T")
BUCKETS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_SERIES = ("targeted", *STEPS, "skipped", "failed", "dead")


class Settlement(Struct, kw_only=True):
    """How one batch ended: the many that were accepted, and the few others by reason."""

    accepted: list[str] = field(default_factory=list)
    ended: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """state → reason → delivery ids."""
    tally: Tally = field(default_factory=Tally)

    def accept(self, delivery_id: str, platform: str | None) -> None:
        self.accepted.append(delivery_id)
        self.tally.accept(platform in CONFIRMING_PLATFORMS)

    def end(self, delivery_id: str, state: str, reason: str) -> None:
        self.ended[state][reason].append(delivery_id)
        self.tally.end(state, reason)


class Ledger:
    def __init__(self, database: Database, store: LedgerStore, counters: Counters, clock: Clock) -> None:
        self._database = database
        self.store = store
        self.counters = counters
        self._clock = clock

    async def write(self, work: Callable[[Session, Pen], Coroutine[Any, Any, T]]) -> T:
        """Run `work` as a transaction that counts; it may run more than once after a conflict."""
        async with self.counters.pen() as pen:
            return await self._database.transaction(lambda session: work(session, pen))

    async def plan(
        self,
        app_id: str,
        campaign_id: str,
        pushes: Sequence[Document],
        persons: Sequence[Document],
        session: Session,
        pen: Pen,
    ) -> set[str]:
        """Write planned and skipped rows and count them; answers which of `persons` are new to this campaign.

        A device is walked once, so its row is new; a person comes back with each of their devices.
        """
        await self.store.add(pushes, session)
        added = await self.store.add_missing(persons, session)
        tallies = {(campaign_id, "push"): Tally(), (campaign_id, "inbox"): Tally()}
        for row in (*pushes, *(row for row in persons if row["_id"] in added)):
            tally = tallies[campaign_id, row["channel"]]
            tally.plan() if row["state"] == "planned" else tally.skip(row["reason"])
        await self.counters.fold(app_id, tallies, self._clock.now(), session, pen)
        return added

    async def settle(
        self, app_id: str, campaign_id: str, channel: str, settlement: Settlement, session: Session, pen: Pen
    ) -> None:
        """Write how a batch ended, rows and counters together."""
        now = self._clock.now()
        await self.store.accept(app_id, settlement.accepted, now, session)
        for state, reasons in settlement.ended.items():
            await self.store.end(app_id, state, reasons, session)
        await self.counters.fold(app_id, {(campaign_id, channel): settlement.tally}, now, session, pen)

    async def funnel(self, app_id: str, campaign_id: str) -> dict[str, Counts]:
        """The milestones by channel, from counters."""
        return await self.counters.totals(app_id, campaign_id)

    async def timeline(self, app_id: str, campaign_id: str, bucket: str) -> list[tuple[datetime, dict[str, int]]]:
        """What happened in each `minute`, `hour` or `day` (UTC) in which anything did."""
        return summed(await self.counters.minutes(app_id, campaign_id), BUCKETS[bucket])

    async def recipients(
        self, app_id: str, campaign_id: str, state: str | None, reason: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Row], str | None]:
        """Rows of a campaign, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("dlv_"):
            raise BadCursor
        rows = await self.store.page(app_id, campaign_id, cursor or "", limit + 1, state, reason)
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def summed(series: list[tuple[datetime, Counts]], width: timedelta) -> list[tuple[datetime, dict[str, int]]]:
    """The series in buckets of this width, each with its non-zero numbers."""
    return [
        (at, {name: n for name in _SERIES if (n := sum(counts[name] for counts in group))})
        for at, group in sorted(bucketed(series, width).items())
    ]

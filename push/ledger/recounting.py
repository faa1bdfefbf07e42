"""Counters held against the rows they were folded from, and mended where they differ."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable

from msgspec import Struct

from push.database import Database, Session
from push.ledger.counters.store import Counters
from push.ledger.model import ENDS, PEOPLE, STEPS, Tally, parts_of
from push.ledger.participants.model import STEPS as PEOPLE_STEPS
from push.ledger.participants.model import Change
from push.ledger.participants.store import ParticipantStore
from push.ledger.store import LedgerStore

_TRIES = 5
Worth = Callable[[str, str], AsyncIterator[Change]]


class Difference(Struct, frozen=True):
    channel: str
    name: str
    counted: int
    """What the counters said."""
    recounted: int
    """What the rows say."""


class Recounting:
    def __init__(
        self, database: Database, store: LedgerStore, counters: Counters, participants: ParticipantStore, worth: Worth
    ) -> None:
        """`worth` tells the conversions whose value a campaign has."""
        self._participants = participants
        self._worth = worth
        self._database = database
        self._store = store
        self._counters = counters

    async def recount(self, app_id: str, campaign_id: str) -> dict[str, Tally]:
        """The milestones as the rows have them: by channel, by channel and part (`push/locale:en`), and of PEOPLE.

        Reads every row: about 20 s a million.
        """
        tallies: dict[str, Tally] = defaultdict(Tally)
        for channel, counts in (await self._counters.base(app_id, campaign_id)).items():
            for name in (channel, *(f"{channel}/{part}" for part in parts_of(None, None))):
                tallies[name].update(counts.flat())
        async for row in self._store.all(app_id, campaign_id):
            tally = Tally()
            if row.counted == "at_start":
                # The base has it as targeted and accepted.
                tally["accepted"] -= 1
            else:
                tally["targeted"] += 1
            if row.state in ENDS:
                tally[f"{row.state}.{row.reason}"] += 1
            elif row.accepted_at is None:
                tally["planned"] += 1
            tally["confirmable"] += row.confirmable
            tally["redriven"] += row.redriven_at is not None
            tally["lapsed"] += row.died_of is not None
            for step in STEPS:
                tally[step] += getattr(row, f"{step}_at") is not None
            for name in (row.channel, *(f"{row.channel}/{part}" for part in parts_of(row.platform, row.locale))):
                tallies[name].update(tally)
        await self._of_people(app_id, campaign_id, tallies[PEOPLE])
        found = {channel: Tally({name: n for name, n in tally.items() if n}) for channel, tally in tallies.items()}
        return {channel: tally for channel, tally in found.items() if tally}

    async def _of_people(self, app_id: str, campaign_id: str, tally: Tally) -> None:
        async for person in self._participants.all(app_id, campaign_id):
            for name in (*PEOPLE_STEPS, "influenced"):
                tally[name] += getattr(person, f"{name}_at") is not None
            if person.credited is not None:
                tally[f"credited_{person.credited}"] += 1
        async for change in self._worth(app_id, campaign_id):
            tally[change.name] += change.by

    async def repair(self, app_id: str, campaign_id: str) -> list[Difference] | None:
        """Set the counters to what the rows say; answers where they differed.

        None when the numbers move too fast to be compared: while a campaign is being sent, ask again later.
        """
        for _ in range(_TRIES):
            before = await self.counted(app_id, campaign_id)
            rows = await self.recount(app_id, campaign_id)
            if before != await self.counted(app_id, campaign_id):
                continue
            found = _differences(before, rows)
            if not found or await self._replace(app_id, campaign_id, before, rows):
                return found
        return None

    async def _replace(
        self, app_id: str, campaign_id: str, before: dict[str, dict[str, int]], rows: dict[str, Tally]
    ) -> bool:
        """False when somebody counted meanwhile."""

        async def store(session: Session) -> bool:
            if await self.counted(app_id, campaign_id, session) != before:
                return False
            await self._counters.replace(app_id, campaign_id, rows, session)
            return True

        return await self._database.transaction(store)

    async def counted(self, app_id: str, campaign_id: str, session: Session | None = None) -> dict[str, dict[str, int]]:
        totals = await self._counters.totals(app_id, campaign_id, session)
        people = (await self._counters.people(app_id, campaign_id, session)).flat()
        people.pop("targeted", None)
        parts = {
            f"{channel}/{part}": counts.flat()
            for part, channels in (await self._counters.parts(app_id, campaign_id, session)).items()
            for channel, counts in channels.items()
        }
        return {PEOPLE: people, **{channel: counts.flat() for channel, counts in totals.items()}, **parts}


def _differences(counted: dict[str, dict[str, int]], rows: dict[str, Tally]) -> list[Difference]:
    names = {(channel, name) for source in (counted, rows) for channel, numbers in source.items() for name in numbers}
    both = [
        Difference(channel, name, counted.get(channel, {}).get(name, 0), rows.get(channel, Tally())[name])
        for channel, name in sorted(names)
    ]
    return [each for each in both if each.counted != each.recounted]

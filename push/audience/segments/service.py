"""Keeping rules under names."""

from typing import Protocol

import msgspec

from push.apps.model import Principal
from push.apps.service import Apps
from push.audience.checking import Naming
from push.audience.composing import to_rule
from push.audience.rules import Rule
from push.audience.segments.model import Segment, Uses
from push.audience.segments.placing import Placing, placed
from push.audience.segments.store import SegmentStore
from push.audit.service import Audit
from push.clock import Clock
from push.database import Database, Session
from push.errors import BadCursor, InUse, SegmentNotFound
from push.ids import new_id
from sdk_contracts.wire.audience import Rule as RuleContract
from sdk_contracts.wire.audience import SegmentChange, SegmentRequest


class UsedBy(Protocol):
    """What of campaigns, which lie above, segments ask for."""

    async def using(self, app_id: str, segment_id: str) -> Uses:
        """The campaigns that name it."""


class Segments:
    def __init__(
        self,
        database: Database,
        store: SegmentStore,
        placing: Placing,
        campaigns: UsedBy,
        naming: Naming,
        apps: Apps,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._placing = placing
        self._campaigns = campaigns
        self._naming = naming
        self._apps = apps
        self._audit = audit
        self._clock = clock

    async def create(self, by: Principal, request: SegmentRequest, segment_id: str | None = None) -> Segment:
        """With `segment_id`, a second call answers what the first one made. Raises Invalid."""
        now = self._clock.now()
        segment = Segment(
            id=segment_id or new_id("seg"),
            app_id=by.app_id,
            name=request.name,
            rule=await self._read(by.app_id, request.rule),
            created_at=now,
            changed_at=now,
        )
        await self._check(segment)

        async def store(session: Session) -> None:
            if not await self._store.add(segment, session):
                raise _There
            await self._audit.record(by, "segment.created", segment.id, {"name": segment.name}, session=session)

        try:
            await self._database.transaction(store)
        except _There:
            return await self.get(by.app_id, segment.id)
        return segment

    async def get(self, app_id: str, segment_id: str) -> Segment:
        """Raises SegmentNotFound."""
        segment = await self._store.get(app_id, segment_id)
        if segment is None:
            raise SegmentNotFound(segment_id)
        return segment

    async def page(self, app_id: str, limit: int, cursor: str | None) -> tuple[list[Segment], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("seg_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def uses(self, app_id: str, segment_id: str) -> Uses:
        """What names it."""
        uses, others = await self._campaigns.using(app_id, segment_id), await self._store.naming(app_id, segment_id)
        return msgspec.structs.replace(uses, segments=len(others), open=(*uses.open, *others))

    async def change(self, by: Principal, segment_id: str, change: SegmentChange) -> Segment:
        """What is left out stays; campaigns that have begun mean what it said then. Raises SegmentNotFound, Invalid."""
        segment = await self.get(by.app_id, segment_id)
        changed = msgspec.structs.replace(
            segment,
            name=segment.name if change.name is msgspec.UNSET else change.name,
            rule=segment.rule if change.rule is msgspec.UNSET else await self._read(by.app_id, change.rule),
            changed_at=self._clock.now(),
        )
        if (changed.name, changed.rule) == (segment.name, segment.rule):
            return segment
        await self._check(changed)

        async def store(session: Session) -> Segment:
            stored = await self._store.change(changed, session)
            if stored is None:
                raise SegmentNotFound(segment_id)
            await self._audit.record(by, "segment.changed", segment_id, {"name": changed.name}, session=session)
            return stored

        return await self._database.transaction(store)

    async def remove(self, by: Principal, segment_id: str) -> None:
        """Raises SegmentNotFound, and InUse while something that is not over names it."""
        segment = await self.get(by.app_id, segment_id)
        uses = await self.uses(by.app_id, segment_id)
        if uses.open:
            raise InUse(uses.open)

        async def store(session: Session) -> None:
            if not await self._store.remove(by.app_id, segment_id, session):
                raise SegmentNotFound(segment_id)
            await self._audit.record(by, "segment.deleted", segment_id, {"name": segment.name}, session=session)

        await self._database.transaction(store)

    async def _read(self, app_id: str, contract: RuleContract) -> Rule:
        """Raises Invalid."""
        rule = to_rule(contract, (await self._apps.get(app_id)).attributes)
        await self._naming.check(app_id, [rule], "/rule")
        return rule

    async def _check(self, segment: Segment) -> None:
        """Raises Invalid where it leads to itself, to one that is gone, or to too much."""
        meanings = await self._placing.meanings(segment.app_id, [segment.rule], "/rule", segment)
        placed(segment.rule, meanings, "/rule")


class _There(Exception):
    """It was made by an earlier attempt."""

"""Making placements, changing them, and reading what was counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from push.campaigns.store import CampaignStore
from push.clock import Clock, to_milliseconds
from push.errors import BadCursor, Invalid, PlacementNotFound
from push.ids import new_id
from push.placements import links
from push.placements.codes import Codes, new_stem
from push.placements.model import COUNTED, Bucket, Numbers, Placement, Utm, Via
from push.placements.store import PlacementStore
from push.placements.visits.store import VisitStore
from sdk_contracts.wire.placements import PlacementChange, PlacementRequest

_TRIES = 5
_PAGE_OF_CODES = "/r/"


class Placements:
    def __init__(
        self,
        store: PlacementStore,
        visits: VisitStore,
        campaigns: CampaignStore,
        codes: Codes,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._store = store
        self._visits = visits
        self._campaigns = campaigns
        self._codes = codes
        self._clock = clock
        self._public_url = public_url

    async def create(self, app_id: str, request: PlacementRequest, placement_id: str | None = None) -> Placement:
        """With `placement_id`, a second call answers what the first one made. Raises Invalid."""
        now = self._clock.now()
        fields = await self._checked(app_id, msgspec.structs.asdict(request))
        if (end := fields["valid_until"]) is not None and end <= now:
            raise Invalid("/valid_until", "This end is over already.")
        wanted = placement_id or new_id("plc")
        for _ in range(_TRIES):
            placement = Placement(
                id=wanted, app_id=app_id, stem=new_stem(app_id), created_at=now, changed_at=now, **fields
            )
            if await self._store.add(placement):
                return placement
            if (made := await self._store.get(app_id, wanted)) is not None:
                return made
        raise AssertionError("Five new codes were all taken.")

    async def get(self, app_id: str, placement_id: str) -> Placement:
        """Raises PlacementNotFound."""
        placement = await self._store.get(app_id, placement_id)
        if placement is None:
            raise PlacementNotFound(placement_id)
        return placement

    async def page(
        self, app_id: str, limit: int, cursor: str | None, *, archived: bool = False, campaign_id: str | None = None
    ) -> tuple[list[Placement], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("plc_"):
            raise BadCursor
        listed = "archived" if archived else "open"
        found = await self._store.page(app_id, listed, campaign_id, cursor, limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def change(self, app_id: str, placement_id: str, change: PlacementChange) -> Placement:
        """What is left out stays, and so do its codes. Raises PlacementNotFound, Invalid."""
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        if not given:
            return await self.get(app_id, placement_id)
        return await self._change(app_id, placement_id, await self._checked(app_id, given))

    async def archive(self, app_id: str, placement_id: str) -> Placement:
        """Out of the list; its codes lead nowhere. It stays archived since the first time. Raises PlacementNotFound."""
        placement = await self.get(app_id, placement_id)
        if placement.archived_at is not None:
            return placement
        return await self._change(app_id, placement_id, {"archived_at": self._clock.now(), "listed": "archived"})

    async def unarchive(self, app_id: str, placement_id: str) -> Placement:
        """Raises PlacementNotFound."""
        return await self._change(app_id, placement_id, {"archived_at": None, "listed": "open"})

    async def remove(self, app_id: str, placement_id: str) -> None:
        """With its numbers, and for good: nobody has its codes again. Raises PlacementNotFound."""
        if not await self._store.remove(app_id, placement_id):
            raise PlacementNotFound(placement_id)
        await self._visits.forget(app_id, placement_id)

    def url(self, placement: Placement, via: Via) -> str:
        """What stands under the poster (`click`), or in its QR code (`scan`)."""
        return self._public_url + _PAGE_OF_CODES + self._codes.code(placement.stem, via)

    async def numbers(self, app_id: str, placements: list[Placement]) -> dict[str, Numbers]:
        """All that was ever counted of each of these."""
        ids = sorted(placement.id for placement in placements)
        found = await self._visits.totals(app_id, ids[0], ids[-1]) if ids else {}
        return {each: found.get(each) or dict.fromkeys(COUNTED, 0) for each in ids}

    async def series(
        self, app_id: str, placement_id: str, bucket: Bucket, start: datetime, stop: datetime
    ) -> list[tuple[datetime, Numbers]]:
        """Each whole hour or day (UTC) of this time in which anything was counted, from the one `start` is in."""
        begin = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        begin = begin.replace(hour=0) if bucket == "day" else begin
        return await self._visits.series(app_id, placement_id, bucket, begin, max(stop, begin + timedelta(seconds=1)))

    async def _change(self, app_id: str, placement_id: str, fields: dict[str, Any]) -> Placement:
        stored = msgspec.to_builtins({**fields, "changed_at": self._clock.now()}, builtin_types=(datetime,))
        changed = await self._store.change(app_id, placement_id, stored)
        if changed is None:
            raise PlacementNotFound(placement_id)
        return changed

    async def _checked(self, app_id: str, given: dict[str, Any]) -> dict[str, Any]:
        """Fields of a placement from those of a request. Raises Invalid."""
        fields = dict(given)
        if "link" in fields:
            links.check(fields["link"], self._public_url)
        if fields.get("campaign_id") is not None and not await self._campaigns.get(app_id, fields["campaign_id"]):
            raise Invalid("/campaign_id", f"There is no campaign {fields['campaign_id']}.")
        if "utm" in fields:
            fields["utm"] = msgspec.convert(msgspec.to_builtins(fields["utm"]), Utm)
        if "tags" in fields:
            fields["tags"] = tuple(dict.fromkeys(fields["tags"]))
        if fields.get("valid_until") is not None:
            fields["valid_until"] = to_milliseconds(fields["valid_until"])
        return fields

"""Token buckets in the database, each advanced by one command: what all workers together may send."""

import math
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError

from push.database import Database
from push.delivery.flow.quota import Taken

_KEPT = timedelta(minutes=10)
"""A bucket nobody has drawn from this long is full or of no use: it is removed, and made anew when it is wanted."""
_ROUNDING = 1e-6


class BucketStore:
    def __init__(self, database: Database) -> None:
        buckets = database.collection(
            "buckets",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )
        # A bucket that is lost with the server is a full one: nothing here is worth waiting for a disk.
        self._buckets = buckets.with_options(write_concern=WriteConcern(w=1))

    async def take(
        self, app_id: str, name: str, want: int, per_second: float, size: float, now: datetime, least: int = 1
    ) -> Taken:
        """Up to `want` tokens of the bucket `name`, but none if there are not `least`.

        A bucket holds `size` and starts with `least` of them or one second's worth. Where `least` is more than it
        ever holds, a full one gives it and goes into debt, so that nothing waits for ever.
        """
        enough = float(min(least, size))
        given = {
            "$cond": [
                {"$gte": ["$level", enough - _ROUNDING]},
                {"$max": [{"$min": [want, {"$floor": {"$add": ["$level", _ROUNDING]}}]}, least]},
                0,
            ]
        }
        # Milliseconds, because not every server can subtract dates; never negative, whose clock ever was ahead.
        at = round(now.timestamp() * 1000)
        elapsed = {"$max": [0, {"$subtract": [at, {"$ifNull": ["$at", at]}]}]}
        fresh = {"$multiply": [per_second / 1000, elapsed]}
        refilled = {"$add": [{"$ifNull": ["$level", max(enough, per_second)]}, fresh]}
        update: list[dict[str, Any]] = [
            {"$set": {"level": {"$min": [size, refilled]}, "at": {"$max": ["$at", at]}, "expires_at": now + _KEPT}},
            {"$set": {"granted": given}},
            {"$set": {"level": {"$subtract": ["$level", "$granted"]}}},
        ]
        found = await self._update(app_id, name, update)
        granted = int(found["granted"])
        return Taken(granted) if granted else Taken(0, math.ceil((enough - found["level"]) / per_second * 1000) / 1000)

    async def _update(self, app_id: str, name: str, update: list[dict[str, Any]]) -> dict[str, Any]:
        named = {"app_id": app_id, "_id": f"{app_id}/{name}"}
        for _ in range(3):
            try:
                found = await self._buckets.find_one_and_update(
                    named, update, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue
            if found is not None:
                return found
        raise RuntimeError("A bucket could not be made.")

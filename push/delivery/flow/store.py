"""Token buckets in the database, each advanced by one command: what all workers together may send."""

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict
from pymongo import IndexModel, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import DuplicateKeyError

from push.database import Database, from_document
from push.delivery.flow.quota import Taken
from push.delivery.flow.reports import LaneReport

_KEPT = timedelta(minutes=10)
"""A bucket nobody has drawn from this long is full or of no use: it is removed, and made anew when it is wanted."""
_ROUNDING = 1e-6
_REPORTED = timedelta(minutes=1)


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
        found = await self._update(app_id, name, update, now)
        granted = int(found["granted"])
        return Taken(granted) if granted else Taken(0, math.ceil((enough - found["level"]) / per_second * 1000) / 1000)

    async def _update(self, app_id: str, name: str, update: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
        """The bucket after the update. It is made first and drawn from after, in commands of their own.

        Of many that make and update one bucket in a single command, a server may apply what it answers nothing to,
        and what it gave is lost.
        """
        named = {"app_id": app_id, "_id": f"{app_id}/{name}"}
        for _ in range(3):
            found: dict[str, Any] | None = await self._buckets.find_one_and_update(
                named, update, return_document=ReturnDocument.AFTER
            )
            if found is not None:
                return found
            with suppress(DuplicateKeyError):
                await self._buckets.insert_one(named | {"expires_at": now + _KEPT})
        raise RuntimeError("A bucket could not be made.")


class LaneReportStore:
    """The last word of each worker on each of its lanes, for a minute."""

    def __init__(self, database: Database) -> None:
        reports = database.collection(
            "lane_reports",
            IndexModel([("app_id", 1), ("_id", 1)]),
            IndexModel([("at", 1)], expireAfterSeconds=int(_REPORTED.total_seconds())),
        )
        # As good as gone in a moment: nothing here is worth waiting for a disk.
        self._reports = reports.with_options(write_concern=WriteConcern(w=1))

    async def put(self, reports: Sequence[LaneReport]) -> None:
        updates = []
        for report in reports:
            key = f"{report.worker_id}/{report.app_id}/{report.lane}"
            fields = {name: value for name, value in asdict(report).items() if name != "app_id"}
            updates.append(UpdateOne({"app_id": report.app_id, "_id": key}, {"$set": fields}, upsert=True))
        await self._reports.bulk_write(updates, ordered=False)

    async def of_app(self, app_id: str, now: datetime) -> list[LaneReport]:
        """Those of the last minute."""
        found = await self._reports.find({"app_id": app_id}).to_list(None)
        return [from_document(each, LaneReport) for each in found if each["at"] > now - _REPORTED]

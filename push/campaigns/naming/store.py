"""Which campaigns there are, what was made from them, and which name a segment."""

from collections.abc import Sequence

from pymongo import IndexModel

from push.audience.segments.model import Uses
from push.database import Database

_MOST_RUNS = 1000
_NAMES_TOLD = 5
_OVER = ("sent", "cancelled", "failed")


class NamingStore:
    def __init__(self, database: Database) -> None:
        self._campaigns = database.collection("campaigns", IndexModel([("app_id", 1), ("segments", 1)]))

    async def known(self, app_id: str, campaign_ids: Sequence[str]) -> set[str]:
        """Which of these there are."""
        query = {"app_id": app_id, "_id": {"$in": list(campaign_ids)}}
        return {found["_id"] async for found in self._campaigns.find(query, {"_id": 1})}

    async def made_from(self, app_id: str, campaign_id: str) -> list[str]:
        """Its newest runs and its second step."""
        query = {"app_id": app_id, "listed": campaign_id}
        found = self._campaigns.find(query, {"_id": 1}, sort=[("_id", -1)], limit=_MOST_RUNS)
        return [each["_id"] async for each in found]

    async def using(self, app_id: str, segment_id: str) -> Uses:
        """The campaigns that name this segment, runs not counted apart."""
        query = {"app_id": app_id, "segments": segment_id}
        campaigns = 0
        names: list[str] = []
        async for found in self._campaigns.find(query, {"name": 1, "state": 1, "run_of": 1, "planned": 1}):
            campaigns += found.get("run_of") is None
            if found["state"] not in _OVER and len(names) < _NAMES_TOLD:
                names.append(found["name"])
        return Uses(campaigns=campaigns, open=tuple(names))

"""Processes in the database: a handful of documents."""

from pymongo import IndexModel

from push.database import Database, from_document, to_document
from push.processes.model import INSTALLATION, Process


class ProcessStore:
    def __init__(self, database: Database) -> None:
        self._processes = database.collection("processes", IndexModel([("app_id", 1), ("_id", 1), ("alive_until", 1)]))

    async def put(self, process: Process) -> None:
        document = to_document(process)
        named = {"app_id": document.pop("app_id"), "_id": document.pop("_id")}
        await self._processes.update_one(named, {"$set": document}, upsert=True)

    async def all(self) -> list[Process]:
        cursor = self._processes.find({"app_id": INSTALLATION})
        return [from_document(found, Process) async for found in cursor]

    async def remove(self, process: Process) -> bool:
        """False when it has been heard of since, or is gone already."""
        named = {"app_id": INSTALLATION, "_id": process.id, "alive_until": process.alive_until}
        return bool((await self._processes.delete_one(named)).deleted_count)

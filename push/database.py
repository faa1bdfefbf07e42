"""The one module that owns the driver: connection, transactions, indexes, the database's clock."""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo import IndexModel, WriteConcern
from pymongo import timeout as within
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from push.clock import SyncedClock
from push.errors import DatabaseAway

T = TypeVar("T")
Document = dict[str, Any]
Session = AsyncIOMotorClientSession
Collection = AsyncIOMotorCollection[Document]

DATABASE_AWAY: tuple[type[Exception], ...] = (
    DatabaseAway,
    ServerSelectionTimeoutError,
    AutoReconnect,
    ConnectionFailure,
    NetworkTimeout,
    ExecutionTimeout,
    WaitQueueTimeoutError,
    WTimeoutError,
)
"""What the driver raises when the server is away or too slow; the same call may work later."""

_CLOCK_SYNC_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.2


class Database:
    """A database of one Fanfare, shared by all its apps."""

    def __init__(self, url: str, name: str, *, timeout_seconds: float = 4.0) -> None:
        """`timeout_seconds` bounds finding a server and each command, so that callers hear of an outage in time."""
        milliseconds = int(timeout_seconds * 1000)
        self._transaction_seconds = 1.5 * timeout_seconds
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            timeoutMS=milliseconds,
            tz_aware=True,
            appname="fanfare",
        )
        options: CodecOptions[Document] = CodecOptions(tz_aware=True)
        self._database = self._client.get_database(
            name, codec_options=options, write_concern=WriteConcern(w="majority", j=True)
        )
        self.clock = SyncedClock()
        self._unended: deque[Session] = deque()
        self._indexes: list[tuple[str, Sequence[IndexModel]]] = []

    def collection(self, name: str, *indexes: IndexModel) -> Collection:
        """A collection, and the indexes it needs once `prepare` runs."""
        self._indexes.append((name, indexes))
        return self._database[name]

    async def prepare(self) -> None:
        """Make the indexes, and set the clock by the database's.

        Raises DatabaseAway.
        """
        await self.sync_clock()
        existing = set(await self._database.list_collection_names())
        for name, indexes in self._indexes:
            if name not in existing:
                # A collection cannot come into being inside a transaction everywhere, so it exists beforehand.
                with contextlib.suppress(PyMongoError):
                    await self._database.create_collection(name)
            if indexes:
                await self._database[name].create_indexes(list(indexes))

    async def ping(self) -> None:
        """Raises DatabaseAway."""
        await self.sync_clock()

    async def sync_clock(self) -> datetime:
        """Set `clock` by the database's clock and answer its time. Raises DatabaseAway."""
        try:
            answer = await self._client.admin.command("hello")
        except DATABASE_AWAY as error:
            raise DatabaseAway from error
        theirs: datetime = answer["localTime"]
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        self.clock.sync(theirs)
        return theirs

    async def runs_transactions(self) -> bool:
        """Whether this is a replica set or a sharded cluster; a lone server cannot. Raises DatabaseAway."""
        try:
            answer = await self._client.admin.command("hello")
        except DATABASE_AWAY as error:
            raise DatabaseAway from error
        return "setName" in answer or answer.get("msg") == "isdbgrid"

    async def keep_clock(self) -> None:
        """Keep `clock` by the database's until cancelled."""
        while True:
            await asyncio.sleep(_CLOCK_SYNC_SECONDS)
            with contextlib.suppress(DatabaseAway):
                await self.sync_clock()

    async def transaction(self, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        """Run `work` so that all of its writes happen or none; it may run more than once after a conflict.

        The driver's own `with_transaction` goes on trying for two minutes, and at once; this one ends when the time
        of `Database` is over. Raises one of DATABASE_AWAY then, also where it is not known whether all was written.
        """
        stop_at, pause = time.monotonic() + self._transaction_seconds, _FIRST_PAUSE_SECONDS
        async with self._session() as session:
            with within(self._transaction_seconds):
                while True:
                    try:
                        session.start_transaction()
                        result = await work(session)
                        await self._commit(session, stop_at)
                    except PyMongoError as error:
                        if session.in_transaction:  # type: ignore[truthy-function]
                            await session.abort_transaction()
                        if not error.has_error_label("TransientTransactionError"):
                            raise
                        if time.monotonic() + pause >= stop_at:
                            raise DatabaseAway from error
                    else:
                        return result
                    # Those who ran into each other must not do so again.
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        """One whose last transaction could not be ended comes first: its next one ends that, else it holds what it
        wrote for another minute."""
        session = self._unended.popleft() if self._unended else await self._client.start_session()
        try:
            yield session
        except DATABASE_AWAY:
            self._unended.append(session)
            raise
        except BaseException:
            await session.end_session()
            raise
        await session.end_session()

    async def _commit(self, session: Session, stop_at: float) -> None:
        """Ask until it is known what became of it; a commit may be asked for again."""
        while True:
            try:
                return await session.commit_transaction()
            except PyMongoError as error:
                if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() >= stop_at:
                    raise
            await asyncio.sleep(_FIRST_PAUSE_SECONDS)

    async def changes(
        self, collection: str, fields: Sequence[str] = ("app_id",), matching: Document | None = None
    ) -> AsyncIterator[Document]:
        """These fields of each document that is inserted or updated in this collection from now on, oldest first.

        `matching` is what its fields must be after the change. One collection at a time: a stream over the whole
        database would make the server look at every ledger row.
        """
        wanted = {f"fullDocument.{name}": value for name, value in (matching or {}).items()}
        pipeline: list[Document] = [
            {"$match": {"operationType": {"$in": ["insert", "update"]}, **wanted}},
            {"$project": {"operationType": 1, "documentKey": 1, **{f"fullDocument.{name}": 1 for name in fields}}},
        ]
        async with self._database[collection].watch(pipeline, full_document="updateLookup") as stream:
            async for change in stream:
                yield change.get("fullDocument") or {}

    async def changed_ids(self, collection: str) -> AsyncIterator[str]:
        """The `_id` of each document inserted, changed or removed in this collection from now on, oldest first."""
        pipeline: list[Document] = [{"$project": {"operationType": 1, "documentKey": 1}}]
        async with self._database[collection].watch(pipeline) as stream:
            async for change in stream:
                if "documentKey" in change:
                    yield change["documentKey"]["_id"]

    def close(self) -> None:
        self._client.close()


def to_document(struct: msgspec.Struct) -> Document:
    """A Struct as it is stored: `id` becomes `_id`."""
    document: Document = msgspec.to_builtins(struct, builtin_types=(datetime, bytes))
    document["_id"] = document.pop("id")
    return document


def from_document(document: Document, kind: type[T]) -> T:
    """A stored document as the Struct it was; fields the Struct does not know are left out."""
    if "_id" in document:
        document["id"] = document.pop("_id")
    return msgspec.convert(document, kind)

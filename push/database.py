"""The one module that owns the driver: connection, transactions, indexes, the database's clock."""

import asyncio
import contextlib
import functools
import random
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from bson import decode_all
from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorCommandCursor,
    AsyncIOMotorCursor,
)
from pymongo import IndexModel, WriteConcern
from pymongo import timeout as within
from pymongo.command_cursor import CommandCursor
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
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
Cursor = AsyncIOMotorCursor[Document] | AsyncIOMotorCommandCursor[Document]

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

SESSIONS = 16
"""How many transactions of one process run at a time. They are few and known by name, so that another process can end
what this one has begun, should it die."""
_DUPLICATE_KEY = 11000


CHANGES_AT_ONCE = 1000
_LISTENS_MILLISECONDS = 250
_INTERRUPTED = 11601
"""The code of an operation whose session was ended while it ran."""
_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.2


class Conflict(Exception):
    """Somebody else has written this in the same moment; the transaction is run again, and finds it there."""


async def insert_absent(collection: Collection, documents: Sequence[Document], session: Session) -> None:
    """Insert what this transaction has just seen not to be there. Raises Conflict where it is by now."""
    if not documents:
        return
    try:
        await collection.insert_many(documents, ordered=False, session=session)
    except BulkWriteError as error:
        if all(each.get("code") == _DUPLICATE_KEY for each in (error.details or {}).get("writeErrors", ())):
            raise Conflict from error
        raise


_IDS_AT_ONCE = 150
_TOGETHER = 20


async def find_named(
    collection: Collection,
    app_id: str,
    ids: Sequence[str],
    fields: Document | None = None,
    session: Session | None = None,
) -> list[Document]:
    """Those of these documents that are there.

    In parts: a list twice as long takes the embedded server four times as long. In their order, in which they lie. And
    all of them by one hand-over to a thread, since each costs as much as a part does.
    """

    def find() -> list[Document]:
        found: list[Document] = []
        ordered = sorted(ids)
        for start in range(0, len(ordered), _IDS_AT_ONCE):
            part = ordered[start : start + _IDS_AT_ONCE]
            query = {"app_id": app_id, "_id": {"$in": part}}
            found += collection.delegate.find(
                query, fields, batch_size=len(part) + 1, session=session.delegate if session else None
            )
        return found

    return await asyncio.to_thread(find) if ids else []


def together(values: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[list[str], dict[str, Document]]]:
    """Documents (id → field → value) of which the same fields are set, in parts, each with its fields' expressions.

    Written in one update they cost the database a third of what one by one does.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for key, fields in values.items():
        alike.setdefault(tuple(sorted(fields)), []).append(key)
    for names, keys in alike.items():
        for start in range(0, len(keys), _TOGETHER):
            part = keys[start : start + _TOGETHER]
            place = {"$indexOfArray": [part, "$_id"]}
            yield part, {name: {"$arrayElemAt": [[values[key][name] for key in part], place]} for name in names}


class Change(NamedTuple):
    id: str
    """Of the document that was inserted, changed or removed."""
    app_id: str | None
    """Only told of one that was inserted."""


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
        self._sessions: asyncio.PriorityQueue[tuple[bool, int, Session]] = asyncio.PriorityQueue()
        """(whether its last transaction was ended, number, session); the others go first."""
        self._running: set[asyncio.Task[Any]] = set()
        self.session_ids: list[bytes] = []
        """Of the sessions that all transactions of this process use."""
        self.id_order: list[tuple[str, int]] | None = [("_id", 1)]
        """The `sort` of a query that names the app and both ends of a range of `_id`, and nothing else.

        The embedded server reads such a range in its order; asked to sort it, it takes three times as long, and reads
        all of it before it gives the first.
        """
        self.telling_is_dear = False
        """For each stream of changes the embedded server looks at all that is written: 8 µs of CPU a document."""
        self._indexes: list[tuple[str, Sequence[IndexModel]]] = []

    def collection(self, name: str, *indexes: IndexModel) -> Collection:
        """A collection, and the indexes it needs once `prepare` runs."""
        self._indexes.append((name, indexes))
        return self._database[name]

    async def prepare(self) -> None:
        """Make the indexes and the sessions, and set the clock by the database's.

        Raises DatabaseAway.
        """
        await self.sync_clock()
        if "secantusVersion" in await self._client.admin.command("buildInfo"):
            self.id_order, self.telling_is_dear = None, True
        while len(self.session_ids) < SESSIONS:
            session = await self._client.start_session()
            self.session_ids.append(bytes(session.session_id["id"]))  # type: ignore[index]
            self._sessions.put_nowait((True, len(self.session_ids), session))
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

    async def end_sessions(self, session_ids: Sequence[bytes]) -> None:
        """End what was begun in these sessions, so that nothing stays locked; their process may begin anew in them.

        Raises DatabaseAway.
        """
        named = [{"id": Binary(session_id, UUID_SUBTYPE)} for session_id in session_ids]
        try:
            await self._client.admin.command("killSessions", named)
        except DATABASE_AWAY as error:
            raise DatabaseAway from error

    async def transaction(self, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        """Run `work` so that all of its writes happen or none; it may run more than once after a conflict.

        The driver's own `with_transaction` goes on trying for two minutes, and at once; this one ends when the time
        of `Database` is over. Raises one of DATABASE_AWAY then, also where it is not known whether all was written.

        It goes on to its end when who asked for it is cancelled: a call that is out cannot be called back, and the
        session is nobody else's before that.
        """
        running = asyncio.create_task(self._transact(work))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    async def _transact(self, work: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
        stop_at, pause = time.monotonic() + self._transaction_seconds, _FIRST_PAUSE_SECONDS
        async with self._session() as session:
            with within(self._transaction_seconds):
                while True:
                    try:
                        session.start_transaction()
                        result = await work(session)
                        await self._commit(session, stop_at)
                    except Exception as error:
                        if session.in_transaction:  # type: ignore[truthy-function]
                            await session.abort_transaction()
                        if not _passes(error):
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
        try:
            async with asyncio.timeout(self._transaction_seconds):
                _, number, session = await self._sessions.get()
        except TimeoutError as error:
            raise DatabaseAway from error
        ended = True
        try:
            yield session
        except DATABASE_AWAY:
            ended = False
            raise
        finally:
            self._sessions.put_nowait((ended, number, session))

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
        async for change in _until_lost(self._stream(collection, pipeline, fullDocument="updateLookup")):
            yield change.get("fullDocument") or {}

    async def changed_ids(self, collection: str) -> AsyncIterator[str]:
        """The `_id` of each document inserted, changed or removed in this collection from now on, oldest first."""
        pipeline: list[Document] = [{"$project": {"operationType": 1, "documentKey": 1}}]
        async for change in _until_lost(self._stream(collection, pipeline)):
            if "documentKey" in change:
                yield change["documentKey"]["_id"]

    async def changes_together(self, collection: str) -> AsyncIterator[list[Change]]:
        """As `changed_ids`, but up to CHANGES_AT_ONCE together, and none at all a few times a second.

        From the first time on, none is missed; whenever they are fewer than that, there were no more.
        """
        loop = asyncio.get_running_loop()
        pipeline: list[Document] = [{"$project": {"operationType": 1, "documentKey": 1, "fullDocument.app_id": 1}}]
        async with self._stream(collection, pipeline) as stream:
            first = await anext(stream, None)
            found = [] if first is None else [first]
            while stream.delegate.alive:
                yield [_change(each) for each in found if "documentKey" in each]
                # One hand-over to a thread for all of them: a million changes would take minutes otherwise.
                found = await loop.run_in_executor(None, _together, stream.delegate)

    def _stream(
        self, collection: str, pipeline: Sequence[Document], **options: str
    ) -> AsyncIOMotorCommandCursor[Document]:
        """What happens in this collection; a lost connection ends it with one of DATABASE_AWAY.

        The driver's own stream would go on behind the last change it knows of; but the embedded server, once killed,
        numbers its changes from an earlier one on, and would be silent until it is past that. Whoever listens again
        looks for what was missed.
        """
        return self._database[collection].aggregate(
            [{"$changeStream": options}, *pipeline], batchSize=CHANGES_AT_ONCE, maxAwaitTimeMS=_LISTENS_MILLISECONDS
        )

    async def at_rest(self) -> None:
        """Once no transaction is under way any more."""
        if self._running:
            await asyncio.wait(self._running)

    def close(self) -> None:
        self._client.close()


def patiently(seconds: float) -> contextlib.AbstractContextManager[object]:
    """Calls within may take so long, whatever the time of `Database` is: for work that nobody waits for."""
    return within(seconds)


async def _until_lost(stream: AsyncIOMotorCommandCursor[Document]) -> AsyncIterator[Document]:
    """One by one. The driver takes a moment without a change for the end."""
    async with stream:
        while stream.delegate.alive:
            change = await anext(stream, None)
            if change is not None:
                yield change


def _change(event: Document) -> Change:
    return Change(event["documentKey"]["_id"], (event.get("fullDocument") or {}).get("app_id"))


def _together(stream: CommandCursor[Document]) -> list[Document]:
    found: list[Document] = []
    while len(found) < CHANGES_AT_ONCE and (change := stream.try_next()) is not None:
        found.append(change)
    return found


def _passes(error: Exception) -> bool:
    """Whether the same transaction may work when it is run again."""
    if isinstance(error, Conflict):
        return True
    if not isinstance(error, PyMongoError):
        return False
    return error.has_error_label("TransientTransactionError") or getattr(error, "code", None) == _INTERRUPTED


def to_document(struct: msgspec.Struct) -> Document:
    """A Struct as it is stored: `id` becomes `_id`."""
    document: Document = msgspec.to_builtins(struct, builtin_types=(datetime, bytes))
    document["_id"] = document.pop("id")
    return document


QUICK: CodecOptions[Document] = CodecOptions(tz_aware=False)
"""For reading many: the driver takes longer over the time zone of a moment than over the rest of a small document."""


_FEW = 32
_LENGTH = struct.Struct("<i")
"""What a BSON document begins with: its bytes, these among them."""


def from_quick(documents: Iterable[Document], kind: type[T]) -> list[T]:
    """As `from_document`, of documents read with QUICK whose moments are all at their top."""
    moments, combine, convert = _moments(kind), datetime.combine, msgspec.convert  # type: ignore[arg-type]
    made = []
    for document in documents:
        for name in moments:
            value = document.get(name)
            if value is not None:
                # Six times as fast as `replace`.
                document[name] = combine(value.date(), value.time(), UTC)
        document["id"] = document.pop("_id")
        made.append(convert(document, kind))
    return made


def from_raw(batch: bytes, kind: type[T]) -> list[T]:
    """As `from_quick`, of documents as they came from the database, one after the other.

    A few at a time: to make all of them documents first takes half as long again, since the first are out of the
    processor's reach by then.
    """
    made: list[T] = []
    start = end = few = 0
    while end < len(batch):
        end, few = end + _LENGTH.unpack_from(batch, end)[0], few + 1
        if few == _FEW or end == len(batch):
            made += from_quick(decode_all(batch[start:end], QUICK), kind)
            start, few = end, 0
    return made


@functools.cache
def _moments(kind: type) -> tuple[str, ...]:
    """Fields of a Struct that are moments, or none."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.type in (datetime, datetime | None))


def from_document(document: Document, kind: type[T]) -> T:
    """A stored document as the Struct it was; fields the Struct does not know are left out."""
    if "_id" in document:
        document["id"] = document.pop("_id")
    return msgspec.convert(document, kind)

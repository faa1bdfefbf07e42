"""Reading very many documents by ranges of when their ids were made: short queries instead of one long one."""

import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from push.database import Collection, Cursor, Document, patiently
from push.ids import first_id, made_at

RANGE_MOST = 2000
_FANFARE_BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
"""No id is older."""
_LONGEST_SIFTED, _SLOW_RANGE_SECONDS, _SIFTING_SECONDS = timedelta(days=32), 0.5, 60.0
_FIRST_RANGE, _LEAST_RANGE, _LONGEST_RANGE = timedelta(days=1), timedelta(milliseconds=1), timedelta(days=256)


async def by_age(
    collection: Collection, app_id: str, prefix: str, fields: Document | None = None
) -> AsyncIterator[list[Document]]:
    """All documents of an app in `_id` order, up to RANGE_MOST at a time; `prefix` is that of their ids.

    By ranges of when their ids were made, as long as fits what is found. The embedded server reads all that a query
    means before it gives the first: of a million documents that takes it minutes, and gigabytes.
    """
    start, width = _FANFARE_BEGINS, _FIRST_RANGE
    # Where only one end is said, the embedded server looks through all the app has. "`" comes after "_".
    low: Document = {"$gt": f"{prefix}_"}
    while True:
        last = start > datetime.now(UTC) + _FIRST_RANGE
        end = f"{prefix}`" if last else first_id(prefix, start + width)
        # The embedded server takes as long to sort as to read, so that is left to the ranges that can be no smaller.
        narrow = last or width <= _LEAST_RANGE
        query = {"app_id": app_id, "_id": {**low, "$lt": end}}
        sort = [("_id", 1)] if narrow else None
        cursor = collection.find(query, fields, sort=sort, limit=RANGE_MOST, batch_size=RANGE_MOST + 1)
        found = await cursor.to_list(None)
        full = len(found) == RANGE_MOST
        if full and not narrow:
            width = max(width / 8, _LEAST_RANGE)
            continue
        if found:
            yield sorted(found, key=itemgetter("_id"))
        if full:
            low = {"$gt": found[-1]["_id"]}
        elif last:
            return
        else:
            low, start = {"$gte": end}, start + width
            width = min(width * 2, _LONGEST_RANGE) if len(found) < RANGE_MOST / 4 else width


async def sifted_by_age(
    collection: Collection,
    app_id: str,
    prefix: str,
    sift: Document,
    fields: Document | None = None,
    after: str = "",
) -> AsyncIterator[list[Document]]:
    """As `by_age`, of those documents only that meet `sift`, from the one behind `after` on.

    How much is looked at for one that is found nobody knows, so ranges are as long as they take a moment, and shorter
    where many are found.
    """
    at, width = _begins(app_id, after), _FIRST_RANGE
    low: Document = {"$gt": after or f"{prefix}_"}
    while True:
        last = at > datetime.now(UTC) + _FIRST_RANGE
        high = f"{prefix}`" if last else first_id(prefix, at)
        # In two steps, since the embedded server has no index for both at once and would look through all there is.
        pipeline: list[Document] = [
            {"$match": {"app_id": app_id, "_id": {**low, "$lt": high}}},
            {"$match": sift},
            *([{"$project": fields}] if fields else []),
            {"$sort": {"_id": 1}},
        ]
        began, count = time.monotonic(), 0
        took: float | None = None
        async for found in patient_pages(collection.aggregate(pipeline, batchSize=RANGE_MOST), RANGE_MOST):
            took = took or time.monotonic() - began
            count += len(found)
            yield found
        took = took or time.monotonic() - began
        if last:
            return
        if high > after:
            low = {"$gte": high}
        slow = took > _SLOW_RANGE_SECONDS or count > 4 * RANGE_MOST
        width = max(width / 4, _LEAST_RANGE) if slow else min(width * 2, _LONGEST_SIFTED)
        at += width


async def patient_pages(cursor: Cursor, size: int) -> AsyncIterator[list[Document]]:
    """What it gives, so many at a time, each of which may take a minute: the embedded server finds all of it first."""
    async with cursor:
        while True:
            with patiently(_SIFTING_SECONDS):
                found = await cursor.to_list(size)
            if not found:
                return
            yield found


def _begins(app_id: str, after: str) -> datetime:
    """Hardly an id of the app is older; if one is, it lies in the first range all the same."""
    with contextlib.suppress(ValueError):
        return made_at(after) + _FIRST_RANGE if after else max(_FANFARE_BEGINS, made_at(app_id) - _FIRST_RANGE)
    return _FANFARE_BEGINS

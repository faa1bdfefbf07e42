"""Work that one worker at a time holds for a while: what is due is claimed, and a claim that is not renewed lapses.

`due_at` is both: for work that waits, the moment it may start; for work that is held, the moment the lease ends.
`attempt` counts the claims, so that `{_id, owner, attempt}` is a fence nobody who lost the lease can pass.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct


class Lease(Struct, frozen=True):
    """Who holds the work, and since which claim."""

    owner: str
    attempt: int


def due(app_id: str, now: datetime) -> dict[str, Any]:
    """The filter for work that may be claimed; its index is `(app_id, due_at)`."""
    return {"app_id": app_id, "due_at": {"$lte": now}}


def claim(owner: str, now: datetime, length: timedelta) -> list[dict[str, Any]]:
    """The update that takes it."""
    attempt = {"$add": [{"$ifNull": ["$attempt", 0]}, 1]}
    return [{"$set": {"owner": owner, "attempt": attempt, "due_at": now + length}}]


def fence(app_id: str, work_id: str, lease: Lease) -> dict[str, Any]:
    """The filter that only the holder's work meets; its index is `(app_id, _id, owner, attempt)`."""
    return {"app_id": app_id, "_id": work_id, "owner": lease.owner, "attempt": lease.attempt}


def renew(now: datetime, length: timedelta) -> dict[str, Any]:
    return {"$set": {"due_at": now + length}}


def hand_back(due_at: datetime) -> dict[str, Any]:
    """Free for anybody from then on; `returned` counts the claims that ended so."""
    return {"$set": {"due_at": due_at, "owner": None}, "$inc": {"returned": 1}}

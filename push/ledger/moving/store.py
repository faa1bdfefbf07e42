"""Whose deliveries have become another person's, or nobody's, a moment ago.

Whoever has read rows before a transaction asks in it, and reads again those whose person is named here.
"""

import hashlib
from datetime import timedelta

from pymongo import IndexModel

from push.database import Database, Session
from push.ids import new_id

_LATELY = timedelta(minutes=2)
"""Longer than a transaction may take after what it goes by was read, whichever of the two it is."""
_KEPT = timedelta(minutes=10)


class Lately:
    def __init__(self, fingerprints: frozenset[str]) -> None:
        self._fingerprints = fingerprints

    def has(self, person_id: str) -> bool:
        return bool(self._fingerprints) and _fingerprint(person_id) in self._fingerprints


class MoveStore:
    def __init__(self, database: Database) -> None:
        self._clock = database.clock
        self._moves = database.collection(
            "moves",
            IndexModel([("app_id", 1), ("at", 1)]),
            IndexModel([("at", 1)], expireAfterSeconds=int(_KEPT.total_seconds())),
        )

    async def note(self, app_id: str, person_id: str, session: Session) -> None:
        """Rows of theirs are another's from this transaction on. Erased persons are not named."""
        move = {"_id": new_id("mov"), "app_id": app_id, "was": _fingerprint(person_id), "at": self._clock.now()}
        await self._moves.insert_one(move, session=session)

    async def lately(self, app_id: str, session: Session) -> Lately:
        """Whose rows were moved, as this transaction sees it."""
        now = self._clock.now()
        query = {"app_id": app_id, "at": {"$gt": now - _LATELY, "$lt": now + _LATELY}}
        found = await self._moves.find(query, session=session).to_list(None)
        return Lately(frozenset(each["was"] for each in found))


def _fingerprint(person_id: str) -> str:
    return hashlib.sha256(person_id.encode()).hexdigest()[:32]

"""Writing down who did what, and reading it."""

from push.apps.model import Principal
from push.audit.model import Details, Entry, Wanted
from push.audit.store import AuditStore
from push.clock import Clock
from push.database import Session
from push.errors import BadCursor
from push.ids import body, new_id
from sdk_contracts.wire.apps import AuditAction

_ALL = Wanted()


class Audit:
    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record(
        self,
        actor: Principal,
        action: AuditAction,
        object_id: str,
        details: Details | None = None,
        *,
        attempt_id: str | None = None,
        session: Session | None = None,
    ) -> None:
        """Write down what `actor` has done; two records of one attempt are one entry."""
        entry = Entry(
            id=entry_of(attempt_id) if attempt_id else new_id("aud"),
            app_id=actor.app_id,
            at=self._clock.now(),
            key_id=actor.key_id,
            role=actor.role,
            action=action,
            object_id=object_id,
            details=details or {},
        )
        await self._store.add(entry, session)

    def witness(
        self, actor: Principal, action: AuditAction, object_id: str, attempt_id: str | None = None
    ) -> "Witness":
        """For whoever does this in a transaction of their own."""
        return Witness(self, actor, action, object_id, attempt_id)

    async def recorded(self, app_id: str, attempt_id: str, session: Session | None = None) -> Entry | None:
        """What an attempt has been recorded as."""
        return await self._store.get(app_id, entry_of(attempt_id), session)

    async def page(
        self, app_id: str, limit: int, cursor: str | None, wanted: Wanted = _ALL
    ) -> tuple[list[Entry], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("aud_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1, wanted)
        return found[:limit], found[limit - 1].id if len(found) > limit else None


class Witness:
    """Writes one thing down in the transaction that does it: neither is there without the other."""

    def __init__(
        self, audit: Audit, actor: Principal, action: AuditAction, object_id: str, attempt_id: str | None
    ) -> None:
        self._audit = audit
        self._actor = actor
        self._action = action
        self._object_id = object_id
        self._attempt_id = attempt_id or new_id("aud")

    async def recorded(self, session: Session) -> bool:
        """Whether it is done already: a transaction whose answer was lost is made again."""
        return await self._audit.recorded(self._actor.app_id, self._attempt_id, session) is not None

    async def record(self, session: Session, details: Details | None = None) -> None:
        await self._audit.record(
            self._actor, self._action, self._object_id, details, attempt_id=self._attempt_id, session=session
        )


def entry_of(attempt_id: str) -> str:
    """One attempt makes one entry, however often it is recorded."""
    return f"aud_{body(attempt_id)}"

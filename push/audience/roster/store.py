"""What a roster needs to know of devices and people, read by the thousand."""

from collections.abc import AsyncIterator, Sequence

from push.database import QUICK, Collection, Database, Document, find_named
from push.ranges import by_age

DEVICES, PEOPLE = "devices", "people"
_DEVICE = (
    "person_id", "external_id", "platform", "created_at", "last_seen_at", "gate", "address.kind", "confirmed_at",
    "address_gone_at", "opted_in", "locale", "timezone", "app_version", "tags", "topics", "uninstalled_at",
)  # fmt: skip
_PREFIXES = {DEVICES: "dev", PEOPLE: "per"}
_PERSON = (
    "external_id", "attributes", "relations", "preferences.categories", "preferences.consent.promotion",
    "preferences.quiet_hours",
)  # fmt: skip
_FIELDS = {DEVICES: dict.fromkeys(_DEVICE, 1), PEOPLE: dict.fromkeys(_PERSON, 1)}


class RosterStore:
    def __init__(self, database: Database) -> None:
        self._collections: dict[str, Collection] = {
            name: database.collection(name).with_options(QUICK) for name in _FIELDS
        }

    async def larger_than(self, app_id: str, devices: int) -> bool:
        """Whether the app has more devices than that, uninstalled ones counted as well."""
        met = 0
        async for some in by_age(self._collections[DEVICES], app_id, _PREFIXES[DEVICES], {"_id": 1}):
            met += len(some)
            if met > devices:
                return True
        return False

    def all(self, app_id: str, collection: str) -> AsyncIterator[list[Document]]:
        """All `devices` or `people`, some at a time; what is added meanwhile may be left out."""
        return by_age(self._collections[collection], app_id, _PREFIXES[collection], _FIELDS[collection])

    async def some(self, app_id: str, collection: str, ids: Sequence[str]) -> list[Document]:
        return await find_named(self._collections[collection], app_id, ids, _FIELDS[collection])

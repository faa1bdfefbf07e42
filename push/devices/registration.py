"""Devices come, change, log in and go."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from push.clock import TIMEZONES, Clock
from push.database import Database, Session
from push.devices.addresses import checked, confirmed, fingerprint, firebase_id, successor
from push.devices.model import Address, Device
from push.devices.store import DeviceStore
from push.errors import BadSignature, DeviceNotFound, InstallationTaken, Invalid, Unauthenticated
from push.ids import new_id
from push.people.model import Person, gate_of
from push.people.service import People
from sdk_contracts.wire import devices as wire

IdentityRule = Callable[[str], Awaitable[str | None]]
"""The secret that external ids of an app must be signed with, or None where the app does not ask for it."""

MOST_TOPICS = 200
_SEEN_ANEW = timedelta(hours=1)
MOST_ROTATIONS = 2**16 - 1
"""A key carries its generation in two bytes."""
_DESCRIPTION = ("opted_in", "locale", "timezone", "app_version", "os_version", "model", "tags", "topics")


class Devices:
    def __init__(
        self,
        database: Database,
        store: DeviceStore,
        people: People,
        clock: Clock,
        identity: IdentityRule,
        extra_hosts: frozenset[str],
    ) -> None:
        self._database = database
        self._store = store
        self._people = people
        self._clock = clock
        self._identity = identity
        self._extra_hosts = extra_hosts

    async def register(
        self,
        app_id: str,
        registration: wire.DeviceRegistration,
        device_id_of_key: str | None,
        new_device_id: str | None = None,
    ) -> tuple[Device, bool]:
        """The device, and whether it is new.

        Raises Invalid for an address or time zone that cannot be, and InstallationTaken where the installation
        is known and the caller does not hold its device key. With `new_device_id` a new device gets that id, and a
        second call counts as the first one's.
        """
        address = self._checked(registration.address, registration.platform)
        check_timezone(registration.timezone)
        known = await self._store.by_installation(app_id, registration.installation_id)
        if known is None:
            return await self._add(app_id, registration, address, new_device_id or new_id("dev")), True
        if known.id not in (device_id_of_key, new_device_id):
            raise InstallationTaken(registration.installation_id)
        fields = {name: getattr(registration, name) for name in ("platform", *_DESCRIPTION)}
        return await self._store_change(known, fields, address), known.id == new_device_id

    async def get(self, app_id: str, device_id: str) -> Device:
        """Raises DeviceNotFound, also for one that was uninstalled."""
        device = await self._store.get(app_id, device_id)
        if device is None or device.uninstalled_at is not None:
            raise DeviceNotFound(device_id)
        return device

    async def holding(self, app_id: str, device_id: str, generation: int) -> Device:
        """The device whose key of this generation somebody shows. Raises DeviceNotFound, Unauthenticated."""
        device = await self.get(app_id, device_id)
        device.check_key(generation)
        return device

    async def seen(self, device: Device, at: datetime) -> None:
        """Somebody came to the app on it; written down once an hour."""
        if at - device.last_seen_at >= _SEEN_ANEW:
            await self._store.seen(device.app_id, device.id, at)

    async def rotate_key(self, app_id: str, device_id: str, generation: int, *, again: bool = False) -> int:
        """The generation of the device's new key; the old one ends at once.

        `again`: the same attempt was lost halfway, and may have ended it. Raises DeviceNotFound, Unauthenticated,
        and Invalid after 65,535 rotations.
        """
        device = await self.get(app_id, device_id)
        if again and device.key_generation == generation + 1:
            return device.key_generation
        if generation >= MOST_ROTATIONS:
            raise Invalid("", "This device has had all the keys it can have; uninstall and register it anew.")
        if not await self._store.next_key(app_id, device_id, generation):
            raise Unauthenticated
        return generation + 1

    async def change(self, app_id: str, device_id: str, change: wire.DeviceChange) -> Device:
        """Raises DeviceNotFound, Invalid."""
        device = await self.get(app_id, device_id)
        given = {k: v for k, v in msgspec.structs.asdict(change).items() if v is not msgspec.UNSET}
        check_timezone(given.get("timezone"))
        if "address" not in given:
            return await self._store_change(device, given, msgspec.UNSET)
        address = self._checked(given.pop("address"), device.platform)
        return await self._store_change(device, given, address)

    async def uninstall(self, app_id: str, device_id: str) -> None:
        """The device is not sent to any more; what it was sent stays in the ledger. Raises DeviceNotFound."""
        device = await self.get(app_id, device_id)
        fields = {"uninstalled_at": self._clock.now(), "address": None, "confirmed_at": None, "topics": ()}

        async def store(session: Session) -> None:
            current = await self._store.get(app_id, device_id, session)
            if current is None or current.uninstalled_at is not None:
                return
            went = {"uninstalled": 1, "address_gone": current.address is not None}
            await self._store.churn.note(app_id, self._clock.now(), {current.platform: went}, session)
            await self._store.release_installation(app_id, device.installation_id or "", session)
            await self._store.change(
                app_id, device_id, fields, ("installation_id", "fingerprint", "firebase_id"), session
            )

        await self._database.transaction(store)

    async def follow(self, app_id: str, device_id: str, topic: str) -> None:
        """Raises DeviceNotFound, and Invalid where the device follows as many as it may."""
        device = await self.get(app_id, device_id)
        if topic not in device.topics and len(device.topics) >= MOST_TOPICS:
            raise Invalid("/topic", f"A device follows {MOST_TOPICS} topics at most.")
        await self._store.add_topic(app_id, device_id, topic)

    async def unfollow(self, app_id: str, device_id: str, topic: str) -> None:
        """Raises DeviceNotFound."""
        await self.get(app_id, device_id)
        await self._store.remove_topic(app_id, device_id, topic)

    async def log_in(self, app_id: str, device_id: str, login: wire.Login) -> Person:
        """The known person now using the device; an anonymous one before them is merged into them.

        Raises DeviceNotFound, and BadSignature where the app verifies identities.
        """
        await self._verify(app_id, login)
        target = await self._people.known_as(app_id, login.external_id)

        async def store(session: Session) -> None:
            device = await self._store.get(app_id, device_id, session)
            if device is None or device.uninstalled_at is not None:
                raise DeviceNotFound(device_id)
            if device.person_id == target.id:
                return
            previous = await self._people.get(app_id, device.person_id, session)
            await self._hand_over(device, await self._people.hold(app_id, target.id, session), session)
            if previous.anonymous:
                await self._people.merge(app_id, previous, target, session)

        await self._database.transaction(store)
        return target

    async def log_out(self, app_id: str, device_id: str) -> Person:
        """A fresh anonymous person for this device; who leaves keeps all that is theirs. Raises DeviceNotFound."""

        async def store(session: Session) -> Person:
            device = await self._store.get(app_id, device_id, session)
            if device is None or device.uninstalled_at is not None:
                raise DeviceNotFound(device_id)
            current = await self._people.get(app_id, device.person_id, session)
            if current.anonymous:
                return current
            nobody = await self._people.add_anonymous(app_id, session)
            await self._hand_over(device, nobody, session)
            return nobody

        return await self._database.transaction(store)

    def _checked(self, address: wire.Address | None, platform: str) -> Address | None:
        return None if address is None else checked(address, platform, self._extra_hosts)

    async def _verify(self, app_id: str, login: wire.Login) -> None:
        secret = await self._identity(app_id)
        if secret is None:
            return
        expected = hmac.new(secret.encode(), login.external_id.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), (login.signature or "").lower().encode()):
            raise BadSignature

    async def _add(
        self, app_id: str, registration: wire.DeviceRegistration, address: Address | None, device_id: str
    ) -> Device:
        now = self._clock.now()

        async def store(session: Session) -> Device:
            person = await self._people.add_anonymous(app_id, session)
            described: dict[str, Any] = {name: getattr(registration, name) for name in _DESCRIPTION}
            device = Device(
                id=device_id,
                app_id=app_id,
                person_id=person.id,
                installation_id=registration.installation_id,
                platform=registration.platform,
                created_at=now,
                last_seen_at=now,
                **(confirmed(address, now) if address else {}),
                **{**described, "topics": tuple(dict.fromkeys(registration.topics))},
            )
            moved = 0
            if address is not None:
                firebase = firebase_id(address)
                moved = await self._store.hold_address(app_id, fingerprint(address), firebase, device.id, now, session)
            if not await self._store.add(device, session):
                raise InstallationTaken(registration.installation_id)
            came = {"registered": 1, "address_new": address is not None, "address_gone": moved}
            await self._store.churn.note(app_id, now, {device.platform: came}, session)
            return device

        try:
            return await self._database.transaction(store)
        except InstallationTaken:
            # A commit whose answer was lost is made again, and then finds what it made itself.
            mine = await self._store.get(app_id, device_id)
            if mine is None:
                raise
            return mine

    async def _store_change(
        self, device: Device, fields: dict[str, Any], address: Address | msgspec.UnsetType | None
    ) -> Device:
        now = self._clock.now()
        fields = {**fields, "last_seen_at": now}
        clear: tuple[str, ...] = ()
        if "topics" in fields:
            fields["topics"] = tuple(dict.fromkeys(fields["topics"]))
        if address is None:
            fields |= {"address": None, "confirmed_at": None}
            clear = ("fingerprint", "firebase_id")

        async def store(session: Session) -> None:
            current = await self._store.get(device.app_id, device.id, session) or device
            moved: dict[str, Any] = {}
            gone = 0
            if isinstance(address, Address):
                moved, gone = await self._move(current, address, now, session)
            after = msgspec.structs.replace(current, **fields, **moved)
            await self._store.churn.note(
                device.app_id, now, {after.platform: _differences(current, after, gone)}, session
            )
            await self._store.change(device.app_id, device.id, {**fields, **moved}, clear, session)

        await self._database.transaction(store)
        return await self.get(device.app_id, device.id)

    async def _move(
        self, current: Device, offered: Address, now: datetime, session: Session
    ) -> tuple[dict[str, Any], int]:
        """Let the device hold what it offers, if it may; the fields that change, and how many others lost it."""
        address = successor(current.address, offered)
        if address is None:
            return {}, 0
        held, firebase = fingerprint(address), firebase_id(address)
        moved = await self._store.hold_address(current.app_id, held, firebase, current.id, now, session)
        own = current.fingerprint == held or (firebase is not None and current.firebase_id == firebase)
        return confirmed(address, now), moved - own

    async def _hand_over(self, device: Device, person: Person, session: Session) -> None:
        fields = {
            "person_id": person.id,
            "external_id": person.external_id,
            "gate": gate_of(person.preferences),
            "last_seen_at": self._clock.now(),
        }
        await self._store.change(device.app_id, device.id, fields, session=session)


def _differences(before: Device, after: Device, moved: int) -> dict[str, int]:
    """What its day counts; `moved` addresses came to it from other devices."""
    return {
        "opted_in": after.opted_in and not before.opted_in,
        "opted_out": before.opted_in and not after.opted_in,
        "address_new": after.address is not None and before.address is None,
        "address_gone": moved + (before.address is not None and after.address is None),
    }


def check_timezone(timezone: str | None) -> None:
    """Raises Invalid."""
    if timezone is not None and timezone not in TIMEZONES:
        raise Invalid("/timezone", "This is no time zone of the IANA database.")

"""The columns of one app, and how they are filled from what is stored."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from push.apps.model import QuietHours
from push.audience.roster.columns import (
    NO_TIME,
    Array,
    Codes,
    Field,
    Index,
    Mask,
    Numbers,
    Rows,
    Sets,
    Varied,
    fingerprint,
    fingerprints,
    milliseconds,
)
from push.audience.roster.store import DEVICES
from push.database import Document
from push.people.model import Gate, Preferences, gate_of
from push.smtp.addresses import ADDRESS, is_address

MOST_NAMES = 200
"""Of tags, and of attributes, that are kept."""
MOST_GATES = 100_000
_NO_MATTER = datetime(1970, 1, 1, tzinfo=UTC)
UNREACHABLE, GONE, WEB, FCM = range(4)
"""How a device is reached: not (yet), not any more, by a browser's push service, by FCM."""


class Roster:
    """By device: a row each, also for those that went. By person: a row for each who has a device or is known.

    Some 80 bytes a device and 25 a person, and 1 to 9 for each tag and attribute of either.
    """

    def __init__(self) -> None:
        self.devices, self.people = Index(), Index()
        self.there = Array(np.bool_)
        """Of devices: not uninstalled."""
        self.person = Array(np.int32)
        self.external = Array(np.int64)
        """Fingerprint of the external id, or 0."""
        self.platform, self.locale, self.timezone, self.app_version = Codes(), Codes(), Codes(), Codes()
        self.opted_in = Array(np.bool_)
        self.reach = Array(np.uint8)
        self.confirmed_at = Array(np.int64, int(NO_TIME))
        self.created_at, self.last_seen_at = Numbers(datetime), Numbers(datetime)
        self.gate = Codes(MOST_GATES)
        self.topics = Sets()
        self.tags: dict[str, Field] = {}
        self.known = Array(np.bool_)
        """Of people: what is known of them has been read."""
        self.name = Array(np.int64)
        """As `external`, of the person itself."""
        self.own_gate = Codes(MOST_GATES)
        """Of the person itself, for those who have no device."""
        self.writable = Array(np.bool_)
        """Of people: there is an address for letters."""
        self.relations = Codes()
        self.attributes: dict[str, Field] = {}
        self._gates: dict[Any, Gate] = {}

    @property
    def size(self) -> int:
        """In bytes, about."""
        columns: list[Any] = [
            self.devices, self.people, self.there, self.person, self.external, self.platform, self.locale,
            self.timezone, self.app_version, self.opted_in, self.reach, self.confirmed_at, self.created_at,
            self.last_seen_at, self.gate, self.topics, self.known, self.name, self.own_gate, self.writable,
            self.relations,
        ]  # fmt: skip
        return sum(each.size for each in (*columns, *self.tags.values(), *self.attributes.values()))

    @property
    def kept(self) -> bool:
        """Whether all that every answer needs is in the columns."""
        plain = (self.platform, self.locale, self.timezone, self.app_version, self.relations, self.gate, self.own_gate)
        return not any(column.full for column in plain)

    def take_devices(self, documents: Sequence[Document]) -> list[str]:
        """Put these in the place of what was known of them. The people among theirs who were not known before."""
        before, known = self.devices.count, self.people.count
        rows = self.devices.rows(fingerprints(each["_id"] for each in documents))
        owners = [each.get("person_id", "") for each in documents]
        people = self.people.rows(fingerprints(owners))
        self.there.put(rows, [each.get("uninstalled_at") is None for each in documents])
        self.person.put(rows, people)
        named = [each.get("external_id") for each in documents]
        self.external.put(rows, [0 if name is None else fingerprint(name) for name in named])
        for name in ("platform", "locale", "timezone", "app_version"):
            column: Codes = getattr(self, name)
            column.put(rows, [each.get(name) for each in documents])
        self.opted_in.put(rows, [each.get("opted_in", True) for each in documents])
        self.reach.put(rows, [_reach(each) for each in documents])
        self.confirmed_at.put(rows, [milliseconds(each.get("confirmed_at")) for each in documents])
        self.created_at.put(rows, [each.get("created_at") for each in documents])
        self.last_seen_at.put(rows, [each.get("last_seen_at") for each in documents])
        self.gate.put(rows, [self._gate(each.get("gate") or {}) for each in documents])
        new = bool(rows.min(initial=before) >= before)
        self.topics.put(rows, [each.get("topics") or () for each in documents], new=new)
        _take(self.tags, rows, [each.get("tags") or {} for each in documents], new=new)
        return [owner for owner, row in zip(owners, people, strict=True) if row >= known and owner]

    def drop_devices(self, ids: Iterable[str]) -> None:
        """Nothing is known of them any more."""
        known = [each for each in ids if self.knows_device(each)]
        if known:
            self.take_devices([{"_id": each, "uninstalled_at": True} for each in known])

    def take_people(self, documents: Sequence[Document]) -> None:
        before = self.people.count
        rows = self.people.rows(fingerprints(each["_id"] for each in documents))
        self.known.put(rows, True)
        named = [each.get("external_id") for each in documents]
        self.name.put(rows, [0 if name is None else fingerprint(name) for name in named])
        self.own_gate.put(rows, [self._gate(_gate_of(each.get("preferences") or {})) for each in documents])
        self.relations.put(rows, [tuple(each.get("relations") or ()) for each in documents])
        known = [_aware(each.get("attributes") or {}) for each in documents]
        self.writable.put(rows, [is_address(each.get(ADDRESS)) for each in known])
        _take(self.attributes, rows, known, new=bool(rows.min(initial=before) >= before))

    def drop_people(self, ids: Iterable[str]) -> None:
        known = [each for each in ids if self.knows_person(each)]
        if known:
            self.take_people([{"_id": each} for each in known])
            self.known.put(self.people.find(fingerprints(known)), False)

    def owned(self, people: Mask) -> Mask:
        """The devices of these people."""
        found: Mask = people[self.person.first(self.devices.count)]
        return found

    def index(self, collection: str) -> Index:
        return self.devices if collection == DEVICES else self.people

    def knows_device(self, device_id: str) -> bool:
        return bool(self.devices.find(fingerprints([device_id]))[0] >= 0)

    def knows_person(self, person_id: str) -> bool:
        return bool(self.people.find(fingerprints([person_id]))[0] >= 0)

    def _gate(self, stored: Document) -> Gate:
        hours = stored.get("quiet_hours") or {}
        key = (stored.get("consent", False), *(stored.get("muted") or ()), hours.get("from"), hours.get("to"))
        gate = self._gates.get(key)
        if gate is None:
            own = QuietHours(from_=hours["from"], to=hours["to"]) if hours else None
            gate = Gate(consent=key[0], muted=tuple(stored.get("muted") or ()), quiet_hours=own)
            self._gates[key] = gate
        return gate


def _gate_of(preferences: Document) -> Document:
    """As devices carry it. Most have said nothing."""
    if not preferences.get("categories") and not preferences.get("quiet_hours"):
        return {"consent": (preferences.get("consent") or {}).get("promotion", False)}
    if consent := preferences.get("consent"):
        preferences = {**preferences, "consent": {**consent, "at": _NO_MATTER}}
    gate: Document = msgspec.to_builtins(gate_of(msgspec.convert(preferences, Preferences)))
    return gate


def _reach(device: Document) -> int:
    address = device.get("address")
    if address is None:
        return GONE if device.get("address_gone_at") else UNREACHABLE
    return WEB if address.get("kind") == "web_push" else FCM


def _aware(values: Document) -> Document:
    return {name: v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for name, v in values.items()}


def _take(fields: dict[str, Field], rows: Rows, values: Sequence[Document], *, new: bool) -> None:
    if new:
        found: dict[str, tuple[list[int], list[Any]]] = {}
        for row, each in zip(rows, values, strict=True):
            for name, value in each.items():
                where, what = found.setdefault(name, ([], []))
                where.append(row)
                what.append(value)
        for name, (where, what) in found.items():
            _named(fields, name).put(np.array(where, np.int64), what)
        return
    for name in {*fields, *(name for each in values for name in each)}:
        _named(fields, name).put(rows, [each.get(name) for each in values])


def _named(fields: dict[str, Field], name: str) -> Field:
    field = fields.get(name)
    if field is None:
        field = fields[name] = Field()
        if len(fields) > MOST_NAMES:
            field.column = Varied()
    return field

"""Which devices of a roster a rule means. What a value must be is decided by `meaning`, once for all who share it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import numpy as np
from msgspec.structs import replace

from push.audience import values
from push.audience.crowds import asked, key, of_person
from push.audience.meaning import Facts, holds, known_of_device, known_of_person, matches
from push.audience.roster.columns import Codes, Field, Fingerprints, Mask, Numbers, Varied, fingerprints, milliseconds
from push.audience.roster.roster import Roster
from push.audience.rules import PERSON, RELATION, TAG, Rule, followed
from push.devices.model import Device

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = Device(id="", app_id="", person_id="", platform="", created_at=_EPOCH, last_seen_at=_EPOCH)


Crowds = Mapping[bytes, Fingerprints]
"""Of people, by the key of the rule that is so of them."""


class NotKept(Exception):
    """A roster does not know this."""


class Asking:
    def __init__(self, roster: Roster, now: datetime, crowds: Crowds, *, of_people: bool = False) -> None:
        """`crowds` are those of what people did. `of_people`: it is asked of people where they have no device."""
        self._roster = roster
        self._now = now
        self._crowds = crowds
        self._of_people = of_people
        self._people = roster.people.count
        self._count = self._people if of_people else roster.devices.count

    def mask(self, rule: Rule) -> Mask:
        """By row of devices, or of people, whether the rule means them, were they there. Raises NotKept."""
        if rule.all:
            return np.ones(self._count, np.bool_)
        if rule.and_:
            return reduce(np.logical_and, (self.mask(part) for part in rule.and_))
        if rule.or_:
            return reduce(np.logical_or, (self.mask(part) for part in rule.or_))
        if rule.not_ is not None:
            return ~self.mask(rule.not_)
        if rule.external_ids:
            names = self._roster.name if self._of_people else self._roster.external
            return np.isin(names.first(self._count), fingerprints(rule.external_ids))
        if of_person(rule):
            theirs = self._of_person(rule)
            return theirs if self._of_people else self._roster.owned(theirs)
        if self._of_people:
            return np.full(self._count, matches(rule, Facts(now=self._now)))
        return self._of_device(rule)

    def _of_person(self, rule: Rule) -> Mask:
        field, roster = rule.field, self._roster
        if field is not None:
            attribute = roster.attributes.get(field.removeprefix(PERSON), Field()).column
            return self._column(rule, field, roster.relations if field == RELATION else attribute, self._people)
        positive, contrary = asked(rule)
        if key(positive) not in self._crowds:
            raise NotKept
        found, rows = np.zeros(self._people, np.bool_), roster.people.find(self._crowds[key(positive)])
        found[rows[rows >= 0]] = True
        return ~found if contrary else found

    def _of_device(self, rule: Rule) -> Mask:
        field, roster = rule.field, self._roster
        if rule.topics:
            return roster.topics.having(followed(rule.topics), self._count)
        if rule.device_ids:
            found, rows = np.zeros(self._count, np.bool_), roster.devices.find(fingerprints(rule.device_ids))
            found[rows[rows >= 0]] = True
            return found
        if field is None:
            raise NotKept
        tag = roster.tags.get(field.removeprefix(TAG), Field()).column
        column = tag if field.startswith(TAG) else getattr(roster, field.removeprefix("device."))
        return self._column(rule, field, column, self._count)

    def _column(self, rule: Rule, field: str, column: Codes | Numbers | Varied, count: int) -> Mask:
        if isinstance(column, Varied):
            raise NotKept
        if isinstance(column, Numbers):
            return _numbers(rule, column, count, self._now)
        return column.where(lambda value: holds(rule, _known(field, value), self._now), count)


def _known(field: str, value: Any) -> tuple[Any, ...]:
    """What rules may ask about somebody of whom only this is known."""
    if value is None:
        return ()
    if field.startswith(PERSON):
        return known_of_person(field, {field.removeprefix(PERSON): value}, value if field == RELATION else ())
    given = (
        {"tags": {field.removeprefix(TAG): value}} if field.startswith(TAG) else {field.removeprefix("device."): value}
    )
    return known_of_device(field, replace(_NOBODY, **given))


def _numbers(rule: Rule, column: Numbers, count: int, now: datetime) -> Mask:
    """As `meaning.holds`, of all rows at once."""
    match rule.op:
        case "exists":
            there: Mask = column.known.first(count)
            return there if rule.value else ~there
        case "ne":
            return ~_compared(column, "eq", rule.value, count)
        case "in":
            assert isinstance(rule.value, tuple)
            return reduce(np.logical_or, (_compared(column, "eq", one, count) for one in rule.value))
        case "within_days":
            assert isinstance(rule.value, int)
            if column.kind is not datetime:
                return np.zeros(count, np.bool_)
            ends = sorted(milliseconds(moment) for moment in (now, now - timedelta(days=rule.value)))
            return column.compared("gte", ends[0], count) & column.compared("lte", ends[1], count)
    return _compared(column, rule.op or "", rule.value, count)


def _compared(column: Numbers, op: str, wanted: Any, count: int) -> Mask:
    like = values.like(_EPOCH if column.kind is datetime else 0.0)(wanted)
    if like is None or op == "prefix":
        return np.zeros(count, np.bool_)
    return column.compared(op, milliseconds(like) if isinstance(like, datetime) else like, count)

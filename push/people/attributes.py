"""What an app knows of its people, by name. A name has one type in an app: the declared one, or its first value's."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, time

import msgspec

from push.clock import to_milliseconds
from push.errors import Invalid
from push.people.model import Value
from sdk_contracts.wire.common import AttributeType, Scalar

MOST_ATTRIBUTES = 100
"""Of one person."""
Given = Mapping[str, Scalar | None]
Types = Mapping[str, AttributeType]
FixTypes = Callable[[str, dict[str, AttributeType]], Awaitable[dict[str, AttributeType]]]
"""Told (app, types of names); answers the types of all names, where those fixed before stay."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class AttributeTypes:
    """A type never changes, so what this process has seen once it need not ask for again."""

    def __init__(self, fix: FixTypes) -> None:
        self._fix = fix
        self._known: dict[str, Types] = {}

    async def of(self, app_id: str, people: Iterable[Given]) -> Types:
        """The types of the app's attributes; names not met before get the type of the value they have here.

        Raises Invalid where the app would have too many attributes.
        """
        known = self._known.get(app_id, {})
        unseen: dict[str, AttributeType] = {}
        for given in people:
            for name, value in given.items():
                if value is not None and name not in known:
                    unseen.setdefault(name, type_of(value))
        if unseen:
            known = self._known[app_id] = await self._fix(app_id, unseen)
        return known


def type_of(value: Scalar) -> AttributeType:
    """A date looks like a string, so it is one only where the app has declared it."""
    if isinstance(value, str):
        return "string"
    return "bool" if isinstance(value, bool) else "number"


def typed(given: Given, types: Types) -> dict[str, Value | None]:
    """The values as they are kept; None takes one away. Raises Invalid for a value of another type."""
    return {name: None if value is None else _value(name, value, types[name]) for name, value in given.items()}


def merged(before: Mapping[str, Value], change: Mapping[str, Value | None]) -> dict[str, Value]:
    """Raises Invalid where there would be too many."""
    after = {name: value for name, value in {**before, **change}.items() if value is not None}
    if len(after) > MOST_ATTRIBUTES:
        raise Invalid("/attributes", f"A person has {MOST_ATTRIBUTES} attributes at most.")
    return after


def _value(name: str, value: Scalar, wanted: AttributeType) -> Value:
    if wanted == "date" and isinstance(value, str):
        return _date(name, value)
    if type_of(value) != wanted:
        raise Invalid(f"/attributes/{name}", f"In this app {name} is a {wanted}.")
    return value


def _date(name: str, text: str) -> datetime:
    if (found := moment(text)) is not None:
        return found
    raise Invalid(f"/attributes/{name}", f"In this app {name} is a date: YYYY-MM-DD, or a time of RFC 3339.")


def moment(text: str) -> datetime | None:
    """A day, which begins at midnight UTC, or a time with its offset (RFC 3339); None for anything else."""
    try:
        if _DAY.fullmatch(text):
            found = datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
        else:
            found = msgspec.convert(text, datetime)
        if found.tzinfo is not None and 1 < found.year < 9999:
            return to_milliseconds(found)
    except (ValueError, msgspec.ValidationError, OverflowError):
        pass
    return None

"""JSON Schema read as shapes: what a language has to declare, encode and decode."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

SENT = ("DeviceRegistration", "DeviceChange", "Login", "PreferencesChange", "EventBatch")
"""What a phone sends."""
RECEIVED = (
    *("PublicSettings", "Registered", "Device", "LoggedIn", "Preferences", "InboxPage", "InboxSummary"),
    *("InboxRemoved", "InboxChanged"),
    *("EventsAccepted", "PushPayload", "Problem"),
)
"""What a phone is answered, or pushed."""

_NAMES = {
    ("android", "ios", "web"): "Platform",
    ("acknowledged", "clicked", "converted", "dismissed", "displayed", "opened", "received"): "EventKind",
}


class Plain(Struct, frozen=True):
    """`string`, `integer`, `number`, `boolean`, `time`, or `scalar`: a string, number or boolean."""

    name: str


class ListOf(Struct, frozen=True):
    of: "Kind"


class MapOf(Struct, frozen=True):
    of: "Kind"


class Ref(Struct, frozen=True):
    name: str


class Choice(Struct, frozen=True):
    """One of these strings. Only what is sent is held to them: an answer may come to know more."""

    name: str
    values: tuple[str, ...]


class Constant(Struct, frozen=True):
    """The string that tells members of a union apart."""

    value: str


class OneOf(Struct, frozen=True):
    name: str
    members: tuple[str, ...]


Kind: TypeAlias = Plain | ListOf | MapOf | Ref | Choice | Constant | OneOf


class Field(Struct, frozen=True):
    name: str
    kind: Kind
    required: bool
    nullable: bool
    default: Any = None

    @property
    def clears(self) -> bool:
        """Left out and null mean different things: stay as it is, and be cleared."""
        return not self.required and self.nullable and self.default is ABSENT


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


class Shape(Struct, frozen=True):
    name: str
    text: str
    fields: tuple[Field, ...]
    sent: bool
    received: bool


class Contracts(Struct, frozen=True):
    """All that a language needs, in the order of names."""

    shapes: tuple[Shape, ...]
    choices: tuple[Choice, ...]
    unions: tuple[OneOf, ...]


def contracts(schema: Mapping[str, Any]) -> Contracts:
    """The phone's part of the document that `sdk_contracts.export.json_schema` makes."""
    definitions = schema["$defs"]
    sent, received = _closure(definitions, SENT), _closure(definitions, RECEIVED)
    shapes = tuple(_shape(definitions, name, name in sent, name in received) for name in sorted(sent | received))
    kinds = [kind for shape in shapes for field in shape.fields for kind in _inside(field.kind)]
    choices = {kind.name: kind for kind in kinds if isinstance(kind, Choice)}
    unions = {kind.name: kind for kind in kinds if isinstance(kind, OneOf)}
    return Contracts(shapes, tuple(choices[name] for name in sorted(choices)), tuple(unions.values()))


def _closure(definitions: Mapping[str, Any], roots: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(definitions[name])
    return found


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        here = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
        return here + [name for value in schema.values() for name in _references(value)]
    return [name for value in schema for name in _references(value)] if isinstance(schema, list) else []


def _inside(kind: Kind) -> list[Kind]:
    return [kind, *_inside(kind.of)] if isinstance(kind, ListOf | MapOf) else [kind]


def _shape(definitions: Mapping[str, Any], name: str, sent: bool, received: bool) -> Shape:
    schema = definitions[name]
    required = schema.get("required", [])
    order = [*required, *(each for each in schema["properties"] if each not in required)]
    fields = [_field(each, schema["properties"][each], each in required, sent and not received) for each in order]
    return Shape(name, schema.get("description", ""), tuple(fields), sent, received)


def _field(name: str, schema: Mapping[str, Any], required: bool, only_sent: bool) -> Field:
    default = schema.get("default", ABSENT)
    options = schema.get("anyOf", [])
    nullable = {"type": "null"} in options
    if nullable:
        options = [option for option in options if option != {"type": "null"}]
        schema = options[0] if len(options) == 1 else {"anyOf": options}
    return Field(name, _kind(name, schema, only_sent), required, nullable, default)


def _kind(name: str, schema: Mapping[str, Any], only_sent: bool) -> Kind:
    match schema:
        case {"$ref": reference}:
            return Ref(reference.rpartition("/")[2])
        case {"enum": [value]}:
            return Constant(value)
        case {"enum": values}:
            known = _NAMES.get(tuple(values))
            return Choice(known, tuple(values)) if known and only_sent else Plain("string")
        case {"discriminator": {"mapping": mapping}}:
            members = tuple(each.rpartition("/")[2] for each in mapping.values())
            return OneOf(name.capitalize(), members)
        case {"anyOf": _}:
            return Plain("scalar")
        case {"type": "array", "items": items}:
            return ListOf(_kind(name, items, only_sent))
        case {"type": "object", "additionalProperties": values}:
            return MapOf(_kind(name, values, only_sent))
        case {"format": "date-time"}:
            return Plain("time")
        case {"type": plain}:
            return Plain(plain)
    raise ValueError(f"{name}: no language of ours can say {schema}")


def camel(name: str) -> str:
    """`next_cursor` → `nextCursor`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""The contracts as JSON Schema (2020-12), and the golden examples that go with them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, StructMeta

from sdk_contracts.wire import (
    apps,
    audience,
    campaigns,
    common,
    content,
    devices,
    events,
    inbox,
    live,
    media,
    metrics,
    operations,
    people,
    placements,
    templates,
    webhooks,
)

SCHEMAS = Path(__file__).parent / "schemas"
EXAMPLES = Path(__file__).parent / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_MODULES = (
    common,
    apps,
    audience,
    campaigns,
    content,
    devices,
    events,
    inbox,
    live,
    media,
    metrics,
    operations,
    people,
    placements,
    templates,
    webhooks,
)
_CREDENTIALS = ("project_id", "private_key", "client_email", "token_uri")
_ONE_OF_THESE: dict[str, Any] = {"minProperties": 1, "maxProperties": 1}


def _just(*names: str, optional: int = 0) -> dict[str, Any]:
    """An object of these, and of so many others at most."""
    return {"required": list(names), "maxProperties": len(names) + optional}


_ONE_KIND_OF_RULE: dict[str, Any] = {
    "oneOf": [
        *(_just(name) for name in ("all", "segment_id", "topics", "external_ids", "device_ids", "and", "or", "not")),
        _just("field", "op", "value"),
        *(
            {"propertyNames": {"enum": [*names, "within_days"]}, **_just(*names, optional=1)}
            for names in (("campaign_id", "did"), ("campaign_id", "did_not"), ("event", "did"), ("event", "did_not"))
        ),
    ]
}
_SERVICE_ACCOUNT: dict[str, Any] = {
    "type": "object",
    "maxProperties": 30,
    "properties": {name: {"type": "string", "minLength": 1} for name in _CREDENTIALS},
    "required": list(_CREDENTIALS),
}
_BEYOND_TYPES: dict[str, dict[str, Any]] = {
    "Rule": _ONE_KIND_OF_RULE,
    "Recipients": _ONE_OF_THESE,
    "TestSend": {"oneOf": [{"required": ["external_ids"]}, {"required": ["device_ids"]}]},
    "FcmCredentials": {"properties": {"service_account": _SERVICE_ACCOUNT}},
    "KeyRequest": {
        "anyOf": [
            {"properties": {"kind": {"const": "publishable"}, "role": {"type": "null"}}, "required": ["kind"]},
            {"properties": {"kind": {"const": "secret"}, "role": {"type": "string"}}, "required": ["role"]},
        ]
    },
}
"""What holds and no type says."""


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One call of one operation as it goes over the wire."""

    operation: str
    """The operation's id in the OpenAPI document."""
    key: Literal["publishable", "device", "secret", "none"]
    method: str
    path: str
    headers: dict[str, str] = {}
    request: msgspec.Raw = msgspec.Raw(b"")
    """The JSON body; absent where the call has none."""
    binary: str = ""
    """The body in base64, where it is no JSON."""
    status: int
    answer: msgspec.Raw = msgspec.Raw(b"")
    """The JSON body; absent where the answer has none."""


def wire_types() -> list[type[Struct]]:
    """Every contract, by name."""
    found: dict[str, Any] = {
        name: thing
        for module in _MODULES
        for name, thing in vars(module).items()
        if isinstance(thing, StructMeta) and thing.__module__ == module.__name__ and thing is not common.Page
    }
    return [found[name] for name in sorted(found) if name not in ("Contract", "Request")]


def components(types: Iterable[Any], ref_template: str) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """For each type its schema, and all schemas they refer to, by name."""
    schemas, named = msgspec.json.schema_components(types, ref_template=ref_template)
    for name, rules in _BEYOND_TYPES.items():
        if name in named:
            named[name] |= rules
    return list(schemas), dict(named)


def json_schema() -> dict[str, Any]:
    """All contracts in one document, each under `$defs`."""
    _, named = components(wire_types(), "#/$defs/{name}")
    return {"$schema": DIALECT, "title": "Fanfare wire contracts", "$defs": dict(sorted(named.items()))}


def examples() -> list[Example]:
    """The golden examples, by file name."""
    return [msgspec.json.decode(path.read_bytes(), type=Example) for path in sorted(EXAMPLES.glob("*.json"))]


def pretty(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"

"""The OpenAPI 3.1 document: Litestar's word for paths and parameters, msgspec's for bodies, ours for keys and problems.

Litestar (2.25) leaves out of its schemas that unknown fields are refused, names of keys and more, and describes errors
that we do not send; so bodies come from the contracts themselves, as the decoder understands them.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.response import Stream
from litestar.routes import HTTPRoute
from litestar.types import EmptyType
from litestar.types.internal_types import PathParameterDefinition

from api.auth import Access
from api.edge import shed
from api.problems import MEDIA_TYPE
from sdk_contracts.export import Example, components, examples
from sdk_contracts.wire.common import Problem

REFERENCE = "#/components/schemas/{name}"
_REASONS = {
    400: "Malformed, or not what the schema asks for",
    401: "No key, or a bad one",
    403: "The key's kind or role may not do this",
    404: "Not there, or not yours",
    409: "Not possible in this state",
    410: "Over: there was something here",
    413: "Larger than this server takes",
    429: "Too much at once: come back after `Retry-After` seconds",
    503: "The database is away: come back after `Retry-After` seconds",
}
_SECURITY = {
    "publishable": {"type": "http", "scheme": "bearer", "description": "`ffp_…`, shipped inside the app."},
    "device": {"type": "http", "scheme": "bearer", "description": "`ffd_…`, one installation's."},
    "secret": {"type": "http", "scheme": "bearer", "description": "`ffs_…`, for backends and people, with a role."},
}


def _operation_id(handler: HTTPRouteHandler, _: Any, path: list[str | PathParameterDefinition]) -> str:
    """The handler's name; one that serves several paths adds their ends."""
    return f"{handler.handler_name}_{path[-1]}" if len(handler.paths) > 1 else handler.handler_name


CONFIG = OpenAPIConfig(
    title="Fanfare",
    version="1.0.0",
    description="Push campaigns, an inbox and honest numbers.",
    path="/litestar",  # Its own pages load scripts from a CDN; they are made here, and never served.
    operation_id_creator=_operation_id,
    use_handler_docstrings=True,
)


class Operation(NamedTuple):
    path: str
    handler: HTTPRouteHandler
    document: dict[str, Any]
    """Its part of the document, to be filled in."""


def document(app: Litestar) -> dict[str, Any]:
    """The document for an app that was assembled with CONFIG."""
    made: dict[str, Any] = app.openapi_schema.to_schema()
    operations = list(_operations(app, made))
    types = list(dict.fromkeys([Problem, *(kind for each in operations for kind in _types(each.handler))]))
    schemas, named = components(types, REFERENCE)
    schema_of = dict(zip(types, schemas, strict=True))
    golden: dict[str, list[Example]] = {}
    for example in examples():
        golden.setdefault(example.operation, []).append(example)
    for operation in operations:
        _describe(operation, schema_of, golden.get(operation.document["operationId"], []))
    made["components"] = {"schemas": dict(sorted(named.items())), "securitySchemes": _SECURITY}
    made["servers"] = [{"url": "/"}]
    return made


def encoded(made: dict[str, Any]) -> bytes:
    return msgspec.json.encode(made, order="deterministic")


def http_routes(app: Litestar) -> Iterator[HTTPRoute]:
    return (route for route in app.routes if isinstance(route, HTTPRoute))


def _operations(app: Litestar, made: dict[str, Any]) -> Iterator[Operation]:
    for route in http_routes(app):
        for method, (handler, _) in route.route_handler_map.items():
            found = made["paths"].get(route.path_format, {}).get(method.lower())
            if found is not None:
                yield Operation(route.path_format, handler, found)


def _types(handler: HTTPRouteHandler) -> Iterator[Any]:
    """The contracts that a route takes and gives, and what it says itself of its parameters (`opt["parameters"]`)."""
    yield from handler.opt.get("parameters", {}).values()
    yield from handler.opt.get("streams", {}).values()
    if data := handler.parsed_fn_signature.parameters.get("data"):
        yield data.annotation
    answer = _answer_type(handler)
    if answer is not None:
        yield answer
    for spec in (handler.responses or {}).values():
        if spec.data_container is not None:
            yield spec.data_container


def _answer_type(handler: HTTPRouteHandler) -> Any:
    answer = handler.parsed_fn_signature.return_type
    if answer.is_subclass_of(Stream):
        return None
    given = answer.inner_types[0].annotation if answer.is_subclass_of(Response) else answer.annotation
    return None if given in (None, type(None), EmptyType) else given


def _describe(operation: Operation, schema_of: dict[Any, Any], golden: list[Example]) -> None:
    handler, made = operation.handler, operation.document
    access = next((guard for guard in handler.resolve_guards() if isinstance(guard, Access)), None)
    if data := handler.parsed_fn_signature.parameters.get("data"):
        asked = {"schema": schema_of[data.annotation], **_shown([e.request for e in golden if e.status < 400])}
        made["requestBody"] = {"required": not data.has_default, "content": {"application/json": asked}}
    if takes := handler.opt.get("takes"):
        # Bytes, which have no schema in OpenAPI 3.1.
        made["requestBody"] = {"required": True, "content": {media_type: {} for media_type in takes}}
    if streams := handler.opt.get("streams"):
        # Read as it comes, so no parameter of the route's says so.
        content = {media_type: {"schema": schema_of[kind]} for media_type, kind in streams.items()}
        made["requestBody"] = {"required": True, "content": content}
    answers: dict[str, Any] = {str(handler.status_code): _answer_type(handler)}
    answers |= {str(status): spec.data_container for status, spec in (handler.responses or {}).items()}
    for status, kind in answers.items():
        described: dict[str, Any] = {"description": HTTPStatus(int(status)).phrase}
        made["responses"][status] = described
        if "media_types" in handler.opt and int(status) == handler.status_code:
            described["content"] = {each: {"schema": {"type": "string"}} for each in handler.opt["media_types"]}
        elif kind is not None:
            given = [e.answer for e in golden if str(e.status) == status]
            described["content"] = {"application/json": {"schema": schema_of[kind], **_shown(given)}}
    made["responses"] = {status: made["responses"][status] for status in answers}
    made["summary"] = handler.handler_name.replace("_", " ").capitalize()
    stricter = handler.opt.get("parameters", {})
    for parameter in made.get("parameters", []):
        name = parameter["name"]
        parameter["schema"] = schema_of[stricter[name]] if name in stricter else _given(parameter["schema"])
    for code in sorted(_problems(operation, access)):
        made["responses"][str(code)] = _problem(code, schema_of[Problem])
    if access is not None:
        made["security"] = [{access.kind: []}, *([{}] if access.optional else [])]
        if access.roles:
            made["description"] = f"{made.get('description', '')}\n\nRoles: {', '.join(access.roles)}.".strip()


def _problems(operation: Operation, access: Access | None) -> set[int]:
    """What can go wrong, as far as it follows from what the route is; the rest it says itself."""
    found = {503, *operation.handler.opt.get("problems", ())}
    if operation.path == "/health/live":
        return set()
    if shed(operation.path):
        found.add(429)
    if operation.document.get("parameters") or "requestBody" in operation.document:
        found.add(400)
    if "requestBody" in operation.document:
        found.add(413)
    if access is not None:
        found |= {401, 403}
        if access.kind == "device" or "{" in operation.path:
            found.add(404)
    if operation.handler.opt.get("idempotent"):
        found.add(409)
    return found


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is there: it may be left out, but cannot be null."""
    plain = {name: value for name, value in schema.items() if name not in ("oneOf", "description")}
    for choice in schema.get("oneOf", []):
        plain |= choice if choice != {"type": "null"} else {}
    if isinstance(plain.get("type"), list):
        plain["type"] = next(kind for kind in plain["type"] if kind != "null")
    if "enum" in plain:
        plain["enum"] = [value for value in plain["enum"] if value is not None]
    return plain


def _problem(status: int, schema: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": _REASONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
    if status in (429, 503):
        described["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}}
    return described


def _shown(bodies: list[msgspec.Raw]) -> dict[str, Any]:
    shown = [msgspec.json.decode(body) for body in bodies if bytes(body)]
    return {"examples": {f"example-{n}": {"value": value} for n, value in enumerate(shown, 1)}} if shown else {}

"""A request's body becomes a wire type here, strictly: no number from a string, no time from a number.

Litestar would decode to plain dicts and then convert leniently, and answers 500 to invalid UTF-8 and to very deep JSON
(2.25), so a request reads its own body straight into the type that the route asks for.
"""

import re
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request

from sdk_contracts.wire.common import FieldError

_PLACE = re.compile(r" - at (`key` in )?`\$(?P<path>[^`]*)`$")
_NAMED = re.compile(r"^Object (contains unknown|missing required) field `(?P<field>[^`]*)`")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")


class BadInput(Exception):
    """The request cannot be read as what it should be. `errors` says where."""

    def __init__(self, detail: str, errors: list[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors or []


def bad_field(pointer: str, detail: str) -> BadInput:
    return BadInput("The request does not fit its schema.", [FieldError(pointer=pointer, detail=detail)])


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded once, straight into the `data` type of its route."""

    async def json(self) -> Any:
        """Raises BadInput for anything that is not JSON of that shape."""
        wanted = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        return decode(await self.body(), wanted)


def decode(body: bytes, wanted: Any) -> Any:
    """Strictly decode JSON. Raises BadInput with JSON Pointers (RFC 6901)."""
    try:
        body.decode()
        return _decoder(wanted).decode(body)
    except msgspec.ValidationError as error:
        raise bad_field(*_explain(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The body is not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise BadInput("The body is nested too deeply.") from None


@lru_cache(maxsize=256)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def _explain(message: str) -> tuple[str, str]:
    """msgspec's message as a pointer and what is wrong there."""
    place = _PLACE.search(message)
    detail = message[: place.start()] if place else message
    pointer = _pointer(place["path"]) if place else ""
    if named := _NAMED.match(detail):
        pointer += "/" + named["field"].replace("~", "~0").replace("/", "~1")
    return pointer, detail


def _pointer(path: str) -> str:
    """`$.a.b[0][...]` names a place; where it says only "some value" the pointer stops at the parent."""
    steps: list[str] = []
    for step in _STEP.finditer(path):
        if step[0] == "[...]":
            break
        steps.append(step["name"] or step["index"])
    return "".join(f"/{step}" for step in steps)

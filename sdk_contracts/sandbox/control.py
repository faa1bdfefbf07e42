"""The control API under `/_sandbox/` that both stand-ins share."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from sdk_contracts.sandbox.behaviour import Behaviour, Rule, UnknownAnswer
from sdk_contracts.sandbox.serving import Exchange, Scope

if TYPE_CHECKING:
    from sdk_contracts.sandbox.stand_in import StandIn

PREFIX = "/_sandbox"
JSON = [("content-type", "application/json")]


class NoSuchCall(Exception):
    """Nothing is found at this path and method."""


async def answer(stand_in: "StandIn", scope: Scope, exchange: Exchange) -> None:
    """Answer one control request: 200 with JSON, 204, 400 with what is wrong, 404."""
    body = await exchange()
    query = {name: values[-1] for name, values in parse_qs(scope.query_string).items()}
    path = scope.path.removeprefix(PREFIX)
    try:
        result = _common(stand_in, scope.method, path, query, body)
    except NoSuchCall:
        exchange.response_bytes(404, JSON, b'{"detail":"There is no such control call."}')
    except (msgspec.DecodeError, UnknownAnswer, ValueError) as error:
        exchange.response_bytes(400, JSON, msgspec.json.encode({"detail": str(error)}))
    else:
        if result is None:
            exchange.response_empty(204, [])
        else:
            exchange.response_bytes(200, JSON, msgspec.json.encode(result))


def _common(stand_in: "StandIn", method: str, path: str, query: dict[str, str], body: bytes) -> Any:
    switchboard, recorder = stand_in.switchboard, stand_in.recorder
    match method, path:
        case "GET", "/behaviour":
            return switchboard.behaviour
        case "PUT", "/behaviour":
            switchboard.set(msgspec.json.decode(body, type=Behaviour))
            return switchboard.behaviour
        case "DELETE", "/behaviour":
            return switchboard.set(Behaviour())
        case "POST", "/rules":
            switchboard.add(msgspec.json.decode(body, type=Rule))
            return switchboard.behaviour
        case "GET", "/stats":
            return stand_in.stats()
        case "GET", "/messages":
            found = recorder.last(int(query.get("limit", "100")), query.get("address"), query.get("delivery_id"))
            return {"items": found}
        case "GET", "/deliveries":
            return recorder.summary()
        case "DELETE", "/messages":
            return recorder.reset()
        case "DELETE", "" | "/":
            return stand_in.reset()
    return stand_in.control(method, path, query, body)

"""The control API under `/_sandbox/` that both stand-ins share."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from sdk_contracts.sandbox.behaviour import Behaviour, Rule, UnknownAnswer
from sdk_contracts.sandbox.serving import Answer, Head

if TYPE_CHECKING:
    from sdk_contracts.sandbox.stand_in import StandIn

PREFIX = "/_sandbox"
JSON = (("content-type", "application/json"),)


class NoSuchCall(Exception):
    """Nothing is found at this path and method."""


def answer(stand_in: "StandIn", head: Head, body: bytes) -> Answer:
    """Answer one control request: 200 with JSON, 204, 400 with what is wrong, 404."""
    query = {name: values[-1] for name, values in parse_qs(head.query).items()}
    path = head.path.removeprefix(PREFIX)
    try:
        result = _common(stand_in, head.method, path, query, body)
    except NoSuchCall:
        return Answer(404, b'{"detail":"There is no such control call."}', JSON)
    except (msgspec.DecodeError, UnknownAnswer, ValueError) as error:
        return Answer(400, msgspec.json.encode({"detail": str(error)}), JSON)
    return Answer(204) if result is None else Answer(200, msgspec.json.encode(result), JSON)


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

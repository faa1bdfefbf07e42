"""Every row of FCM's table of answers says what we do next."""

import json
from typing import Any

import pytest

from push.senders.exchange import Failure, Response
from push.senders.fcm.errors import BAD_REQUEST, FCM_ERROR, outcome
from push.senders.model import Accepted, AddressGone, LaneDown, Outcome, Refused, TryLater


def answer(
    status: int, *details: dict[str, Any], message: str = "", retry_after: float | None = None, code: str = ""
) -> Response:
    listed = [*([{"@type": FCM_ERROR, "errorCode": code}] if code else []), *details]
    body = {"error": {"code": status, "message": message, "status": "WHATEVER", "details": listed}}
    return Response(status, json.dumps(body).encode(), retry_after)


def violation(*fields: str) -> dict[str, Any]:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": each, "description": "bad"} for each in fields]}


BAD_TOKEN = "The registration token is not a valid FCM registration token"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Response(200, b'{"name":"projects/p/messages/1"}'), Accepted("projects/p/messages/1")),
        (Response(200, b"<html>"), TryLater("unreadable_answer")),
        (Response(200, b""), TryLater("unreadable_answer")),
        (Response(200, b"[]"), TryLater("unreadable_answer")),
        (Response(200, b"\xff\xfe"), TryLater("unreadable_answer")),
        (Response(204, b""), TryLater("unreadable_answer")),
        (answer(404, code="UNREGISTERED"), AddressGone("unregistered")),
        (answer(404), LaneDown("no_such_project")),
        (Response(404, b"<title>Error 404</title>"), LaneDown("no_such_project")),
        (answer(400, violation("message.token"), code="INVALID_ARGUMENT"), AddressGone("invalid_address")),
        (answer(400, violation("message.fid"), code="INVALID_ARGUMENT"), AddressGone("invalid_address")),
        (answer(400, code="INVALID_ARGUMENT", message=BAD_TOKEN), AddressGone("invalid_address")),
        (answer(400, violation("message.data"), code="INVALID_ARGUMENT"), Refused("invalid_message")),
        (answer(400, violation("message.token", "message.data")), Refused("invalid_message")),
        (answer(400, violation("message.data"), message=BAD_TOKEN), Refused("invalid_message")),
        (answer(400, code="INVALID_ARGUMENT", message="Android message is too big"), Refused("invalid_message")),
        (answer(400, message=BAD_TOKEN), Refused("invalid_message")),
        (Response(400, b"Bad Request"), Refused("invalid_message")),
        (answer(401), LaneDown("unauthenticated")),
        (answer(401, code="THIRD_PARTY_AUTH_ERROR"), LaneDown("third_party_auth_error")),
        (answer(403, code="THIRD_PARTY_AUTH_ERROR"), LaneDown("third_party_auth_error")),
        (answer(403, code="SENDER_ID_MISMATCH"), Refused("sender_id_mismatch")),
        (answer(403), LaneDown("permission_denied")),
        (answer(429, code="QUOTA_EXCEEDED"), TryLater("quota_exceeded", 60.0, throttled=True)),
        (answer(429, retry_after=120.0), TryLater("quota_exceeded", 120.0, throttled=True)),
        (answer(429, retry_after=86_400.0), TryLater("quota_exceeded", 3600.0, throttled=True)),
        (answer(500, code="INTERNAL"), TryLater("http_500")),
        (answer(503, code="UNAVAILABLE"), TryLater("http_503")),
        (answer(503, retry_after=7.0), TryLater("http_503", 7.0)),
        (answer(504), TryLater("http_504")),
        (answer(307), LaneDown("redirected")),
        (answer(413), Refused("http_413")),
        (Failure("timeout"), TryLater("timeout")),
        (Failure("no_connection"), TryLater("no_connection")),
        (Failure("broken"), TryLater("broken")),
    ],
)
def test_an_answer_means(given: Response | Failure, expected: Outcome) -> None:
    assert outcome(given) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": null}',
        b'{"error": "no"}',
        b'{"error": {"details": null}}',
        b'{"error": {"details": [1]}}',
        b'{"error": {"details": [{"fieldViolations": 3}]}}',
        b"[" * 100_000,
    ],
)
def test_an_error_in_a_shape_nobody_expects_never_costs_an_address(body: bytes) -> None:
    assert outcome(Response(404, body)) == LaneDown("no_such_project")
    assert outcome(Response(400, body)) == Refused("invalid_message")

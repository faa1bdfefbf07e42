"""Every answer of FCM's HTTP v1 `messages:send`, as the real service words it.

Source: Firebase, "FCM error codes" (ErrorCode, google.rpc.Status).
"""

from typing import Any

import msgspec

from sdk_contracts.sandbox.serving import Answer, Headers

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
JSON: Headers = (("content-type", "application/json; charset=UTF-8"),)


def error(status: int, name: str, message: str, *details: dict[str, Any]) -> Answer:
    """A google.rpc.Status in Google's JSON envelope."""
    body: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        body["details"] = details
    return Answer(status, msgspec.json.encode({"error": body}), JSON)


def fcm_code(code: str) -> dict[str, Any]:
    return {"@type": FCM_ERROR, "errorCode": code}


def violation(field: str, description: str) -> dict[str, Any]:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": description}]}


def invalid(field: str, description: str, *, schema: bool = False) -> Answer:
    """400 with the field that is wrong; a request that breaks the JSON schema carries no FcmError."""
    details = (
        [violation(field, description)] if schema else [fcm_code("INVALID_ARGUMENT"), violation(field, description)]
    )
    return error(400, "INVALID_ARGUMENT", description, *details)


UNAUTHENTICATED = error(
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
    " authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    {"@type": ERROR_INFO, "reason": "ACCESS_TOKEN_EXPIRED", "domain": "googleapis.com"},
)
UNREGISTERED = error(404, "NOT_FOUND", "Requested entity was not found.", fcm_code("UNREGISTERED"))
QUOTA_EXCEEDED = error(
    429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Send requests'.", fcm_code("QUOTA_EXCEEDED")
)

ON_DEMAND: dict[str, Answer] = {
    "unregistered": UNREGISTERED,
    "not_found": error(404, "NOT_FOUND", "Requested entity was not found."),
    "invalid_payload": invalid("message.data", "Message is too big. The payload is limited to 4096 bytes."),
    "invalid_token": invalid("message.token", "The registration token is not a valid FCM registration token"),
    "sender_id_mismatch": error(403, "PERMISSION_DENIED", "SenderId mismatch", fcm_code("SENDER_ID_MISMATCH")),
    "permission_denied": error(
        403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied on resource."
    ),
    "unauthenticated": UNAUTHENTICATED,
    "third_party_auth_error": error(
        401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", fcm_code("THIRD_PARTY_AUTH_ERROR")
    ),
    "quota_exceeded": QUOTA_EXCEEDED,
    "internal": error(500, "INTERNAL", "Internal error encountered.", fcm_code("INTERNAL")),
    "unavailable": error(503, "UNAVAILABLE", "The service is currently unavailable.", fcm_code("UNAVAILABLE")),
    "not_json": Answer(200, b"<html><body>One moment, please.</body></html>", (("content-type", "text/html"),)),
}
HANG = "hang"
"""No answer for the rule's `seconds`, then the connection breaks."""
RESET = "reset"
"""The connection breaks at once, and every message under way on it with it."""
ANSWERS = frozenset({*ON_DEMAND, HANG, RESET})

"""What FCM's answers mean: the one table, for every way of sending.

Source: Firebase, "FCM error codes" and "Manage registration tokens"; google.rpc.Status.
"""

import msgspec
from msgspec import Struct, field

from push.senders.exchange import Answer, Failure, Response
from push.senders.model import Accepted, AddressGone, LaneDown, Outcome, Refused, TryLater
from push.senders.retry_after import capped

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
QUOTA_SECONDS = 60.0
UNREADABLE = "unreadable_answer"
UNAUTHENTICATED = "unauthenticated"

_ADDRESS_FIELDS = frozenset({"message.token", "message.fid", "token", "fid"})
_ADDRESS_WORDS = ("registration token", "firebase installation id")


class _Sent(Struct, gc=False):
    name: str


class _Violation(Struct, gc=False):
    field: str = ""


class _Detail(Struct):
    type: str = field(name="@type", default="")
    code: str = field(name="errorCode", default="")
    violations: list[_Violation] = field(name="fieldViolations", default_factory=list)


class _Status(Struct):
    message: str = ""
    details: list[_Detail] = []


class _Envelope(Struct):
    error: _Status


_sent = msgspec.json.Decoder(_Sent)
_envelope = msgspec.json.Decoder(_Envelope)


def outcome(answer: Answer) -> Outcome:
    """Which way a message goes after this answer."""
    if isinstance(answer, Failure):
        return TryLater(answer.kind)
    if answer.status == 200:
        return _accepted(answer.body)
    error = _read(answer.body)
    code = next((detail.code for detail in error.details if detail.type == FCM_ERROR), "")
    if code in {"THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"}:
        return LaneDown("third_party_auth_error")
    return _refusal(answer, error, code)


def _refusal(answer: Response, error: _Status, code: str) -> Outcome:
    match answer.status:
        case 404:
            return AddressGone("unregistered") if code == "UNREGISTERED" else LaneDown("no_such_project")
        case 400:
            return AddressGone("invalid_address") if _blames_the_address(error) else Refused("invalid_message")
        case 401:
            return LaneDown(UNAUTHENTICATED)
        case 403:
            return Refused("sender_id_mismatch") if code == "SENDER_ID_MISMATCH" else LaneDown("permission_denied")
        case 429:
            return TryLater("quota_exceeded", capped(answer.retry_after, QUOTA_SECONDS), throttled=True)
        case status if status >= 500 or status == 408:
            return TryLater(f"http_{status}", capped(answer.retry_after))
        case status if status < 300:
            return TryLater(UNREADABLE)
        case status if status < 400:
            return LaneDown("redirected")
        case status:
            return Refused(f"http_{status}")


def _accepted(body: bytes) -> Outcome:
    try:
        return Accepted(_sent.decode(body).name)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return TryLater(UNREADABLE)


def _read(body: bytes) -> _Status:
    try:
        return _envelope.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Status()


def _blames_the_address(error: _Status) -> bool:
    """True only when every field named is the address, or none is and the text speaks of it.

    FCM answers INVALID_ARGUMENT for a bad payload as well: when in doubt the address is kept.
    """
    fields = [
        violation.field for detail in error.details if detail.type == BAD_REQUEST for violation in detail.violations
    ]
    if fields:
        return _ADDRESS_FIELDS.issuperset(fields)
    names_itself = any(detail.type == FCM_ERROR and detail.code == "INVALID_ARGUMENT" for detail in error.details)
    return names_itself and any(words in error.message.lower() for words in _ADDRESS_WORDS)

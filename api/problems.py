"""What goes wrong, as RFC 9457 problem details. The only place where an error becomes an HTTP status."""

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct

from api.decoding import BadInput
from push import errors
from push.apps.idempotency.service import KeyReused, StillRunning
from push.database import DATABASE_AWAY
from sdk_contracts.wire.common import FieldError, Problem

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""What `Retry-After` says while the database is away."""

_log = structlog.get_logger()
_NO_HEADERS: Mapping[str, str] = {}


class Kind(Struct, frozen=True):
    """A sort of problem: its status, and its stable name within `type`."""

    status: int
    slug: str
    headers: Mapping[str, str] = _NO_HEADERS

    @property
    def title(self) -> str:
        return self.slug.replace("-", " ").capitalize()

    @property
    def type(self) -> str:
        return f"urn:fanfare:problem:{self.slug}"


_RETRY = {"Retry-After": str(RETRY_SECONDS)}
BUSY = Kind(429, "overloaded")
_AWAY = Kind(503, "database-away", _RETRY)

TABLE: dict[type[Exception], Kind] = {
    BadInput: Kind(400, "bad-request"),
    errors.Invalid: Kind(400, "invalid"),
    errors.BadReceipt: Kind(400, "bad-receipt"),
    errors.BadCode: Kind(400, "bad-code"),
    errors.Unauthenticated: Kind(401, "unauthenticated", {"WWW-Authenticate": "Bearer"}),
    errors.BadSignature: Kind(403, "bad-signature"),
    errors.NotFound: Kind(404, "not-found"),
    errors.InstallationTaken: Kind(409, "installation-taken"),
    errors.IllegalMove: Kind(409, "illegal-move"),
    errors.Outdated: Kind(409, "outdated"),
    errors.NotReady: Kind(409, "check-failed"),
    errors.NeedsApproval: Kind(409, "needs-approval"),
    errors.MediaInUse: Kind(409, "media-in-use"),
    errors.PlacementOver: Kind(410, "over"),
    errors.InUse: Kind(409, "in-use"),
    errors.LeaseLost: Kind(409, "lease-lost"),
    errors.ImportRunning: Kind(409, "import-running", {"Retry-After": "30"}),
    errors.OtherFile: Kind(409, "idempotency-key-reused"),
    KeyReused: Kind(409, "idempotency-key-reused"),
    StillRunning: Kind(409, "still-running", {"Retry-After": "1"}),
    errors.TooManyStreams: Kind(429, "too-many-streams", {"Retry-After": "30"}),
    errors.StreamsFull: Kind(503, "streams-full", {"Retry-After": "10"}),
    errors.Overloaded: Kind(429, "overloaded", {"Retry-After": "5"}),
    TimeoutError: Kind(503, "too-slow", _RETRY),
    **dict.fromkeys(DATABASE_AWAY, _AWAY),
}
"""A class stands for those derived from it as well."""

BY_STATUS = {
    400: Kind(400, "bad-request"),
    401: Kind(401, "unauthenticated", {"WWW-Authenticate": "Bearer"}),
    403: Kind(403, "forbidden"),
    404: Kind(404, "not-found"),
    405: Kind(405, "method-not-allowed"),
    413: Kind(413, "too-large"),
}
UNEXPECTED = Kind(500, "unexpected")


def kind_of(error: Exception) -> Kind:
    """The sort of problem this is; UNEXPECTED where nobody thought of it."""
    for cls in type(error).__mro__:
        if cls in TABLE:
            return TABLE[cls]
    if isinstance(error, HTTPException):
        return BY_STATUS.get(error.status_code) or Kind(error.status_code, _phrase(error.status_code))
    return UNEXPECTED


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The exception handler for everything. Says nothing about errors that nobody thought of, but logs them."""
    kind = kind_of(error)
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _report(request, error, kind)
    problem = Problem(
        type=kind.type, title=kind.title, status=kind.status, detail=_detail(error, kind), errors=_fields(error)
    )
    headers = {**(getattr(error, "headers", None) or {}), **kind.headers}
    return Response(msgspec.json.encode(problem), media_type=MEDIA_TYPE, status_code=kind.status, headers=headers)


def _detail(error: Exception, kind: Kind) -> str:
    if kind is UNEXPECTED:
        return "Something went wrong here; it has been logged."
    if kind is _AWAY or isinstance(error, TimeoutError):
        return "The database does not answer at the moment; try again."
    if isinstance(error, ValidationException):
        return "The request does not fit its schema."
    return error.detail if isinstance(error, HTTPException) else str(error)


def _fields(error: Exception) -> list[FieldError]:
    if isinstance(error, BadInput):
        return error.errors
    if isinstance(error, errors.NotReady):
        return [FieldError(pointer=pointer, detail=detail) for pointer, detail in error.errors]
    if isinstance(error, errors.Invalid):
        return [FieldError(pointer=error.pointer, detail=error.detail)]
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return [_field(found) for found in error.extra]
    return []


def _field(found: dict[str, Any]) -> FieldError:
    """Litestar's word for a parameter that is wrong, or for a body that is missing."""
    if found.get("key") == "data":
        return FieldError(pointer="", detail="A JSON body is required.")
    return FieldError(pointer=f"/{found.get('key', '')}", detail=found["message"])


def _report(request: Request[Any, Any, Any], error: Exception, kind: Kind) -> None:
    """Where it happened, never what was in it: messages and arguments may carry tokens."""
    _log.log(
        logging.ERROR if kind is UNEXPECTED else logging.WARNING,
        "request_failed",
        method=request.method,
        route=request.scope.get("path_template", ""),
        status=kind.status,
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]],
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "-")
    except ValueError:
        return "error"

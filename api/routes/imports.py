"""People and devices in bulk, as a stream."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import FromPath

from api import views
from api.auth import OWNER
from api.decoding import BadInput
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.model import Principal
from push.engine import Engine
from push.imports.model import Format
from push.imports.reading import inflated
from sdk_contracts.wire import people
from sdk_contracts.wire.common import Page

_FORMATS: dict[str, Format] = {"application/x-ndjson": "ndjson", "application/ndjson": "ndjson", "text/csv": "csv"}


@post(
    "/v1/people/import",
    guards=[OWNER],
    status_code=200,
    request_max_body_size=None,
    opt={
        "problems": (400,),
        "idempotent": True,
        "streams": {"application/x-ndjson": people.ImportedPerson, "text/csv": str},
    },
)
async def import_people(
    request: Request[Any, Any, Any],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> people.Import:
    """Take in people and devices: a JSON object a line (NDJSON), or OneSignal's CSV export; either may be gzipped.

    Lines are stored as they come, a thousand at a time. Send an `Idempotency-Key`: when the connection is lost, the
    same file under the same key goes on behind what is stored. Lines that cannot be taken are left out and listed.
    """
    body = _body(request)
    if request.headers.get("content-encoding", "").lower() == "gzip":
        body = inflated(body)
    taken = await engine.importing.take(caller, _format(request), once.key, body)
    return views.imported(taken, engine.clock.now())


@get("/v1/people/import", guards=[OWNER])
async def list_imports(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[people.Import]:
    """Imports and how far they have come, newest first."""
    imports, after = await engine.importing.page(caller.app_id, limit, place(cursor))
    now = engine.clock.now()
    return page(imports, lambda each: views.imported(each, now), after)


@get("/v1/people/import/{import_id:str}", guards=[OWNER])
async def get_import(
    import_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> people.Import:
    """How far an import has come, and which lines were left out."""
    return views.imported(await engine.importing.get(caller.app_id, import_id), engine.clock.now())


def _format(request: Request[Any, Any, Any]) -> Format:
    """Raises BadInput."""
    kind = _FORMATS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind is None:
        raise BadInput("Send application/x-ndjson, or text/csv as OneSignal exports it.")
    return kind


async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Raises BadInput where it ends before it is whole: then nothing of its last piece is stored."""
    try:
        async for part in request.stream():
            yield part
    except InternalServerException:
        raise BadInput("The body ended before it was whole.") from None


ROUTES: list[Any] = [import_people, list_imports, get_import]

"""The web SDK and the demo page: the files of one folder, read once, under the names they have there."""

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.files import File

_CACHING = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src *; img-src *"
"""A worker has the policy of its own script: the SDK may be on another origin than the API it reports to."""


@get("/sdk/{name:str}", include_in_schema=False)
async def get_sdk_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file of the web SDK."""
    file = request.app.state.web.get(name)
    if file is None or name.endswith(".html"):
        raise NotFoundException
    return _answer(file, **{"Service-Worker-Allowed": "/", "Content-Security-Policy": _WORKER_POLICY})


@get("/demo", include_in_schema=False)
async def get_demo(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A page on which a browser becomes one of the phones."""
    return _answer(request.app.state.web["demo.html"], **{"Content-Security-Policy": _PAGE_POLICY})


def _answer(file: File, **headers: str) -> Response[bytes]:
    return Response(file.content, media_type=file.media_type, headers={**_CACHING, **headers})


ROUTES: list[Any] = [get_sdk_file, get_demo]

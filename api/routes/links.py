"""Tracked links of placements, for anybody."""

from typing import Any

from litestar import Request, Response, get, head
from litestar.di import NamedDependency
from litestar.params import FromPath

from api import pages
from push.engine import Engine
from push.placements.model import Visitor

_LOOKING_AHEAD = ("purpose", "x-purpose", "sec-purpose", "x-moz")
"""Headers by which browsers say that nobody has followed the link yet."""


@get("/r/{code:str}", status_code=302, opt={"problems": (404, 410)}, exception_handlers={Exception: pages.answer})
async def follow_link(
    request: Request[Any, Any, Any], code: FromPath[str], engine: NamedDependency[Engine]
) -> Response[None]:
    """Count the click or scan, and redirect to the stored link only. A browser that is told no gets a page.

    400 for a code that was altered or mistyped, 404 for one of a placement that was deleted, 410 when it is over.
    """
    return _redirect(await engine.following.follow(code, visitor(request)))


@head("/r/{code:str}", status_code=302, include_in_schema=False, exception_handlers={Exception: pages.answer})
async def look_at_link(code: FromPath[str], engine: NamedDependency[Engine]) -> Response[None]:
    """Where it leads; nothing is counted."""
    return _redirect(await engine.following.follow(code, None))


def visitor(request: Request[Any, Any, Any]) -> Visitor:
    headers = request.headers
    early = any(word in headers.get(name, "").lower() for name in _LOOKING_AHEAD for word in ("prefetch", "preview"))
    return Visitor(
        address=request.client.host if request.client else None,
        user_agent=headers.get("user-agent", ""),
        early=early,
    )


def _redirect(address: str) -> Response[None]:
    headers = {
        "Location": address,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(None, status_code=302, headers=headers, media_type="text/plain")


ROUTES: list[Any] = [follow_link, look_at_link]

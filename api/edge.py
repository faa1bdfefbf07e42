"""What every answer carries, whatever made it: protective headers, cross-origin rules, and a count of it."""

import re
import time
from collections.abc import Callable
from typing import cast

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from api.counts import Requests

_FOR_PHONES = re.compile(r"^/v1/(app$|devices(/|$)|me/|inbox(/|$)|events$)|^/(sdk|media)/")
"""Routes that a browser on any other origin may call: they take keys that are made to be shipped, and no cookies."""

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Fanfare-Device, Idempotency-Key, If-None-Match, Last-Event-ID"
    ),
    "Access-Control-Max-Age": "7200",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
FOR_ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}


def for_phones(path: str) -> bool:
    """Phones and browsers call it, and many at once."""
    return _FOR_PHONES.match(path) is not None


def shed(path: str) -> bool:
    """Anybody calls it, and many at once: a poster's link is on no page of ours, so no other origin's page calls it."""
    return for_phones(path) or path.startswith("/r/")


async def add_headers(message: Message, scope: Scope) -> None:
    """A `before_send` hook."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    options = cast("HTTPScope", scope)["method"] == "OPTIONS"
    if options and "allow" in headers:
        # Litestar names the methods of the first handler of a path only.
        headers["Allow"] = scope["litestar_app"].state.methods.get(scope.get("path_template"), headers["Allow"])
    if not for_phones(scope["path"]):
        return
    for name, value in FOR_ANY_ORIGIN.items():
        headers[name] = value
    if options:
        for name, value in _PREFLIGHT.items():
            headers[name] = value


def measured(inner: ASGIApp, requests: Requests, clock: Callable[[], float] = time.perf_counter) -> ASGIApp:
    """Count what `inner` answers, by route."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await inner(scope, receive, send)
            return
        started, status = clock(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await inner(scope, receive, noting)
        finally:
            requests.count(scope["method"], scope.get("path_template"), status, clock() - started)

    return app

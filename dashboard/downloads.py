"""Files the browser fetches from the API through the dashboard, piece by piece as they are written.

Streamlit's own download button would hold the whole file in memory. So a page hands out a ticket, good for ten minutes
and for this one file, and a route of the same server passes on what the API answers.
"""

import secrets
import threading
import time
from collections.abc import AsyncIterator

import httpx
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

GOOD_SECONDS = 600.0
MOST_TICKETS = 5000
TIMEOUT = httpx.Timeout(30, connect=3)
_PASSED_ON = ("content-type", "content-disposition", "cache-control")


class Ticket(Struct, frozen=True):
    api_url: str
    key: str
    path: str
    query: dict[str, str]
    until: float


class Tickets:
    """Those of this process. Streamlit's pages and the route both live in it."""

    def __init__(self) -> None:
        self._known: dict[str, Ticket] = {}
        self._lock = threading.Lock()

    def issue(self, api_url: str, key: str, path: str, query: dict[str, str]) -> str:
        """The name of a ticket; nobody can guess it."""
        name, now = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            for old in [each for each, ticket in self._known.items() if ticket.until < now]:
                del self._known[old]
            while len(self._known) >= MOST_TICKETS:
                del self._known[next(iter(self._known))]
            self._known[name] = Ticket(api_url, key, path, query, now + GOOD_SECONDS)
        return name

    def find(self, name: str) -> Ticket | None:
        with self._lock:
            ticket = self._known.get(name)
        return ticket if ticket is not None and ticket.until >= time.monotonic() else None


TICKETS = Tickets()


async def download(request: Request) -> Response:
    """What the API answers to the ticket, as it comes."""
    ticket = TICKETS.find(request.path_params["ticket"])
    if ticket is None:
        return PlainTextResponse("This link is no longer good: open the campaign again.", 404)
    client = httpx.AsyncClient(base_url=ticket.api_url, timeout=TIMEOUT, trust_env=False)
    asked = client.build_request("GET", ticket.path, params=ticket.query, headers=_bearer(ticket.key))
    try:
        answer = await client.send(asked, stream=True)
    except httpx.HTTPError:
        await client.aclose()
        return PlainTextResponse("The API does not answer. Try again in a moment.", 502, {"Retry-After": "5"})
    if not answer.is_success:
        await answer.aclose()
        await client.aclose()
        return PlainTextResponse(f"The API refused: {answer.status_code} {answer.reason_phrase}.", answer.status_code)
    headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return StreamingResponse(_pieces(client, answer), headers=headers)


async def _pieces(client: httpx.AsyncClient, answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    finally:
        await answer.aclose()
        await client.aclose()


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


ROUTE = Route("/export/{ticket}", download, methods=["GET"])

"""One request to the HTTP API: sends, decodes into the wire's Structs, and names what can go wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from dashboard.shared import ANSWERS
from sdk_contracts.wire.common import Problem

T = TypeVar("T")
TIMEOUT = httpx.Timeout(10, connect=3)
"""Seconds. The API itself answers 503 within five when its database is away."""


class ApiAway(Exception):
    """No usable answer: nobody listens, it takes too long, it is overloaded, or it is not our API."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The API said no, and why (RFC 9457)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}")
        self.problem = problem


class KeyRefused(Refused):
    """401: the key is wrong, or was revoked."""


def connect(api_url: str) -> httpx.Client:
    """Connections to one API, shared by all viewers: the key travels with each call, never with the connection."""
    limits = httpx.Limits(max_connections=40, max_keepalive_connections=20)
    return httpx.Client(base_url=api_url, timeout=TIMEOUT, limits=limits, trust_env=False)


class Transport:
    """One person's way to the API. Every call raises ApiAway, KeyRefused or Refused, and nothing else."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        self._http = http
        self._key = key

    @property
    def api_url(self) -> str:
        return str(self._http.base_url).rstrip("/")

    def _ask(self, answer: type[T], method: str, path: str, **call: Any) -> T:
        response = self._send(method, path, **call)
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiAway(f"The answer could not be read: {error}") from error

    def _share(self, answer: type[T], path: str, query: dict[str, str] | None = None) -> T:
        """As `_ask` to GET, for what many watch: all with this key get one answer a moment."""
        what = (path, *(query or {}).items())
        return ANSWERS.get(f"{self.api_url} {self._key}", what, lambda: self._ask(answer, "GET", path, query=query))

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | list[str]] | None = None,
        body: msgspec.Struct | None = None,
        content: bytes | None = None,
        content_type: str = "application/json",
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key}"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        if body is not None:
            content = msgspec.json.encode(body)
        if content is not None:
            headers["Content-Type"] = content_type
        try:
            response = self._http.request(method, path, params=query, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiAway(type(error).__name__) from error
        if method != "GET":
            ANSWERS.forget(f"{self.api_url} {self._key}")
        if response.is_success:
            return response
        raise _failure(response)


def _failure(response: httpx.Response) -> ApiAway | Refused:
    problem = _problem(response)
    if response.status_code == 401:
        return KeyRefused(problem)
    if response.status_code == 429 or response.status_code >= 500 or response.is_redirect:
        return ApiAway(problem.detail or problem.title, _seconds(response.headers.get("Retry-After")))
    return Refused(problem)


def _problem(response: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Problem(type="about:blank", title=response.reason_phrase or "Error", status=response.status_code)


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdigit() else None

"""The HTTP API as Python calls: asks, decodes into the wire's Structs, and names what can go wrong."""

from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from sdk_contracts.wire.apps import Me, Settings
from sdk_contracts.wire.campaigns import (
    Campaign,
    CampaignChange,
    CampaignDraft,
    Estimate,
    EstimateRequest,
    Metrics,
    Overview,
    Timeline,
)
from sdk_contracts.wire.common import Page, Problem

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


class Client:
    """One person's view of the API. Every call raises ApiAway, KeyRefused or Refused, and nothing else."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        self._http = http
        self._key = key

    @property
    def api_url(self) -> str:
        return str(self._http.base_url).rstrip("/")

    def me(self) -> Me:
        return self._ask(Me, "GET", "/v1/me")

    def settings(self) -> Settings:
        return self._ask(Settings, "GET", "/v1/settings")

    def overview(self, from_: datetime, to: datetime) -> Overview:
        query = {"from": _rfc3339(from_), "to": _rfc3339(to)}
        return self._ask(Overview, "GET", "/v1/metrics/overview", query=query)

    def campaigns(self, limit: int = 20, cursor: str | None = None) -> Page[Campaign]:
        """Newest first, `limit` from 1 to 100."""
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return self._ask(Page[Campaign], "GET", "/v1/campaigns", query=query)

    def campaign(self, campaign_id: str) -> Campaign:
        return self._ask(Campaign, "GET", _path(campaign_id))

    def create(self, draft: CampaignDraft, idempotency_key: str) -> Campaign:
        return self._ask(Campaign, "POST", "/v1/campaigns", body=draft, idempotency_key=idempotency_key)

    def change(self, campaign_id: str, change: CampaignChange) -> Campaign:
        return self._ask(Campaign, "PATCH", _path(campaign_id), body=change)

    def delete(self, campaign_id: str) -> None:
        self._send("DELETE", _path(campaign_id))

    def launch(self, campaign_id: str) -> None:
        """A campaign is launched once, so its id is key enough: pressing twice sends once."""
        self._send("POST", _path(campaign_id, "launch"), idempotency_key=f"launch-{campaign_id}")

    def cancel(self, campaign_id: str) -> None:
        self._send("POST", _path(campaign_id, "cancel"))

    def metrics(self, campaign_id: str) -> Metrics:
        return self._ask(Metrics, "GET", _path(campaign_id, "metrics"))

    def timeline(self, campaign_id: str, bucket: str) -> Timeline:
        """`bucket` is minute, hour or day."""
        return self._ask(Timeline, "GET", _path(campaign_id, "timeline"), query={"bucket": bucket})

    def estimate(self, request: EstimateRequest) -> Estimate:
        return self._ask(Estimate, "POST", "/v1/audience/estimate", body=request)

    def _ask(self, answer: type[T], method: str, path: str, **call: Any) -> T:
        response = self._send(method, path, **call)
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiAway(f"The answer could not be read: {error}") from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: msgspec.Struct | None = None,
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key}"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = msgspec.json.encode(body) if body is not None else None
        try:
            response = self._http.request(method, path, params=query, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiAway(type(error).__name__) from error
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


def _path(campaign_id: str, verb: str = "") -> str:
    return f"/v1/campaigns/{quote(campaign_id, safe='')}" + (f"/{verb}" if verb else "")


def _rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")

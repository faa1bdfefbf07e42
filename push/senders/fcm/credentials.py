"""Access tokens for one Firebase project: from its service account, renewed ahead of time and off the event loop."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from firebase_admin import credentials as firebase_credentials
from google.auth import exceptions as google_errors
from google.auth.transport.requests import Request

from push.errors import PushError
from push.senders.fcm.firebase import HEADERS

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
RENEW_AHEAD_SECONDS = 300.0
"""Google's tokens live an hour."""
TOO_OLD_SECONDS = 10.0
PAUSE_SECONDS = 10.0
"""Between attempts to renew a token that is still good."""
TOKEN_TIMEOUT_SECONDS = 10.0

_BEARER = "authorization: Bearer "

log = structlog.get_logger()


class BadServiceAccount(PushError):
    """This JSON is no service account that can be used."""


class CredentialsRefused(PushError):
    """Google says no to the service account: removed, disabled or its key revoked."""


class CredentialsAway(PushError):
    """The token endpoint does not answer now."""


class Credentials:
    """Belongs to one event loop."""

    def __init__(self, service_account: Mapping[str, Any], fcm_url: str, ca_file: str | None = None) -> None:
        """Raises BadServiceAccount, also when the token endpoint is not Google's although `fcm_url` is."""
        try:
            certificate = firebase_credentials.Certificate(dict(service_account))
        except (ValueError, KeyError, TypeError) as error:
            raise BadServiceAccount(str(error)) from None
        _check_token_uri(str(service_account.get("token_uri", "")), fcm_url)
        self.project_id = str(certificate.project_id or "")
        if not self.project_id:
            raise BadServiceAccount("project_id is missing.")
        self.google = certificate.get_credential().with_scopes([SCOPE])
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_file or True
        self._headers: list[str] = []
        self._good_until = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def headers(self) -> list[str]:
        """The headers of a send request: the same list for as long as the token lives.

        Raises CredentialsRefused, CredentialsAway.
        """
        left = self._good_until - time.time()
        if left < TOO_OLD_SECONDS:
            await asyncio.shield(self._renew())
        elif left < RENEW_AHEAD_SECONDS and time.monotonic() >= self._not_before:
            self._renew().add_done_callback(_noticed)
        return self._headers

    async def renewed(self, used: list[str]) -> list[str]:
        """Headers other than `used`, which were refused. Raises CredentialsRefused, CredentialsAway."""
        if used is self._headers:
            await asyncio.shield(self._renew())
        return self._headers

    async def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        self._session.close()

    def _renew(self) -> "asyncio.Task[None]":
        """One renewal at a time, whoever asks."""
        if self._renewal is None or self._renewal.done():
            self._not_before = time.monotonic() + PAUSE_SECONDS
            self._renewal = asyncio.create_task(self._fetch())
        return self._renewal

    async def _fetch(self) -> None:
        request = partial(Request(self._session), timeout=TOKEN_TIMEOUT_SECONDS)
        try:
            await asyncio.to_thread(self.google.refresh, request)
        except google_errors.GoogleAuthError as error:
            if getattr(error, "retryable", False) or isinstance(error, google_errors.TransportError):
                raise CredentialsAway("The token endpoint does not answer.") from None
            raise CredentialsRefused("The service account is refused.") from None
        # google-auth keeps UTC without saying so.
        expiry = self.google.expiry
        self._good_until = expiry.replace(tzinfo=UTC).timestamp() if expiry else 0.0
        self._headers = [f"{_BEARER}{self.google.token}", *HEADERS]


def bearer(headers: list[str]) -> str:
    """The access token in such headers."""
    return headers[0].removeprefix(_BEARER)


def _noticed(renewal: "asyncio.Task[None]") -> None:
    if not renewal.cancelled() and renewal.exception() is not None:
        log.warning("token_not_renewed", reason=type(renewal.exception()).__name__)


def _check_token_uri(token_uri: str, fcm_url: str) -> None:
    """A service account comes from outside and names whom we call: with the real FCM, only Google."""
    host = urlsplit(fcm_url).hostname or ""
    token = urlsplit(token_uri)
    if not host.endswith(".googleapis.com") and token.scheme in {"http", "https"}:
        return
    if token.scheme != "https" or not (token.hostname or "").endswith(".googleapis.com"):
        raise BadServiceAccount(f"token_uri must be https://oauth2.googleapis.com/token, not {token_uri!r}.")

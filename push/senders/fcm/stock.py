"""FCM through firebase-admin's own `messaging.send_each_async`: twenty times slower, and what ours is compared with."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import firebase_admin
import google.auth.credentials
import httpx
from firebase_admin import exceptions, messaging

from push.senders.exchange import Failure, Response
from push.senders.fcm import firebase
from push.senders.fcm.client import send_url, send_with_token
from push.senders.fcm.credentials import Credentials, bearer
from push.senders.fcm.encode import full_message, to_json
from push.senders.fcm.errors import UNREADABLE, outcome
from push.senders.model import Accepted, Notification, Outcome, Refused, TryLater
from push.senders.retry_after import parse

MOST_AT_ONCE = 500
"""firebase-admin refuses more in one call."""


class _Token(google.auth.credentials.Credentials):
    """A token renewed elsewhere: left to itself, firebase-admin would renew it on the event loop."""

    @property
    def valid(self) -> bool:
        return True

    @property
    def expired(self) -> bool:
        return False

    def refresh(self, _request: object) -> None:
        """Nothing: after a 401 the message is tried again with the token of the next call."""


class StockFcmSender:
    """As FcmSender, without its transport. Retries inside: four times on 500 and 503, whatever Retry-After says."""

    def __init__(self, base_url: str, project_id: str, credentials: Credentials, timeout_seconds: float = 30.0) -> None:
        self._credentials = credentials
        options = {"projectId": project_id, "httpTimeout": timeout_seconds}
        self._token = _Token()  # type: ignore[no-untyped-call]
        self._app = firebase_admin.initialize_app(self._token, options, name=f"fanfare-{secrets.token_hex(8)}")
        service = self._app._get_service("_messaging", messaging._MessagingService)  # noqa: SLF001
        service._fcm_url = send_url(base_url, project_id)  # noqa: SLF001
        self._client = service._async_client  # noqa: SLF001
        # A 200 that is not JSON would otherwise raise for the whole call although the others went out.
        self._client.async_client.event_hooks["response"].append(_refuse_unreadable)

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Send all of them, 500 at a time; the answer has the same order and length."""
        return await send_with_token(self._credentials, self._attempt, notifications)

    async def close(self) -> None:
        await self._client.aclose()
        # Its own close() runs an event loop of its own, which cannot be done inside this one.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)
        await self._credentials.close()

    async def _attempt(self, notifications: Sequence[Notification], headers: list[str]) -> list[Outcome]:
        self._token.token = bearer(headers)
        outcomes: list[Outcome] = []
        for start in range(0, len(notifications), MOST_AT_ONCE):
            outcomes += await self._send_some(notifications[start : start + MOST_AT_ONCE])
        return outcomes

    async def _send_some(self, notifications: Sequence[Notification]) -> list[Outcome]:
        outcomes: list[Outcome] = [Refused("invalid_message")] * len(notifications)
        messages, places = [], []
        for index, notification in enumerate(notifications):
            try:
                message = full_message(notification, time.time())
                to_json(firebase.encode(message))
            except ValueError:
                continue
            messages.append(message)
            places.append(index)
        try:
            answers = (await messaging.send_each_async(messages, app=self._app)).responses
        except exceptions.FirebaseError:
            return [TryLater("broken")] * len(notifications)
        for index, answer in zip(places, answers, strict=True):
            outcomes[index] = _outcome(answer)
        return outcomes


def _outcome(answer: messaging.SendResponse) -> Outcome:
    if answer.success:
        return Accepted(answer.message_id)
    error = answer.exception
    if error is None:
        return TryLater(UNREADABLE)
    response = error.http_response
    if response is not None:
        wait = parse(response.headers.get("retry-after"), datetime.now(UTC))
        return outcome(Response(response.status_code, response.content, wait))
    return outcome(Failure(_kind(error)))


def _kind(error: exceptions.FirebaseError) -> str:
    match error:
        case exceptions.DeadlineExceededError():
            return "timeout"
        case exceptions.UnavailableError():
            return "no_connection"
        case _ if isinstance(error.cause, httpx.DecodingError):
            return UNREADABLE
        case _:
            return "broken"


async def _refuse_unreadable(response: httpx.Response) -> None:
    if response.status_code != httpx.codes.OK:
        return
    body: Any = None
    await response.aread()
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise httpx.DecodingError("The answer is no JSON object.", request=response.request)

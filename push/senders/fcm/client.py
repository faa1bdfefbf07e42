"""FCM for one app: a batch of notifications in, an outcome each out."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol
from urllib.parse import quote

from push.senders.exchange import Request, Transport
from push.senders.fcm.credentials import CredentialsAway, CredentialsRefused
from push.senders.fcm.encode import Encoder
from push.senders.fcm.errors import UNAUTHENTICATED, outcome
from push.senders.model import LaneDown, Notification, Outcome, Refused, TryLater

_TOKEN_REFUSED = LaneDown(UNAUTHENTICATED)


class AccessTokens(Protocol):
    async def headers(self) -> list[str]: ...
    async def renewed(self, used: list[str]) -> list[str]: ...
    async def close(self) -> None: ...


class FcmSender:
    """Sends to one Firebase project. The transport is shared and not closed here; the credentials are its own."""

    def __init__(self, transport: Transport, base_url: str, project_id: str, credentials: AccessTokens) -> None:
        """`base_url` is https://fcm.googleapis.com or a stand-in's, without a slash at the end."""
        self._transport = transport
        self._lane = base_url
        self._url = send_url(base_url, project_id)
        self._credentials = credentials
        self._encoder = Encoder()

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Send all of them at once; the answer has the same order and length."""
        return await send_with_token(self._credentials, self._attempt, notifications)

    async def close(self) -> None:
        await self._credentials.close()

    async def _attempt(self, notifications: Sequence[Notification], headers: list[str]) -> list[Outcome]:
        outcomes: list[Outcome] = [Refused("invalid_message")] * len(notifications)
        places: list[int] = []

        def requests() -> Iterator[Request]:
            for index, notification in enumerate(notifications):
                try:
                    body = self._encoder.encode(notification)
                except ValueError:
                    continue
                places.append(index)
                yield Request(self._lane, self._url, headers, body)

        answers = await self._transport.exchange(requests())
        for index, answer in zip(places, answers, strict=True):
            outcomes[index] = outcome(answer)
        return outcomes


def send_url(base_url: str, project_id: str) -> str:
    return f"{base_url}/v1/projects/{quote(project_id, safe='')}/messages:send"


Attempt = Callable[[Sequence[Notification], list[str]], Awaitable[list[Outcome]]]


async def send_with_token(
    credentials: AccessTokens, attempt: Attempt, notifications: Sequence[Notification]
) -> list[Outcome]:
    """`attempt` with an access token; once more, with a new one, for those that were refused because of it."""
    try:
        headers = await credentials.headers()
    except (CredentialsRefused, CredentialsAway) as error:
        return [_without_token(error)] * len(notifications)
    outcomes = await attempt(notifications, headers)
    refused = [index for index, each in enumerate(outcomes) if each == _TOKEN_REFUSED]
    if not refused:
        return outcomes
    # A token can be revoked before its time. What was accepted stays accepted, whatever comes of this.
    again = [notifications[index] for index in refused]
    try:
        answers = await attempt(again, await credentials.renewed(headers))
    except (CredentialsRefused, CredentialsAway) as error:
        answers = [_without_token(error)] * len(again)
    for index, each in zip(refused, answers, strict=True):
        outcomes[index] = each
    return outcomes


def _without_token(error: CredentialsRefused | CredentialsAway) -> Outcome:
    return LaneDown("credentials_refused") if isinstance(error, CredentialsRefused) else TryLater("no_access_token")

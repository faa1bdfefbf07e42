"""FCM for one app: a batch of notifications in, an outcome each out."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from push.senders.fcm.credentials import CredentialsAway, CredentialsRefused
from push.senders.fcm.encode import Encoder
from push.senders.fcm.errors import UNAUTHENTICATED, outcome
from push.senders.lane import Request
from push.senders.model import LaneDown, Notification, Outcome, Refused, TryLater
from push.senders.transport import Transport


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
        try:
            headers = await self._credentials.headers()
        except (CredentialsRefused, CredentialsAway) as error:
            return [without_token(error)] * len(notifications)
        outcomes = await self._attempt(notifications, headers)
        refused = [index for index, each in enumerate(outcomes) if each == LaneDown(UNAUTHENTICATED)]
        if refused:
            # A token can be revoked before its time: one new one, for those only.
            again = await self._with_new_token([notifications[index] for index in refused], headers)
            for index, each in zip(refused, again, strict=True):
                outcomes[index] = each
        return outcomes

    async def close(self) -> None:
        await self._credentials.close()

    async def _with_new_token(self, notifications: Sequence[Notification], used: list[str]) -> list[Outcome]:
        try:
            headers = await self._credentials.renewed(used)
        except (CredentialsRefused, CredentialsAway) as error:
            return [without_token(error)] * len(notifications)
        return await self._attempt(notifications, headers)

    async def _attempt(self, notifications: Sequence[Notification], headers: list[str]) -> list[Outcome]:
        outcomes: list[Outcome] = [Refused("invalid_message")] * len(notifications)
        requests, places = [], []
        for index, notification in enumerate(notifications):
            try:
                body = self._encoder.encode(notification)
            except ValueError:
                continue
            requests.append(Request(self._lane, self._url, headers, body))
            places.append(index)
        answers = await self._transport.exchange(requests)
        for index, answer in zip(places, answers, strict=True):
            outcomes[index] = outcome(answer)
        return outcomes


def send_url(base_url: str, project_id: str) -> str:
    return f"{base_url}/v1/projects/{quote(project_id, safe='')}/messages:send"


def without_token(error: CredentialsRefused | CredentialsAway) -> Outcome:
    """What it means for a message that there is no access token."""
    return LaneDown("credentials_refused") if isinstance(error, CredentialsRefused) else TryLater("no_access_token")

"""Letters for one app: a batch of notifications in, an outcome each out."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import aiosmtplib

from push.senders.email.errors import outcome
from push.senders.email.letters import letter
from push.senders.model import Accepted, LaneDown, Mailbox, Notification, Outcome, Refused, TryLater
from push.smtp.model import Account, ServerAway, ServerDown

CONNECTIONS = 4
"""At the same time, for one app of one worker: many servers allow no more than ten from one address."""
LETTERS_EACH = 100
"""After so many a connection is made anew, as many servers ask for."""
IDLE_SECONDS = 30.0
AWAY_SECONDS = 5.0
"""How long nobody tries again to connect where that has just failed."""
Connect = Callable[[], Awaitable[aiosmtplib.SMTP]]


class _Line:
    """A connection that is used again and again."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self.letters = 0
        self.used_at = time.monotonic()

    @property
    def good(self) -> bool:
        fresh = time.monotonic() - self.used_at < IDLE_SECONDS and self.letters < LETTERS_EACH
        return fresh and self.client.is_connected


class EmailSender:
    def __init__(self, account: Account, connect: Connect) -> None:
        self._account = account
        self._connect = connect
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[_Line] = []
        self._failed: LaneDown | TryLater | None = None
        self._failed_until = 0.0

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Send all of them over a few connections; the answer has the same order and length."""
        return list(await asyncio.gather(*(self._post(each) for each in notifications)))

    async def close(self) -> None:
        lines, self._idle = self._idle, []
        await asyncio.gather(*(_hang_up(line) for line in lines))

    async def _post(self, notification: Notification) -> Outcome:
        if not isinstance(notification.address, Mailbox):
            return Refused("invalid_message")
        async with self._slots:
            line = await self._line()
            if not isinstance(line, _Line):
                return line
            try:
                return await self._hand_in(line, notification.address.email, notification)
            finally:
                line.used_at, line.letters = time.monotonic(), line.letters + 1
                if line.good:
                    self._idle.append(line)
                else:
                    await _hang_up(line)

    async def _hand_in(self, line: _Line, to: str, notification: Notification) -> Outcome:
        made = letter(
            self._account,
            to,
            notification.rendered,
            notification.delivery_id,
            notification.unsubscribe_url,
            datetime.now(UTC),
        )
        try:
            _, said = await line.client.sendmail(self._account.from_address, [to], made)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # What it was in the middle of is not known any more.
            if not isinstance(error, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused):
                line.client.close()
            return outcome(error)
        return Accepted(said)

    async def _line(self) -> _Line | LaneDown | TryLater:
        """One that waits, or a new one, or why there is none."""
        while self._idle:
            line = self._idle.pop()
            if line.good:
                return line
            await _hang_up(line)
        if self._failed is not None and time.monotonic() < self._failed_until:
            return self._failed
        try:
            client = await self._connect()
        except ServerDown as error:
            self._failed = LaneDown(error.reason)
        except ServerAway as error:
            self._failed = TryLater(error.reason)
        else:
            self._failed = None
            return _Line(client)
        self._failed_until = time.monotonic() + AWAY_SECONDS
        return self._failed


async def _hang_up(line: _Line) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await line.client.quit(timeout=2.0)
    line.client.close()

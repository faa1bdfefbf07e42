"""A real mail server on loopback, which keeps what it was handed and refuses whom it is told to."""

import asyncio
import contextlib
import email
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "shop", "correct horse"


class Letter:
    def __init__(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        self.sender, self.to = envelope.mail_from, envelope.rcpt_tos
        self.raw = envelope.content
        parsed = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.message = parsed

    def text(self, kind: str = "plain") -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


class MailServer:
    """`answers` says what is said to a recipient in place of a yes, and `after` what is said to the whole letter."""

    def __init__(self) -> None:
        self.port = 0
        self.letters: list[Letter] = []
        self.answers: dict[str, str] = {}
        self.after: list[str] = []
        self.connections = 0
        self.drop_after: int | None = None
        """Hang up on who hands in the letter of this number."""

    async def handle_EHLO(self, _: SMTP, session: Session, __: Envelope, hostname: str, said: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return said

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drop_after is not None and len(self.letters) >= self.drop_after:
            self.drop_after = None
            server.transport.abort()
            return "250 never said"
        if self.after:
            return self.after.pop(0)
        self.letters.append(Letter(envelope))
        return "250 kept"

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if address in letter.to]


def _authenticate(_: Any, __: Any, ___: Any, ____: str, said: Any) -> AuthResult:
    return AuthResult(success=(said.login, said.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextlib.asynccontextmanager
async def mail_server(
    starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, *, auth: bool = False
) -> AsyncIterator[MailServer]:
    kept = MailServer()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            kept,
            loop=loop,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=auth,
            auth_require_tls=starttls is not None,
            authenticator=_authenticate,
        )

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()

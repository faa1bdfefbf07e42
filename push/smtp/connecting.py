"""A connection to a mail server, encrypted and signed in.

The name is resolved here, each address is checked, and the one that was checked is connected to: a name that leads
elsewhere a moment later leads nowhere.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

import aiosmtplib

from push.smtp.addresses import check_server, may_connect
from push.smtp.model import Account, ServerAway, ServerDown

SECONDS = 20.0
"""For each step of talking to a server."""


async def connect(account: Account, named_hosts: frozenset[str], ca_file: str | None = None) -> aiosmtplib.SMTP:
    """Raises ServerDown, ServerAway."""
    check_server(account, named_hosts)
    open_socket = await _socket(account, named_hosts)
    encrypted = account.security != "none"
    client = aiosmtplib.SMTP(
        hostname=account.host,
        sock=open_socket,
        timeout=SECONDS,
        use_tls=account.security == "tls",
        start_tls=account.security == "starttls",
        # The name of this machine is nobody's business, and looking it up may take seconds.
        local_hostname=account.from_address.partition("@")[2],
        tls_context=await asyncio.to_thread(ssl.create_default_context, cafile=ca_file) if encrypted else None,
    )
    try:
        await client.connect()
        if account.username is not None and account.password is not None:
            await client.login(account.username, account.password)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        client.close()
        raise meant(error) from None
    return client


def meant(error: Exception) -> ServerDown | ServerAway:
    """What a failure to get so far as to hand in a letter means."""
    match error:
        case aiosmtplib.SMTPAuthenticationError(code=code):
            # 454: a temporary failure of the server's own (RFC 4954, section 6).
            return ServerAway("smtp_454") if code == 454 else ServerDown("smtp_auth_failed")
        case aiosmtplib.SMTPException() if type(error) in (aiosmtplib.SMTPNotSupported, aiosmtplib.SMTPException):
            return ServerDown("smtp_not_supported")
        case aiosmtplib.SMTPResponseException(code=code) if code < 500:
            return ServerAway(f"smtp_{code}")
        case aiosmtplib.SMTPResponseException(code=code):
            return ServerDown(f"smtp_{code}")
        case ssl.SSLError():
            return ServerDown("tls")
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLError):
        return ServerDown("tls")
    return ServerAway("timeout" if isinstance(error, TimeoutError) else "no_connection")


async def _socket(account: Account, named_hosts: frozenset[str]) -> socket.socket:
    """Raises ServerDown where the name leads to no address that may be used, ServerAway where none answers."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found: list[Any] = await loop.getaddrinfo(account.host, account.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise ServerAway("unresolved") from None
    usable = [each for each in found if may_connect(account, named_hosts, each[4][0])]
    if not usable:
        raise ServerDown("address_refused", f"{account.host} leads to an address that is not on the public internet.")
    for family, kind, protocol, _, address in usable:
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(SECONDS):
                await loop.sock_connect(made, address)
            return made
        made.close()
    raise ServerAway("no_connection")

"""Whom a letter may be for, and which mail server may be asked to carry it."""

import re
from ipaddress import ip_address

from push.networks import allowed
from push.smtp.model import Account, ServerDown

ADDRESS = "email"
"""The attribute of a person that letters go to."""
PORTS = (25, 465, 587, 2525)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d)(?!0x){_LABEL}")
"""A last label that begins with a digit is read as an IPv4 address by some resolvers (WHATWG URL, 4.3)."""
_ADDRESS = re.compile(
    r"(?!.{255})[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@" + _NAME.pattern, re.ASCII
)
"""A dot-atom of RFC 5322, section 3.4.1: no quotes, no comments, nothing that could begin another header."""
_LOCAL = (".localhost", ".local", ".internal")


def is_address(text: object) -> bool:
    """Whether a letter can be sent there, as far as its form tells."""
    return isinstance(text, str) and len(text.partition("@")[0]) <= 64 and _ADDRESS.fullmatch(text) is not None


def is_named(account: Account, named_hosts: frozenset[str]) -> bool:
    return account.host.lower() in named_hosts or f"{account.host.lower()}:{account.port}" in named_hosts


def check_server(account: Account, named_hosts: frozenset[str]) -> None:
    """Raises ServerDown for one that is not on the public internet, unless it is named.

    `named_hosts` are `host` or `host:port` in lower case, as in Settings.smtp_hosts.
    """
    if is_named(account, named_hosts):
        return
    if account.port not in PORTS:
        ports = ", ".join(map(str, PORTS))
        raise ServerDown("server_refused", f"Mail is handed in at the ports {ports}, not {account.port}.")
    if not _public(account.host):
        advice = "FANFARE_SMTP_HOSTS names those that need not be."
        raise ServerDown("server_refused", f"{account.host} is not on the public internet; {advice}")
    if account.security == "none":
        raise ServerDown("server_refused", "Letters and passwords go encrypted, by starttls or tls.")


def may_connect(account: Account, named_hosts: frozenset[str], address: str) -> bool:
    """Whether the server may be at this IP address, asked for each one that is about to be connected to."""
    return allowed(address, private=is_named(account, named_hosts))


def _public(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None and not host.lower().endswith(_LOCAL)
    return allowed(host, private=False)

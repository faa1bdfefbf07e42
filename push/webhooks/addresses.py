"""Where a webhook may lead: its address is checked when it is given, before each post, and at each connection.

The ranges of addresses are those that Web Push is kept from; here any public host will do.
"""

import re
from ipaddress import ip_address

from push.devices.endpoints import DEFAULT_PORTS, ENDPOINT, Origin, on_loopback
from push.errors import Invalid
from push.networks import allowed

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d)(?!0x){_LABEL}")
"""A last label that begins with a digit is read as an IPv4 address by some resolvers (WHATWG URL, 4.3)."""
_LOCAL = (".localhost", ".local", ".internal")
_HIGHEST_PORT = 65_535


class BadAddress(Invalid):
    """No webhook may lead there."""

    def __init__(self, detail: str) -> None:
        super().__init__("/url", detail)


def check_address(url: str, named_hosts: frozenset[str]) -> Origin:
    """Whom a post to this address goes to. Raises BadAddress.

    `named_hosts` are `host` or `host:port` in lower case, allowed wherever they are; plain http is for those of them on
    loopback.
    """
    matched = ENDPOINT.fullmatch(url)
    if matched is None:
        raise BadAddress("An address is https://host/path, in lower case up to the path, with no user name in it.")
    scheme, host = matched["scheme"], matched["host"]
    port = int(matched["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port <= _HIGHEST_PORT:
        raise BadAddress(f"There is no port {port}.")
    authority = host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    named = authority in named_hosts or f"{host}:{port}" in named_hosts
    if not named and not _public(host):
        raise BadAddress(f"{host} is not on the public internet; FANFARE_WEBHOOK_HOSTS names those that need not be.")
    if scheme == "http" and not (named and on_loopback(host)):
        raise BadAddress("Webhooks are posted by https.")
    return Origin(f"{scheme}://{authority}", host, named)


def may_connect(named_hosts: frozenset[str], origin: str, address: str) -> bool:
    """Whether the receiver at `origin` may be at this IP address."""
    return allowed(address, private=check_address(f"{origin}/", named_hosts).named)


def _public(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None and not host.endswith(_LOCAL)
    return allowed(host, private=False)

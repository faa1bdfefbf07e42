"""Which IP addresses may be connected to on behalf of somebody who only named a host.

The ranges are written out because `ipaddress.is_global` lets several through. Sources: IANA IPv4 and IPv6
Special-Purpose Address Registries.
"""

from ipaddress import IPv6Address, ip_address, ip_network

_NEVER = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this network: connects to loopback on Linux
        "169.254.0.0/16",  # link-local, cloud metadata
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_PRIVATE = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",  # unique local
    )
)
_GLOBAL_UNICAST = ip_network("2000::/3")
"""All of IPv6 that is routed. Loopback, link-local, multicast, IPv4-mapped and NAT64 (64:ff9b::) are outside."""


def allowed(address: str, *, private: bool) -> bool:
    """`private` allows loopback and private networks, never link-local, multicast or an address in disguise."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if any(parsed in network for network in _PRIVATE):
        return private
    if isinstance(parsed, IPv6Address) and parsed not in _GLOBAL_UNICAST:
        return False
    return not any(parsed in network for network in _NEVER)

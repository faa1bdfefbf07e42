"""Which IP addresses a push service may be at: asked for each one that is about to be connected to."""

from push.devices.endpoints import check_endpoint
from push.networks import allowed


class AddressGuard:
    """For connecting: public addresses for the known services, private ones too for hosts named in settings."""

    def __init__(self, extra_hosts: frozenset[str]) -> None:
        self._extra_hosts = extra_hosts

    def __call__(self, origin: str, address: str) -> bool:
        """Whether the push service at `origin` may be at this IP address."""
        return allowed(address, private=check_endpoint(f"{origin}/", self._extra_hosts).named)

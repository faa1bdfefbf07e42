"""Who calls, from the bearer key, and whether their kind of key and role may.

A route names its access as a guard; the caller is then at hand as the dependency `caller`. Guards run before the body
is read. Device keys are signed and need no database: whether one has ended is seen when the route reads its device,
which it must do anyway to know whose it is now. The others are looked up and remembered for a short while.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from push.apps.model import Principal, Role
from push.devices.model import Device
from push.engine import Engine
from push.errors import Unauthenticated

Connection = ASGIConnection[Any, Any, Any, Any]


class Access:
    """What a route asks of the key. For a secret key, `roles` are those that may."""

    def __init__(self, kind: str, *roles: Role, optional: bool = False) -> None:
        self.kind = kind
        self.roles = roles
        self.optional = optional
        """Without any key the route is told there is no caller; a bad key is refused all the same."""

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raises Unauthenticated, NotAuthorizedException, PermissionDeniedException."""
        header = connection.headers.get("authorization")
        if header is None and self.optional:
            connection.state.caller = None
            return
        caller = await identify(connection.app.state.engine, bearer(header))
        if caller.kind != self.kind:
            raise PermissionDeniedException(f"This needs a {self.kind} key, not a {caller.kind} key.")
        if self.roles and caller.role not in self.roles:
            raise PermissionDeniedException(f"The role {caller.role} may not do this.")
        connection.state.caller = caller


PUBLISHABLE = Access("publishable")
DEVICE = Access("device")
DEVICE_OR_RECEIPT = Access("device", optional=True)
ANY_ROLE = Access("secret", "owner", "marketer", "author", "analyst", "sender")
READ = Access("secret", "owner", "marketer", "author", "analyst")
COMPOSE = Access("secret", "owner", "marketer", "author")
LAUNCH = Access("secret", "owner", "marketer")
SEND = Access("secret", "owner", "sender")
PEOPLE = Access("secret", "owner", "marketer")
OWNER = Access("secret", "owner")


def bearer(header: str | None) -> str:
    """The key of an Authorization header (RFC 6750). Raises NotAuthorizedException."""
    scheme, _, key = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotAuthorizedException("Send your key as `Authorization: Bearer …`.")
    return key.strip()


async def identify(engine: Engine, key: str) -> Principal:
    """Raises Unauthenticated."""
    if key.startswith("ffd_"):
        read = engine.tokens.read_device_key(key)
        return Principal(read.app_id, "device", device_id=read.device_id, generation=read.generation)
    return await engine.apps.identify(key)


async def provide_device(engine: NamedDependency[Engine], caller: NamedDependency[Principal]) -> Device:
    """The device whose key this is. Raises Unauthenticated, also for a key that was rotated away; DeviceNotFound."""
    if caller.device_id is None:
        raise Unauthenticated
    return await engine.devices.holding(caller.app_id, caller.device_id, caller.generation)


def provide_caller(request: Connection) -> Principal | None:
    caller: Principal | None = request.state.caller
    return caller

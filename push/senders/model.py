"""What goes to a provider, and what comes back, named by what we do next."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from push.content.model import Rendered
from push.devices.model import Address


class Mailbox(Struct, frozen=True, gc=False):
    """Where letters go."""

    email: str


class Notification(Struct, frozen=True, kw_only=True, gc=False):
    """One push to one device. `rendered` is one shared object for all who get the same words, so it is encoded once."""

    delivery_id: str
    receipt: str
    address: Address | Mailbox
    rendered: Rendered
    ttl_seconds: int
    """How long the provider may keep it, 0–2,419,200 s."""
    badge: int | None = None
    """How many items the person has unread, where the app wants it told."""
    unsubscribe_url: str | None = None
    """Of a letter: where one click ends such letters."""


class Accepted(Struct, frozen=True, gc=False):
    """The provider said yes. Nobody has seen it yet."""

    provider_id: str = ""


class AddressGone(Struct, frozen=True):
    """The address will never work again: retire it, if it is still the current one."""

    reason: str = "address_gone"


class TryLater(Struct, frozen=True):
    """Nothing wrong with the message: send it again, not before `after_seconds` where the provider named it."""

    reason: str
    after_seconds: float | None = None
    throttled: bool = False
    """The provider asked us to slow down (429)."""


class Refused(Struct, frozen=True):
    """This message will never be taken: our mistake or the payload's, never the phone's."""

    reason: str


class LaneDown(Struct, frozen=True):
    """Our configuration is wrong for every message of this app and provider: stop the lane, keep the address."""

    reason: str


class Held(Struct, frozen=True):
    """Not sent, and nothing is known against it: the way to the provider has no room for it now."""

    reason: str
    after_seconds: float


Outcome = Accepted | AddressGone | TryLater | Refused | LaneDown | Held


class Sender(Protocol):
    """A provider's client for one app."""

    async def send(self, notifications: Sequence[Notification]) -> list[Outcome]:
        """Send all of them at once; the answer has the same order and length. One message's failure stays its own."""
        ...

    async def close(self) -> None: ...

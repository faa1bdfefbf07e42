"""What devices report about deliveries."""

from typing import Annotated, Literal

from msgspec import Meta

from sdk_contracts.wire.common import Contract, Key, Request, Time, Token, in_our_times

EventKind = Literal["received", "displayed", "opened", "clicked", "dismissed", "converted", "acknowledged"]


class Event(Request, frozen=True, kw_only=True):
    """One thing that happened to one delivery. `receipt` stands in for the device key.

    With a `name` and neither, under a device key, a `converted` is something the person did by themselves: it sets
    campaigns off that have it in their `trigger`, and counts for campaigns with a `conversion` that had reached them.
    The name `app_open` says that they came to the app: send it once in half an hour at most.
    """

    event_id: Token
    kind: EventKind
    at: Time
    delivery_id: Token | None = None
    receipt: Annotated[str, Meta(max_length=512, pattern=r"^[!-~]*(?!\n)$")] | None = None
    action_id: Key | None = None
    name: Key | None = None
    value: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}(?!\n)$")] | None = None

    def __post_init__(self) -> None:
        in_our_times(self.at)


class EventBatch(Request, frozen=True, kw_only=True):
    events: Annotated[list[Event], Meta(min_length=1, max_length=500)]


class RejectedEvent(Contract, frozen=True, kw_only=True):
    index: int
    """Position in the batch, from 0."""
    detail: str


class EventsAccepted(Contract, frozen=True, kw_only=True):
    """Stored for good. `duplicates` had been stored before and changed nothing."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]

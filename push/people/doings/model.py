"""Something that a person did and that has a name."""

from datetime import datetime

from msgspec import Struct


class Named(Struct, frozen=True):
    person_id: str
    name: str
    at: datetime
    value: float | None = None
    currency: str | None = None

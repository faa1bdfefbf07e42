"""The decisions about one person and one campaign, in words."""

from datetime import datetime

from msgspec import Struct


class Step(Struct, frozen=True, kw_only=True):
    """One decision, or one thing that happened."""

    step: str
    words: str
    """To be read out as it stands."""
    at: datetime | None = None
    reason: str | None = None
    channel: str | None = None
    device_id: str | None = None
    delivery_id: str | None = None


class Trace(Struct, frozen=True, kw_only=True):
    campaign_id: str
    external_id: str
    state: str
    """Of the campaign."""
    meant: bool
    """Whether it is, or was, for this person."""
    variant: str | None
    steps: tuple[Step, ...]

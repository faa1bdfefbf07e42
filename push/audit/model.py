"""An entry of the audit log."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

Action = Literal[
    "campaign.tested",
    "campaign.submitted",
    "campaign.approved",
    "campaign.rejected",
    "campaign.launched",
    "campaign.paused",
    "campaign.resumed",
    "campaign.cancelled",
    "dead_letters.redriven",
    "dead_letters.expired",
    "key.created",
    "key.revoked",
    "credentials.fcm.changed",
    "credentials.smtp.changed",
    "settings.changed",
    "segment.created",
    "segment.changed",
    "segment.deleted",
    "media.uploaded",
    "media.deleted",
    "webhook.created",
    "webhook.changed",
    "webhook.deleted",
    "webhook.delivery.replayed",
    "placement.created",
    "placement.changed",
    "placement.archived",
    "placement.unarchived",
    "placement.deleted",
    "person.exported",
    "person.erased",
    "people.imported",
]
Details = dict[str, str | int | list[str] | None]
"""Never a secret, and nothing about a person."""


class Entry(Struct, frozen=True, kw_only=True):
    id: str
    app_id: str
    at: datetime
    key_id: str | None
    """The secret key it was done with; absent where none was needed."""
    role: str | None
    action: Action
    object_id: str
    """What it was done to: a campaign, a key, or the app itself."""
    details: Details = {}

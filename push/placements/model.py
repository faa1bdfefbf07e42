"""A place outside the app that leads people to it, and what is counted there."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

Kind = Literal["poster", "flyer", "mailing", "official_account", "course", "forum_post", "social_post", "other"]
Via = Literal["click", "scan"]
"""The link was followed, or the QR code was."""
Bucket = Literal["hour", "day"]
COUNTED = ("clicks", "scans", "unique", "robots", "late")
Numbers = dict[str, int]
"""By COUNTED. `unique` is how many different visitors came, of each day (UTC) anew; `robots` are in no other number;
`late` came after the end."""


class Utm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What web analytics on the other side reads from the address (`utm_source=…`)."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


class Placement(Struct, frozen=True, kw_only=True):
    """A poster, a flyer, a post: where it leads, and until when."""

    id: str
    app_id: str
    stem: str
    """What its codes begin with; no other placement of any app has it."""
    name: str
    kind: Kind
    link: str
    campaign_id: str | None = None
    tags: tuple[str, ...] = ()
    place: str = ""
    """Where it hangs, and whatever else is worth noting."""
    utm: Utm = Utm()
    carry_id: bool = False
    """The link carries `fanfare_placement=plc_…`, by which the site behind it knows where people came from."""
    valid_until: datetime | None = None
    archived_at: datetime | None = None
    created_at: datetime
    changed_at: datetime

    def leads_on(self, now: datetime) -> bool:
        """Not archived, and its end has not come."""
        return self.archived_at is None and (self.valid_until is None or now < self.valid_until)

    @property
    def listed(self) -> str:
        """Which list it is in."""
        return "archived" if self.archived_at else "open"


class Visitor(Struct, frozen=True, kw_only=True):
    """What a request tells of whoever followed a code. Nothing of it is stored."""

    address: str | None
    user_agent: str
    early: bool = False
    """A browser looks ahead; nobody has followed anything yet."""


class Visit(Struct, frozen=True, kw_only=True):
    """One more to be counted."""

    app_id: str
    placement_id: str
    what: str
    """`clicks`, `scans`, `robots` or `late`."""
    fingerprint: str | None = None
    """Equal for the same visitor of this placement on the same day, and to be understood by nobody the day after."""

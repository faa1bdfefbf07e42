"""Places outside the app that carry a tracked link or a QR code."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from sdk_contracts.wire.campaigns import Tags, TimelinePoint
from sdk_contracts.wire.common import Contract, Link, Name, Request, Time, Token, in_our_times

PlacementKind = Literal[
    "poster", "flyer", "mailing", "official_account", "course", "forum_post", "social_post", "other"
]
Place = Annotated[str, Meta(max_length=1000)]
"""Where it hangs, and whatever else is worth noting."""
_Value = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$")]


class Utm(Request, frozen=True, kw_only=True):
    """Added to the link as `utm_source`, …, unless it has that already. An app's link stays as it is."""

    source: _Value | None = None
    medium: _Value | None = None
    campaign: _Value | None = None
    term: _Value | None = None
    content: _Value | None = None


class PlacementRequest(Request, frozen=True, kw_only=True):
    name: Name
    kind: PlacementKind
    link: Link
    """Where it leads: by https, or into an app."""
    campaign_id: Token | None = None
    """The campaign it belongs to."""
    tags: Tags = []
    place: Place = ""
    utm: Utm = Utm()
    carry_id: bool = False
    """The link carries `fanfare_placement=plc_…` as well, so that a site knows where its visitors come from."""
    valid_until: Time | None = None
    """From then on its codes lead to a page that says so."""

    def __post_init__(self) -> None:
        in_our_times(self.valid_until)


class PlacementChange(Request, frozen=True, kw_only=True):
    """What to change; what is left out stays. Codes that are printed lead to the new link."""

    name: Name | UnsetType = UNSET
    kind: PlacementKind | UnsetType = UNSET
    link: Link | UnsetType = UNSET
    campaign_id: Token | None | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    place: Place | UnsetType = UNSET
    utm: Utm | UnsetType = UNSET
    carry_id: bool | UnsetType = UNSET
    valid_until: Time | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.valid_until is not UNSET:
            in_our_times(self.valid_until)


class PlacementNumbers(Contract, frozen=True, kw_only=True):
    clicks: int
    """Times that its link was followed."""
    scans: int
    """Times that its QR code was."""
    unique: int
    """Different visitors of each day (UTC), added up: whoever comes again on another day counts again."""
    robots: int
    """Search engines and makers of link previews; they are in no other number."""
    late: int
    """Times that either was followed after its end."""


class Placement(Contract, frozen=True, kw_only=True):
    id: str
    name: str
    kind: PlacementKind
    link: str
    url: str
    """The tracked link, to be printed or posted."""
    scan_url: str
    """The same for its QR code: what is followed by it counts as a scan."""
    campaign_id: str | None
    tags: list[str]
    place: str
    utm: Utm
    carry_id: bool
    valid_until: Time | None
    archived_at: Time | None
    created_at: Time
    changed_at: Time
    numbers: PlacementNumbers
    """All that was ever counted."""


class PlacementMetrics(Contract, frozen=True, kw_only=True, rename={"from_": "from"}):
    placement_id: str
    as_of: Time
    from_: Time
    to: Time
    bucket: Literal["hour", "day"]
    total: PlacementNumbers
    """Of the whole hours or days (UTC) from that of `from` until `to`."""
    timeline: list[TimelinePoint]
    """Those in which anything was counted."""

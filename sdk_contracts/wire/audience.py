"""Who is meant: rules, which stand alone or are put together."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType
from msgspec import field as named

from sdk_contracts.wire.common import Contract, Integer, Key, Name, Request, Time, Token, TopicName

RuleField = Annotated[
    str,
    Meta(
        max_length=80,
        pattern=r"^(person\.[A-Za-z0-9_-]{1,64}|device\.tags\.[A-Za-z0-9_-]{1,64}"
        r"|device\.(platform|locale|timezone|app_version|last_seen_at|created_at))(?!\n)$",
    ),
]
"""`person.relation`, `person.` and the name of an attribute, `device.tags.` and the name of a tag, or a field of
devices."""
Op = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "prefix", "within_days"]
RuleText = Annotated[str, Meta(max_length=512, pattern=r"^[^\x00]*$")]
RuleScalar = RuleText | Integer | float | bool
RuleValue = RuleScalar | Annotated[list[RuleScalar], Meta(min_length=1, max_length=1000)]
Did = Literal["received", "opened", "clicked", "converted", "happened"]
"""Of a campaign what became of it; of an event that it happened."""
SegmentId = Annotated[str, Meta(max_length=64, pattern=r"^seg_[0-9a-v]{1,40}(?!\n)$")]
DEEPEST = 10
"""How many rules may lie within each other."""
MOST_RULES = 200
"""In one audience or segment; those of the segments it names are not counted."""


class Rule(Request, frozen=True, kw_only=True, omit_defaults=True, rename={"and_": "and", "or_": "or", "not_": "not"}):
    """Who is meant, in exactly one of these ways. At most 10 deep, and 200 rules together.

    `{all: true}`, `{segment_id}`, `{topics}`, `{external_ids}`, `{device_ids}`;
    `{field, op, value}` about what is known of a person or a device;
    `{campaign_id, did | did_not, within_days?}` about what a person did with a campaign, on any of their devices;
    `{event, did | did_not: "happened", within_days?}` about what they did by themselves;
    `{and: [..]}`, `{or: [..]}`, `{not: ..}` of other rules.
    """

    all: Literal[True] | UnsetType = UNSET
    segment_id: SegmentId | UnsetType = UNSET
    topics: Annotated[list[TopicName], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    """Followers of these and of those above them."""
    external_ids: Annotated[list[Token], Meta(min_length=1, max_length=10_000)] | UnsetType = UNSET
    device_ids: Annotated[list[Token], Meta(min_length=1, max_length=10_000)] | UnsetType = UNSET
    field: RuleField | UnsetType = UNSET
    op: Op | UnsetType = UNSET
    """`ne` means also those of whom nothing is known; `in` takes a list, `exists` true or false. Versions of the app
    are compared number by number, locales without regard to case. `within_days` means the last so many days, or, of a
    negative number, the days to come."""
    value: RuleValue | UnsetType = UNSET
    """A time is written as in RFC 3339, or as a day, which begins at midnight UTC."""
    campaign_id: Token | UnsetType = UNSET
    """What its runs and its second step came to counts as well."""
    event: Key | UnsetType = UNSET
    """The name under which a device reports it."""
    did: Did | UnsetType = UNSET
    did_not: Did | UnsetType = UNSET
    """All others, also those who were sent nothing."""
    within_days: Annotated[int, Meta(ge=1, le=3650)] | UnsetType = UNSET
    """The last so many days; without it, ever."""
    and_: Annotated[list["Rule"], Meta(min_length=1, max_length=100)] | UnsetType = named(default=UNSET)
    or_: Annotated[list["Rule"], Meta(min_length=1, max_length=100)] | UnsetType = named(default=UNSET)
    not_: "Rule | UnsetType" = named(default=UNSET)


class Audience(Request, frozen=True, kw_only=True, omit_defaults=True):
    include: Rule
    exclude: Rule | UnsetType = UNSET


class SegmentRequest(Request, frozen=True, kw_only=True):
    name: Name
    rule: Rule


class SegmentChange(Request, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    name: Name | UnsetType = UNSET
    rule: Rule | UnsetType = UNSET


class Segment(Contract, frozen=True, kw_only=True):
    """A rule kept under a name. A campaign means what it says when the campaign, or one run of it, begins."""

    id: str
    name: str
    rule: Rule
    created_at: Time
    changed_at: Time
    last_used_at: Time | None
    """When a campaign last went out to it."""
    campaigns: int
    """How many name it, those that are over among them."""
    segments: int
    """How many other segments name it."""


class ExplainRequest(Request, frozen=True, kw_only=True):
    audience: Audience
    external_id: Token


class Reason(Contract, frozen=True, kw_only=True):
    """One rule that decides it."""

    pointer: str
    """JSON Pointer (RFC 6901) into the audience, with its segments in their places."""
    holds: bool
    words: str
    """In plain English, to be read out."""


class Explanation(Contract, frozen=True, kw_only=True):
    """Whether an audience means somebody now, and why. It means them if it means one of their devices."""

    external_id: str
    meant: bool
    words: str
    device_id: str | None
    """Of which the reasons speak; null where they have none."""
    devices: list[str]
    """Those that are meant."""
    reasons: list[Reason]

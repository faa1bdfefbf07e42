"""The filter language, as it is kept: who is meant. What a rule means is said in `meaning`."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

Scalar = str | int | float | bool
Op = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "prefix", "within_days"]
Did = Literal["received", "opened", "clicked", "converted", "happened"]
PERSON, TAG = "person.", "device.tags."
RELATION = "person.relation"


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"and_": "and", "or_": "or", "not_": "not"}):
    """One kind of these is set: each of the first five, a field with `op` and `value`, a campaign or an event with
    `did` or `did_not`, or what puts others together."""

    all: bool = False
    segment_id: str | None = None
    topics: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()
    field: str | None = None
    op: Op | None = None
    value: Scalar | tuple[Scalar, ...] | None = None
    campaign_id: str | None = None
    event: str | None = None
    did: Did | None = None
    did_not: Did | None = None
    within_days: int | None = None
    and_: tuple["Rule", ...] = ()
    or_: tuple["Rule", ...] = ()
    not_: "Rule | None" = None

    @property
    def plain(self) -> bool:
        """It means all, or names topics, people or devices."""
        return self.all or bool(self.topics or self.external_ids or self.device_ids)

    @property
    def parts(self) -> tuple["Rule", ...]:
        """Those that it puts together."""
        return self.and_ or self.or_ or ((self.not_,) if self.not_ is not None else ())

    def all_parts(self) -> Iterator["Rule"]:
        """Itself, and all that it is made of."""
        yield self
        for part in self.parts:
            yield from part.all_parts()


class Audience(Struct, frozen=True, kw_only=True, omit_defaults=True):
    include: Rule
    exclude: Rule | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.include,) if self.exclude is None else (self.include, self.exclude)

    @property
    def segments(self) -> frozenset[str]:
        """Those it names itself."""
        return named_in(self.rules)


def named_in(rules: Iterable[Rule]) -> frozenset[str]:
    """The segments that these rules name themselves."""
    return frozenset(part.segment_id for rule in rules for part in rule.all_parts() if part.segment_id is not None)


def covering(topic: str) -> list[str]:
    """The topics whose followers get this one: itself and each one above it."""
    parts = topic.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def followed(topics: Iterable[str]) -> list[str]:
    return sorted({above for topic in topics for above in covering(topic)})

"""What segments mean now, put in the places of their names."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from push.audience.rules import Audience, Rule, named_in
from push.audience.segments.model import Segment, TooLarge, put_in_place
from push.audience.segments.store import SegmentStore
from push.errors import Invalid

_MOST = 100
"""Segments that one rule may lead to."""


class Placing:
    def __init__(self, store: SegmentStore) -> None:
        self._store = store

    async def audience(self, app_id: str, audience: Audience, pointer: str = "/audience") -> Audience:
        """Raises Invalid where that cannot be done: a segment is gone, or there are too many."""
        return _all_placed(audience, await self.meanings(app_id, audience.rules, pointer), pointer)

    async def used(self, app_id: str, audience: Audience, at: datetime) -> Audience:
        """The same, and it is written down that a campaign goes out to them."""
        meanings = await self.meanings(app_id, audience.rules, "/audience")
        await self._store.used(app_id, sorted(meanings), at)
        return _all_placed(audience, meanings, "/audience")

    async def meanings(
        self, app_id: str, rules: Iterable[Rule], pointer: str, instead: Segment | None = None
    ) -> dict[str, Rule]:
        """The rules of all segments that these lead to, one of them as it is `instead`. Raises Invalid."""
        found: dict[str, Rule] = {instead.id: instead.rule} if instead is not None else {}
        waiting = named_in(rules) - found.keys()
        while waiting:
            for segment in await self._store.get_many(app_id, sorted(waiting)):
                found[segment.id] = segment.rule
            gone = sorted(waiting - found.keys())
            if gone:
                raise Invalid(pointer, f"There is no segment {gone[0]}.")
            if len(found) > _MOST:
                raise Invalid(pointer, f"This leads to more than {_MOST} segments.")
            waiting = named_in(found.values()) - found.keys()
        return found


def _all_placed(audience: Audience, meanings: Mapping[str, Rule], pointer: str) -> Audience:
    exclude = audience.exclude
    return Audience(
        include=placed(audience.include, meanings, f"{pointer}/include"),
        exclude=placed(exclude, meanings, f"{pointer}/exclude") if exclude is not None else None,
    )


def placed(rule: Rule, meanings: Mapping[str, Rule], pointer: str) -> Rule:
    """Raises Invalid."""
    try:
        return put_in_place(rule, meanings)
    except TooLarge:
        detail = "With its segments in their places this is too large or too deep, or a segment names itself."
        raise Invalid(pointer, detail) from None

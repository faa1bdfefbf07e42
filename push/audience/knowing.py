"""What rules ask of persons: of everybody at once, or of a few by name."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from push.audience.compiling import path, sifted
from push.audience.crowds import Crowd, Crowds, packed, wanted
from push.audience.meaning import Facts, holds, known_of_person, within
from push.audience.rules import Rule
from push.ledger.model import campaign_of
from push.ledger.store import LedgerStore
from push.people.doings.store import DoingStore
from push.people.model import Person
from push.people.store import PeopleStore

MadeFrom = Callable[[str, str], Awaitable[Sequence[str]]]
"""Told (app, campaign); answers what was made from the campaign: its runs and its second step."""
_SHOWN_BY = {
    "received": ("received_at", "displayed_at", "opened_at", "clicked_at"),
    "opened": ("opened_at", "clicked_at"),
    "clicked": ("clicked_at",),
    "converted": ("converted_at",),
}
"""What shows that a step was taken; the first of these tells when."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Knowing:
    def __init__(self, people: PeopleStore, ledger: LedgerStore, doings: DoingStore, made_from: MadeFrom) -> None:
        self._people = people
        self._ledger = ledger
        self._doings = doings
        self._made_from = made_from

    async def crowds(self, app_id: str, rules: Iterable[Rule], now: datetime) -> Crowds:
        """Everybody of whom it is so, for each rule about persons. Each source is read once, from end to end."""
        asked = wanted(rules)
        of_fields = {key: rule for key, rule in asked.items() if rule.field is not None}
        of_campaigns: dict[str, dict[bytes, Rule]] = defaultdict(dict)
        of_events: dict[str, dict[bytes, Rule]] = defaultdict(dict)
        for key, rule in asked.items():
            if rule.campaign_id is not None:
                of_campaigns[rule.campaign_id][key] = rule
            elif rule.event is not None:
                of_events[rule.event][key] = rule
        found = await self._of_fields(app_id, of_fields, now) if of_fields else {}
        for campaign_id, those in of_campaigns.items():
            found |= await self._of_campaign(app_id, campaign_id, those, now)
        for name, those in of_events.items():
            found |= await self._of_event(app_id, name, those, now)
        return {key: await asyncio.to_thread(Crowd, parts) for key, parts in found.items()}

    async def facts(
        self, app_id: str, people: Sequence[Person], rules: Iterable[Rule], now: datetime
    ) -> dict[str, Facts]:
        """What these rules ask of these persons, by person, without any device."""
        asked = list(wanted(rules).values())
        campaigns = sorted({rule.campaign_id for rule in asked if rule.campaign_id is not None})
        events = sorted({rule.event for rule in asked if rule.event is not None})
        did = await self._did(app_id, people, campaigns) if campaigns else {}
        happened: dict[str, dict[str, datetime]] = defaultdict(dict)
        if events:
            for doing in await self._doings.of_people(app_id, [person.id for person in people], events):
                happened[doing["person_id"]][doing["name"]] = doing["last_at"]
        return {
            person.id: Facts(
                now=now,
                external_id=person.external_id,
                attributes=person.attributes,
                relations=person.relations,
                did=did.get(person.id, {}),
                happened=happened.get(person.id, {}),
            )
            for person in people
        }

    async def _of_fields(self, app_id: str, rules: Mapping[bytes, Rule], now: datetime) -> dict[bytes, list[Any]]:
        names = {str(rule.field) for rule in rules.values()}
        found: dict[bytes, list[Any]] = {key: [] for key in rules}
        query = sifted(Rule(or_=tuple(rules.values())), now, persons=True)
        async for page in self._people.walk(app_id, [path(name) for name in names], query):
            for key, rule in rules.items():
                field = str(rule.field)
                ids = [
                    each["_id"]
                    for each in page
                    if holds(rule, known_of_person(field, each.get("attributes", {}), each.get("relations", ())), now)
                ]
                found[key].append(packed(ids))
        return found

    async def _of_campaign(
        self, app_id: str, campaign_id: str, rules: Mapping[bytes, Rule], now: datetime
    ) -> dict[bytes, list[Any]]:
        found: dict[bytes, list[Any]] = {key: [] for key in rules}
        stamps = sorted({stamp for rule in rules.values() for stamp in _SHOWN_BY[rule.did or ""]})
        for each in (campaign_id, *await self._made_from(app_id, campaign_id)):
            async for page in self._ledger.steps_of_campaign(app_id, each, stamps):
                for key, rule in rules.items():
                    ids = [row["person_id"] for row in page if _recent(taken(row, rule.did or ""), rule, now)]
                    found[key].append(packed(ids))
        return found

    async def _of_event(
        self, app_id: str, name: str, rules: Mapping[bytes, Rule], now: datetime
    ) -> dict[bytes, list[Any]]:
        found: dict[bytes, list[Any]] = {key: [] for key in rules}
        async for page in self._doings.of_name(app_id, name):
            for key, rule in rules.items():
                ids = [each["person_id"] for each in page if _recent(each["last_at"], rule, now)]
                found[key].append(packed(ids))
        return found

    async def _did(
        self, app_id: str, people: Sequence[Person], campaigns: Sequence[str]
    ) -> dict[str, dict[tuple[str, str], datetime]]:
        counts_as = {campaign: campaign for campaign in campaigns}
        for campaign in campaigns:
            counts_as |= dict.fromkeys(await self._made_from(app_id, campaign), campaign)
        did: dict[str, dict[tuple[str, str], datetime]] = defaultdict(dict)
        for person in people:
            for row in await self._ledger.steps_of_person(app_id, person.id):
                counted = counts_as.get(campaign_of(row["_id"]))
                for step in _SHOWN_BY if counted is not None else ():
                    moment = taken(row, step)
                    if moment is not None:
                        key = (counted or "", step)
                        did[person.id][key] = max(moment, did[person.id].get(key, _NEVER))
        return did


def taken(row: Mapping[str, Any], step: str) -> datetime | None:
    """When a delivery came so far, as far as it shows: who opened it has received it."""
    moments = [row[name] for name in _SHOWN_BY[step] if row.get(name) is not None]
    return min(moments, default=None)


def _recent(moment: datetime | None, rule: Rule, now: datetime) -> bool:
    if moment is None:
        return False
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return rule.within_days is None or within(moment, rule.within_days, now)

"""What a person was sent and what became of it, campaign by campaign, and what they said about promotion."""

from msgspec import Struct

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.database import Document
from push.errors import BadCursor, PersonNotFound
from push.ledger.model import Row
from push.ledger.store import LedgerStore
from push.people.model import Person
from push.people.store import PeopleStore

MOST_CONSENTS = 100


class Past(Struct, frozen=True):
    row: Row
    campaign: Campaign | None
    """None when it is gone."""


class Histories:
    def __init__(self, people: PeopleStore, campaigns: CampaignStore, ledger: LedgerStore) -> None:
        self._people = people
        self._campaigns = campaigns
        self._ledger = ledger

    async def deliveries(
        self, app_id: str, external_id: str, limit: int, cursor: str | None
    ) -> tuple[list[Past], str | None]:
        """Those of the newest campaign first, and the cursor of the next page. Raises PersonNotFound, BadCursor.

        A broadcast is there once the person has looked at it.
        """
        if cursor is not None and not cursor.startswith("dlv_"):
            raise BadCursor
        person = await self._person(app_id, external_id)
        rows = await self._ledger.newest_of_person(app_id, person.id, cursor, limit + 1)
        shown = rows[:limit]
        campaigns = await self._campaigns.get_many(app_id, sorted({row.campaign_id for row in shown}))
        past = [Past(row, campaigns.get(row.campaign_id)) for row in shown]
        return past, shown[-1].id if len(rows) > limit else None

    async def consents(self, app_id: str, external_id: str) -> list[Document]:
        """The last MOST_CONSENTS words of theirs about promotion, the newest first. Raises PersonNotFound."""
        person = await self._person(app_id, external_id)
        return [said async for said in self._people.latest_consents(app_id, person.id, MOST_CONSENTS)]

    async def _person(self, app_id: str, external_id: str) -> Person:
        person = await self._people.by_external_id(app_id, external_id)
        if person is None:
            raise PersonNotFound(external_id)
        return person

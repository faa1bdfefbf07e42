"""Who got a letter wants no more such letters: one step, and no key but the letter's own."""

from msgspec import Struct

from push.apps.service import Apps
from push.apps.tokens import Tokens
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.errors import PersonNotFound
from push.ledger.model import campaign_of
from push.ledger.store import LedgerStore
from push.people.service import People
from sdk_contracts.wire.people import CategoryPreference, Consent, PreferencesChange

SOURCE = "unsubscribe link"


class Offer(Struct, frozen=True):
    """What would end."""

    app_name: str
    category: str | None
    """None: all promotion, on every channel."""


class Unsubscribing:
    def __init__(
        self, tokens: Tokens, apps: Apps, campaigns: CampaignStore, ledger: LedgerStore, people: People, clock: Clock
    ) -> None:
        self._tokens = tokens
        self._apps = apps
        self._campaigns = campaigns
        self._ledger = ledger
        self._people = people
        self._clock = clock

    async def offer(self, token: str) -> Offer:
        """Changes nothing. Raises BadReceipt, AppNotFound."""
        app_id, delivery = self._tokens.read_unsubscribe(token)
        campaign = await self._campaigns.get(app_id, campaign_of(delivery))
        return Offer((await self._apps.get(app_id)).name, campaign.category if campaign else None)

    async def unsubscribe(self, token: str) -> Offer:
        """A category ends by letter; where there was none, consent to promotion is taken back. Again changes nothing.

        Who was erased meanwhile gets no letters anyway. Raises BadReceipt, AppNotFound.
        """
        offer = await self.offer(token)
        app_id, delivery = self._tokens.read_unsubscribe(token)
        row = (await self._ledger.existing(app_id, [delivery])).get(delivery)
        if row is None:
            return offer
        try:
            await self._refuse(app_id, row["person_id"], offer.category)
        except PersonNotFound:
            return offer
        return offer

    async def _refuse(self, app_id: str, person_id: str, category: str | None) -> None:
        known = await self._people.preferences(app_id, person_id)
        if category is None:
            if known.consent is not None and not known.consent.promotion:
                return
            said = Consent(promotion=False, at=self._clock.now(), source=SOURCE)
            await self._people.change_preferences(app_id, person_id, PreferencesChange(consent=said))
            return
        before = known.categories.get(category)
        muted = CategoryPreference(
            push=before.push if before else True, inbox=before.inbox if before else True, email=False
        )
        await self._people.change_preferences(app_id, person_id, PreferencesChange(categories={category: muted}))

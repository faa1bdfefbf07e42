"""The frequency cap: how many campaigns of promotion a person is pushed within 24 hours."""

from collections.abc import Sequence

from push.apps.model import App
from push.clock import Clock
from push.limits.store import PromotionStore

_BY_NAME = 2000


class Capping:
    """Counts people, not devices: the second device of one person gets the same campaign without counting again.

    A place is taken before the provider is asked and kept whatever it answers; a retry finds its own place.
    """

    def __init__(self, store: PromotionStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    async def admit(
        self, app: App, kind: str, campaign_id: str, person_ids: Sequence[str], *, ignored: bool = False
    ) -> set[str]:
        """Those of these people who may be pushed this campaign, for whom it counts from now on.

        `ignored` as in `limits.ignore_frequency_cap`: everybody may, and it counts all the same.
        """
        if kind != "promotion" or app.promotions_per_day is None or not person_ids:
            return set(person_ids)
        most = None if ignored else app.promotions_per_day
        return await self.store.enter(app.id, campaign_id, person_ids, most, self._clock.now())

    async def capped(
        self, app: App, kind: str, *, among: Sequence[str] | None = None, ignored: bool = False
    ) -> set[str]:
        """Everybody who may not be pushed another campaign of this kind now; about 120,000 people a second.

        Where only some matter, who may be among others in the answer, a few are looked up by name.
        """
        if kind != "promotion" or app.promotions_per_day is None or ignored:
            return set()
        if among is not None and len(among) <= _BY_NAME:
            return await self.store.full_among(app.id, app.promotions_per_day, self._clock.now(), among)
        return await self.store.full(app.id, app.promotions_per_day, self._clock.now())

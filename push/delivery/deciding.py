"""Which variant of an experiment goes to the rest."""

import structlog

from push.campaigns.model import Campaign
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.ledger.model import PEOPLE
from push.ledger.service import Ledger

log = structlog.get_logger()


class Deciding:
    def __init__(self, campaigns: CampaignStore, ledger: Ledger, clock: Clock) -> None:
        self._campaigns = campaigns
        self._ledger = ledger
        self._clock = clock

    async def decided(self, campaign: Campaign) -> Campaign | None:
        """With the variant that has won: said once, whoever asks first. None while people are still being added."""
        experiment = campaign.experiment
        if campaign.won is not None or experiment is None or experiment.winner is None:
            return campaign
        if not campaign.planned:
            return None
        counted = await self._ledger.counters.variants(campaign.app_id, campaign.id)
        rates: dict[str, float] = {}
        for group, channels in counted.items():
            if PEOPLE in channels and (people := channels[PEOPLE])["targeted"]:
                rates[group] = people[experiment.winner.metric] / people["targeted"]
        decided = await self._campaigns.decide(campaign, experiment.best(rates), self._clock.now())
        log.info("experiment_decided", app_id=campaign.app_id, campaign_id=campaign.id, variant=decided.won)
        return decided

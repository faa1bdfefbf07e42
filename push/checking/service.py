"""The check before a campaign goes out."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from push.apps.model import App
from push.apps.service import Apps
from push.audience.service import Audiences
from push.campaigns.findings import Checked, Finding, Findings
from push.campaigns.model import Campaign
from push.campaigns.moving import Moves
from push.campaigns.reviewing import Reviewing
from push.campaigns.searching import EVERYTHING
from push.campaigns.store import CampaignStore
from push.checking import effects, texts
from push.checking.sample import RENDERED, TRIED, Sample
from push.clock import Clock
from push.content.facts import sample_event
from push.content.links import links
from push.devices.model import Device
from push.errors import CampaignNotFound, NeedsApproval, NotReady
from push.media.model import media_in
from push.people.store import PeopleStore
from sdk_contracts.wire.audience import Audience as AudienceContract
from sdk_contracts.wire.campaigns import EstimateRequest
from sdk_contracts.wire.campaigns import Limits as LimitsContract

IsGone = Callable[[str, str], Awaitable[bool]]
"""(app, image)"""
_RECENT = timedelta(days=7)
_LOOKED_AT = 100


class Checking:
    def __init__(
        self,
        moves: Moves,
        store: CampaignStore,
        apps: Apps,
        audiences: Audiences,
        people: PeopleStore,
        reviewing: Reviewing,
        is_gone: IsGone,
        clock: Clock,
    ) -> None:
        self._moves = moves
        self._store = store
        self._apps = apps
        self._audiences = audiences
        self._people = people
        self._reviewing = reviewing
        self._is_gone = is_gone
        self._clock = clock

    async def check(self, app_id: str, campaign_id: str) -> Checked:
        """All that is found in it as it is now, kept with it until it is changed. Reads everybody who is meant.

        Raises CampaignNotFound, also for a message.
        """
        campaign = await self._moves.get(app_id, campaign_id)
        if campaign.type != "campaign":
            raise CampaignNotFound(campaign_id)
        app = await self._apps.get(app_id)
        found = await self._find(campaign, app)
        checked = Checked(
            version=campaign.review.version, at=self._clock.now(), errors=found.errors, warnings=found.warnings
        )
        await self._store.keep_check(campaign, checked)
        return checked

    async def pass_on(self, campaign: Campaign) -> None:
        """Raises NotReady where the words are wrong, or failed for all they were tried on by the last check."""
        tried = [error for error in campaign.checked.errors if error.code in TRIED] if campaign.checked else []
        wrong = [*texts.wrong(campaign, await self._apps.get(campaign.app_id)), *await self._vanished(campaign)]
        errors = [*wrong, *tried]
        if errors:
            raise NotReady([(error.pointer, error.detail) for error in errors])

    async def _find(self, campaign: Campaign, app: App) -> Findings:
        errors, warnings = list(texts.wrong(campaign, app)), list(texts.odd(campaign))
        errors += await self._vanished(campaign)
        sample = await self._sample(campaign, app)
        # Liquid takes its time, and others are waiting.
        fails, may_fail = await asyncio.to_thread(sample.failing, campaign)
        errors, warnings = errors + fails, warnings + may_fail
        for at, content in texts.contents(campaign):
            warnings += sample.untranslated(content, at)
        estimate = await self._audiences.estimate(campaign.app_id, _asked(campaign))
        if not estimate.complete:
            # What is found has to hold, so a part of the numbers will not do.
            estimate = await self._audiences.estimate(campaign.app_id, _asked(campaign, exact=True))
        warnings += effects.odd(campaign, estimate, app)
        now = self._clock.now()
        if campaign.expired(now):
            detail = "This campaign would expire before anybody gets it."
            errors.append(Finding(code="expired_already", pointer="/limits/expires_at", detail=detail))
        try:
            await self._reviewing.check(campaign)
        except NeedsApproval as error:
            warnings.append(Finding(code="needs_approval", pointer="", detail=str(error), count=error.above))
        warnings += await self._repeated(campaign)
        return Findings(errors=tuple(errors), warnings=tuple(warnings))

    async def _sample(self, campaign: Campaign, app: App) -> Sample:
        """The first page of those who are meant, and what is known of the first of them."""
        devices: list[Device] = []
        async for page in self._audiences.walk(campaign.app_id, campaign.audience).devices():
            devices += page
            if len(devices) >= RENDERED:
                break
        event = sample_event(name, self._clock.now()) if (name := campaign.triggered_by) else None
        asked = sorted({device.person_id for device in devices[:RENDERED]})
        people = await self._people.get_many(campaign.app_id, asked) if asked else []
        return Sample(devices, {person.id: person for person in people}, {"name": app.name}, event)

    async def _vanished(self, campaign: Campaign) -> list[Finding]:
        """Images of ours that were thrown away."""
        return [
            Finding(
                code="dead_link", pointer=f"{at}/content{place}", detail="This image was deleted.", facts={"link": link}
            )
            for at, content in texts.contents(campaign)
            for place, link in links(content)
            if (image := media_in(link)) and await self._is_gone(campaign.app_id, image)
        ]

    async def _repeated(self, campaign: Campaign) -> list[Finding]:
        """Campaigns that went out lately and said the same."""
        page, _ = await self._store.page(campaign.app_id, None, _LOOKED_AT, EVERYTHING)
        since, said = self._clock.now() - _RECENT, _said(campaign)
        return [
            Finding(
                code="repeated",
                pointer="/content",
                detail=f"“{each.name}” ({each.id}) said the same on {each.launched_at:%Y-%m-%d}.",
                facts={"name": each.name, "campaign_id": each.id, "on": f"{each.launched_at:%Y-%m-%d}"},
            )
            for each in page
            if each.id != campaign.id and each.launched_at and each.launched_at >= since and said & _said(each)
        ]


def _said(campaign: Campaign) -> set[tuple[str, str]]:
    """Titles and texts, whatever their case and spaces."""
    return {
        (" ".join(text.title.casefold().split()), " ".join(text.body.casefold().split()))
        for _, content in texts.contents(campaign)
        for text in content.translations.values()
    }


def _asked(campaign: Campaign, *, exact: bool = False) -> EstimateRequest:
    return EstimateRequest(
        exact=exact,
        audience=msgspec.convert(msgspec.to_builtins(campaign.audience), AudienceContract),
        kind=campaign.kind,  # type: ignore[arg-type]
        category=campaign.category,
        channels=list(campaign.channels),  # type: ignore[arg-type]
        limits=LimitsContract(**msgspec.structs.asdict(campaign.limits)),
    )

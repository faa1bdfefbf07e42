"""Composing, launching and stopping campaigns, and sending messages."""

from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from push.apps.service import Apps
from push.audience.rules import Audience, Rule
from push.audience.service import Audiences
from push.audit.service import Witness
from push.campaigns.experiment import Experiment, Variant, Winner
from push.campaigns.model import COMPOSED, Campaign, Conversion, FollowUp, Limits
from push.campaigns.moving import Moves
from push.campaigns.review import Review
from push.campaigns.reviewing import Reviewing
from push.campaigns.searching import EVERYTHING, Search
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.content.composing import content_of
from push.errors import BadCursor, CampaignNotFound, IllegalMove, Invalid
from push.ids import new_id
from push.limits.quiet import zone_of
from push.scheduling.composing import to_schedule
from push.scheduling.model import Start
from sdk_contracts.wire.campaigns import CampaignChange, CampaignDraft, MessageRequest
from sdk_contracts.wire.campaigns import Conversion as ConversionContract
from sdk_contracts.wire.campaigns import Experiment as ExperimentContract
from sdk_contracts.wire.campaigns import FollowUp as FollowUpContract
from sdk_contracts.wire.campaigns import Limits as LimitsContract
from sdk_contracts.wire.scheduling import Schedule as ScheduleContract


class Campaigns:
    def __init__(
        self,
        moves: Moves,
        store: CampaignStore,
        reviewing: Reviewing,
        audiences: Audiences,
        apps: Apps,
        clock: Clock,
    ) -> None:
        self._audiences = audiences
        self._moves = moves
        self._store = store
        self._reviewing = reviewing
        self._apps = apps
        self._clock = clock
        self.on_launching: list[Callable[[Campaign], Awaitable[None]]] = []
        """Called before it is launched; what one raises keeps it from that."""
        self.on_cancelled: list[Callable[[str, str], Awaitable[None]]] = []
        """Called as (app, campaign) once it is stored."""

    async def create(
        self, app_id: str, draft: CampaignDraft, campaign_id: str | None = None, editor: str | None = None
    ) -> Campaign:
        """A draft, written with the key `editor`. With `campaign_id`, a second call answers what the first one made.

        Raises Invalid.
        """
        campaign = Campaign(
            id=campaign_id or new_id("cmp"),
            app_id=app_id,
            type="campaign",
            state="draft",
            name=draft.name,
            kind=draft.kind,
            category=draft.category,
            content=content_of(draft.content),
            audience=await self._audiences.compose(app_id, draft.audience),
            channels=tuple(dict.fromkeys(draft.channels)),
            limits=_limits(draft.limits),
            experiment=_experiment(draft.experiment),
            tags=tuple(dict.fromkeys(draft.tags)),
            review=Review(editors=(editor,) if editor else ()),
            schedule=to_schedule(draft.schedule),
            follow_up=_follow_up(draft.follow_up),
            conversion=_conversion(draft.conversion),
            created_at=self._clock.now(),
        )
        return await self._add(campaign)

    async def send(self, app_id: str, request: MessageRequest, message_id: str | None = None) -> Campaign:
        """A message to named people, on its way at once. Raises Invalid."""
        named = msgspec.to_builtins(request.to)
        if len(named) != 1:
            raise Invalid("/to", "Name people by external_ids or devices by device_ids, one of the two.")
        content = content_of(request.content)
        if request.ttl_seconds is not None:
            content = msgspec.structs.replace(content, ttl_seconds=request.ttl_seconds)
        now = self._clock.now()
        message = Campaign(
            id=message_id or new_id("cmp"),
            app_id=app_id,
            type="transactional",
            state="draft",
            name="",
            kind=request.kind,
            category=request.category,
            content=content,
            audience=Audience(include=msgspec.convert(named, Rule)),
            channels=tuple(dict.fromkeys(request.channels)),
            created_at=now,
        )
        return await self._add(message.launch(now))

    async def get(self, app_id: str, campaign_id: str) -> Campaign:
        """Raises CampaignNotFound."""
        return await self._moves.get(app_id, campaign_id)

    async def page(
        self, app_id: str, limit: int, cursor: str | None, wanted: Search = EVERYTHING
    ) -> tuple[list[Campaign], str | None]:
        """Newest first, and the cursor of the next page; where few of many are wanted a page may be short of some.

        Runs are there only where asked for.
        Raises BadCursor.
        """
        if cursor is not None and not cursor.startswith("cmp_"):
            raise BadCursor
        return await self._store.page(app_id, cursor, limit, wanted)

    async def copy(
        self, app_id: str, campaign_id: str, copy_id: str | None = None, editor: str | None = None
    ) -> Campaign:
        """A new draft that says the same. With `copy_id`, a second call answers what the first one made.

        Raises CampaignNotFound, also for a message.
        """
        original = await self.get(app_id, campaign_id)
        if original.type != "campaign":
            raise CampaignNotFound(campaign_id)
        written = {name: getattr(original, name) for name in COMPOSED}
        copy = Campaign(
            id=copy_id or new_id("cmp"),
            app_id=app_id,
            type="campaign",
            state="draft",
            review=Review(editors=(editor,) if editor else ()),
            created_at=self._clock.now(),
            **{**written, "name": _copied(original.name)},
        )
        return await self._add(copy)

    async def archive(self, app_id: str, campaign_id: str) -> Campaign:
        """Out of the lists that do not ask for it. Raises CampaignNotFound, IllegalMove, Outdated."""
        campaign = await self.get(app_id, campaign_id)
        archived = campaign.archive(self._clock.now())
        return await self._moves.move(campaign, archived, "archived") if archived != campaign else campaign

    async def unarchive(self, app_id: str, campaign_id: str) -> Campaign:
        """Raises CampaignNotFound, Outdated."""
        campaign = await self.get(app_id, campaign_id)
        if campaign.archived_at is None:
            return campaign
        return await self._moves.move(campaign, msgspec.structs.replace(campaign, archived_at=None), "unarchived")

    async def change(
        self, app_id: str, campaign_id: str, change: CampaignChange, editor: str | None = None
    ) -> Campaign:
        """The next version, written with the key `editor`; other tags make none and may come at any time.

        Raises CampaignNotFound, IllegalMove, Outdated, Invalid.
        """
        campaign = await self.get(app_id, campaign_id)
        given = {k: v for k, v in msgspec.structs.asdict(change).items() if v is not msgspec.UNSET}
        fields: dict[str, Any] = {name: given[name] for name in ("name", "kind", "category") if name in given}
        if "content" in given:
            fields["content"] = content_of(given["content"])
        if "audience" in given:
            fields["audience"] = await self._audiences.compose(app_id, given["audience"])
        if "channels" in given:
            fields["channels"] = tuple(dict.fromkeys(given["channels"]))
        if "limits" in given:
            fields["limits"] = _limits(given["limits"])
        if "experiment" in given:
            fields["experiment"] = _experiment(given["experiment"])
        if "schedule" in given:
            fields["schedule"] = to_schedule(given["schedule"])
        if "follow_up" in given:
            fields["follow_up"] = _follow_up(given["follow_up"])
        if "conversion" in given:
            fields["conversion"] = _conversion(given["conversion"])
        tags = {"tags": tuple(dict.fromkeys(given["tags"]))} if "tags" in given else {}
        changed = campaign.changed(editor, **fields) if fields or not tags else campaign
        changed = msgspec.structs.replace(changed, **tags)
        return await self._moves.move(campaign, changed, "changed")

    async def delete(self, app_id: str, campaign_id: str) -> None:
        """Only a draft goes without a trace. Raises CampaignNotFound, IllegalMove."""
        if not await self._store.remove_draft(app_id, campaign_id):
            raise IllegalMove((await self.get(app_id, campaign_id)).state, "deleted")

    async def launch(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Hand it to the workers, now or at its time.

        This and the other moves are written down by a `witness`, if there is one.
        Raises CampaignNotFound, IllegalMove, Outdated, Invalid, NotReady, and NeedsApproval where the app wants four
        eyes on it.
        """
        campaign = await self.get(app_id, campaign_id)
        now = self._clock.now()
        launched = campaign.launch(now, await self._zone(campaign))
        if campaign.expired(now):
            raise Invalid("/limits/expires_at", "This campaign would expire before anybody gets it.")
        await self._audiences.settled(app_id, campaign.audience)
        for look_at in self.on_launching:
            await look_at(campaign)
        await self._reviewing.check(campaign)
        return await self._moves.move(campaign, launched, "launched", witness)

    async def pause(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Hold back what is not sent yet, within one batch per worker. Raises CampaignNotFound, IllegalMove."""
        campaign = await self.get(app_id, campaign_id)
        return await self._moves.move(campaign, campaign.pause(), "paused", witness)

    async def resume(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Raises CampaignNotFound, IllegalMove."""
        campaign = await self.get(app_id, campaign_id)
        resumed = campaign.resume(self._clock.now(), await self._zone(campaign))
        return await self._moves.move(campaign, resumed, "resumed", witness)

    async def cancel(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Stop what is not sent yet, within one batch per worker, or a second step that is to come.

        Raises CampaignNotFound, IllegalMove, Outdated.
        """
        campaign = await self.get(app_id, campaign_id)
        cancelled = await self._moves.move(campaign, campaign.cancel(self._clock.now()), "cancelled", witness)
        for call_off in self.on_cancelled if cancelled.state == "cancelled" else ():
            await call_off(app_id, campaign_id)
        return cancelled

    async def coming(self, app_id: str, contract: ScheduleContract, count: int) -> tuple[str, list[Start]]:
        """The app's time zone, and the next runs of a schedule that were launched now. Raises Invalid."""
        schedule = to_schedule(contract)
        assert schedule is not None
        zone = zone_of((await self._apps.get(app_id)).timezone)
        return zone.key, list(islice(schedule.coming(self._clock.now(), zone), count))

    async def _zone(self, campaign: Campaign) -> ZoneInfo:
        """Where the app is, for a campaign with a schedule."""
        return zone_of((await self._apps.get(campaign.app_id)).timezone) if campaign.schedule else zone_of()

    async def _add(self, campaign: Campaign) -> Campaign:
        if await self._store.add(campaign):
            return campaign
        return await self.get(campaign.app_id, campaign.id)


def _copied(name: str) -> str:
    """Names have at most 200 characters."""
    return f"{name[:193]} (copy)"


def _follow_up(contract: FollowUpContract | None) -> FollowUp | None:
    """Raises Invalid."""
    if contract is None:
        return None
    content = content_of(contract.content, "/follow_up") if contract.content else None
    channels = tuple(dict.fromkeys(contract.channels))
    return FollowUp(
        after_seconds=contract.after_seconds, channels=channels, content=content, highlight=contract.highlight
    )


def _conversion(contract: ConversionContract | None) -> Conversion | None:
    return Conversion(**msgspec.structs.asdict(contract)) if contract else None


def _limits(contract: LimitsContract) -> Limits:
    return Limits(**msgspec.structs.asdict(contract))


def _experiment(contract: ExperimentContract | None) -> Experiment | None:
    """Raises Invalid, also for a variant that could not be sent."""
    if contract is None:
        return None
    names = [variant.name for variant in contract.variants]
    if len(set(names)) < len(names):
        raise Invalid("/experiment/variants", "Each variant has a name of its own.")
    variants = tuple(
        Variant(
            name=variant.name,
            weight=variant.weight,
            content=content_of(variant.content, f"/experiment/variants/{number}"),
        )
        for number, variant in enumerate(contract.variants)
    )
    winner = Winner(**msgspec.structs.asdict(contract.winner)) if contract.winner else None
    return Experiment(variants=variants, holdout_percent=contract.holdout_percent, winner=winner)

"""Composing, launching and stopping campaigns, and sending messages."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from push.audience.rules import Audience, Rule
from push.audience.service import to_audience
from push.audit.service import Witness
from push.campaigns.model import Campaign, Limits, State
from push.campaigns.store import CampaignStore
from push.clock import Clock
from push.content.limits import payload_problems
from push.content.model import Content
from push.content.rendering import Renderer
from push.database import Database, Session
from push.errors import BadCursor, CampaignNotFound, IllegalMove, Invalid
from push.ids import new_id
from sdk_contracts.wire.campaigns import CampaignChange, CampaignDraft, MessageRequest
from sdk_contracts.wire.campaigns import Limits as LimitsContract


class Campaigns:
    def __init__(self, database: Database, store: CampaignStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self.on_cancelled: list[Callable[[str, str], Awaitable[None]]] = []
        """Called as (app, campaign) once it is stored."""

    async def create(self, app_id: str, draft: CampaignDraft, campaign_id: str | None = None) -> Campaign:
        """A draft. With `campaign_id`, a second call answers what the first one made. Raises Invalid."""
        campaign = Campaign(
            id=campaign_id or new_id("cmp"),
            app_id=app_id,
            type="campaign",
            state="draft",
            name=draft.name,
            kind=draft.kind,
            category=draft.category,
            content=_content(draft.content),
            audience=to_audience(draft.audience),
            channels=tuple(dict.fromkeys(draft.channels)),
            limits=_limits(draft.limits),
            created_at=self._clock.now(),
        )
        return await self._add(campaign)

    async def send(self, app_id: str, request: MessageRequest, message_id: str | None = None) -> Campaign:
        """A message to named people, on its way at once. Raises Invalid."""
        named = msgspec.to_builtins(request.to)
        if len(named) != 1:
            raise Invalid("/to", "Name people by external_ids or devices by device_ids, one of the two.")
        content = _content(request.content)
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
        campaign = await self._store.get(app_id, campaign_id)
        if campaign is None:
            raise CampaignNotFound(campaign_id)
        return campaign

    async def page(
        self, app_id: str, limit: int, cursor: str | None, state: State | None = None
    ) -> tuple[list[Campaign], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        if cursor is not None and not cursor.startswith("cmp_"):
            raise BadCursor
        found = await self._store.page(app_id, cursor, limit + 1, state)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def change(self, app_id: str, campaign_id: str, change: CampaignChange) -> Campaign:
        """Raises CampaignNotFound, IllegalMove, Invalid."""
        campaign = await self.get(app_id, campaign_id)
        given = {k: v for k, v in msgspec.structs.asdict(change).items() if v is not msgspec.UNSET}
        fields: dict[str, Any] = {name: given[name] for name in ("name", "kind", "category") if name in given}
        if "content" in given:
            fields["content"] = _content(given["content"])
        if "audience" in given:
            fields["audience"] = to_audience(given["audience"])
        if "channels" in given:
            fields["channels"] = tuple(dict.fromkeys(given["channels"]))
        if "limits" in given:
            fields["limits"] = _limits(given["limits"])
        return await self._move(campaign, campaign.changed(**fields), "changed")

    async def delete(self, app_id: str, campaign_id: str) -> None:
        """Only a draft goes without a trace. Raises CampaignNotFound, IllegalMove."""
        if not await self._store.remove_draft(app_id, campaign_id):
            raise IllegalMove((await self.get(app_id, campaign_id)).state, "deleted")

    async def launch(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Hand it to the workers; this and the other moves are written down by a `witness`, if there is one.

        Raises CampaignNotFound, IllegalMove, Invalid.
        """
        campaign = await self.get(app_id, campaign_id)
        now = self._clock.now()
        launched = campaign.launch(now)
        if campaign.expired(now):
            raise Invalid("/limits/expires_at", "This campaign would expire before anybody gets it.")
        return await self._move(campaign, launched, "launched", witness)

    async def pause(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Hold back what is not sent yet, within one batch per worker. Raises CampaignNotFound, IllegalMove."""
        campaign = await self.get(app_id, campaign_id)
        return await self._move(campaign, campaign.pause(), "paused", witness)

    async def resume(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Raises CampaignNotFound, IllegalMove."""
        campaign = await self.get(app_id, campaign_id)
        return await self._move(campaign, campaign.resume(self._clock.now()), "resumed", witness)

    async def cancel(self, app_id: str, campaign_id: str, witness: Witness | None = None) -> Campaign:
        """Stop what is not sent yet, within one batch per worker. Raises CampaignNotFound, IllegalMove."""
        campaign = await self.get(app_id, campaign_id)
        cancelled = await self._move(campaign, campaign.cancel(self._clock.now()), "cancelled", witness)
        for call_off in self.on_cancelled:
            await call_off(app_id, campaign_id)
        return cancelled

    async def _add(self, campaign: Campaign) -> Campaign:
        if await self._store.add(campaign):
            return campaign
        return await self.get(campaign.app_id, campaign.id)

    async def _move(self, campaign: Campaign, moved: Campaign, move: str, witness: Witness | None = None) -> Campaign:
        async def store(session: Session) -> bool:
            if witness is not None and await witness.recorded(session):
                return True
            done = await self._store.move(campaign, moved, session)
            if done and witness is not None:
                await witness.record(session)
            return done

        if not await (self._database.transaction(store) if witness else self._store.move(campaign, moved)):
            now = await self.get(campaign.app_id, campaign.id)
            raise IllegalMove(now.state, move)
        return moved


def _limits(contract: LimitsContract) -> Limits:
    return Limits(**msgspec.structs.asdict(contract))


def _content(contract: msgspec.Struct) -> Content:
    """Raises Invalid when a text is no Liquid or the message would be too large for a provider."""
    content = msgspec.convert(msgspec.to_builtins(contract), Content)
    for locale, rendered in Renderer(content).worst_cases():
        for problem in payload_problems(rendered):
            raise Invalid(f"/content/translations/{locale}", problem)
    return content

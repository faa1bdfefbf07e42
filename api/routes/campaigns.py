"""Composing, launching and measuring campaigns; sending messages."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api import experiments, measures, views
from api.auth import COMPOSE, LAUNCH, READ, SEND
from api.idempotency import Once
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.campaigns.searching import Search
from push.engine import Engine
from sdk_contracts.wire import audience, campaigns
from sdk_contracts.wire.common import Page

Tag = Annotated[str, QueryParameter(max_length=64, description="Only those with this tag.")]
Words = Annotated[str, QueryParameter(name="q", max_length=200, description="Only those with this in name or tag.")]
Archived = Annotated[bool, QueryParameter(description="Those that are archived, instead of the others.")]
StateFilter = Annotated[
    campaigns.State | Literal[""], QueryParameter(name="state", description="Only those in this state.")
]
RunOf = Annotated[
    str, QueryParameter(max_length=64, pattern="^(cmp_[0-9a-v]+)?$", description="The runs of this campaign instead.")
]
Bucket = Annotated[Literal["minute", "hour", "day"], QueryParameter(description="How wide a point is, in UTC.")]
RowState = Annotated[str, QueryParameter(name="state", max_length=32, description="Only rows in this state.")]
Reason = Annotated[str, QueryParameter(max_length=64, description="Only rows that ended for this reason.")]


@post("/v1/messages", guards=[SEND], status_code=202, opt={"idempotent": True})
async def send_message(
    data: JSONBody[campaigns.MessageRequest],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.MessageAccepted]:
    """Send to named people or devices at once. The message's numbers are those of a campaign with its id."""

    async def send(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        message = await engine.campaigns.send(caller.app_id, data, attempt.resource_id)
        return 202, campaigns.MessageAccepted(message_id=message.id)

    return await once("cmp", send)


@post("/v1/campaigns", guards=[COMPOSE], opt={"idempotent": True})
async def create_campaign(
    data: JSONBody[campaigns.CampaignDraft],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.Campaign]:
    """Keep a draft. Nothing is sent before it is launched."""

    async def create(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        return 201, views.campaign(
            await engine.campaigns.create(caller.app_id, data, attempt.resource_id, caller.key_id)
        )

    return await once("cmp", create)


@get("/v1/campaigns", guards=[READ], opt={"parameters": {"state": campaigns.State}})
async def list_campaigns(
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    in_state: StateFilter = "",
    tag: Tag = "",
    words: Words = "",
    archived: Archived = False,
    run_of: RunOf = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[campaigns.Campaign]:
    """Campaigns, newest first; a search looks through 2,000 a page.

    Messages are found by their id, runs by what they are runs of.
    """
    wanted = Search(
        state=in_state or None, tag=tag or None, text=words or None, archived=archived, run_of=run_of or None
    )
    found, after = await engine.campaigns.page(caller.app_id, limit, place(cursor), wanted)
    return page(found, views.campaign, after)


@get("/v1/campaigns/{campaign_id:str}", guards=[READ])
async def get_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """One campaign."""
    return views.campaign(await engine.campaigns.get(caller.app_id, campaign_id))


@patch("/v1/campaigns/{campaign_id:str}", guards=[COMPOSE], opt={"problems": (409,)})
async def change_campaign(
    campaign_id: FromPath[str],
    data: JSONBody[campaigns.CampaignChange],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> campaigns.Campaign:
    """Change what is not launched yet; what is left out stays. What was approved has to be approved again."""
    return views.campaign(await engine.campaigns.change(caller.app_id, campaign_id, data, caller.key_id))


@delete("/v1/campaigns/{campaign_id:str}", guards=[COMPOSE], opt={"problems": (409,)})
async def delete_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Throw a draft away."""
    await engine.campaigns.delete(caller.app_id, campaign_id)


@post(
    "/v1/campaigns/{campaign_id:str}/launch",
    guards=[LAUNCH],
    status_code=200,
    opt={"problems": (409,), "idempotent": True},
)
async def launch_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.Campaign]:
    """Send a draft to its audience, now or when its schedule says."""

    async def launch(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        before = await engine.campaigns.get(caller.app_id, campaign_id) if attempt.again else None
        if before is not None and (before.launched_at is not None or before.waits):
            launched = before
        else:
            witness = engine.audit.witness(caller, "campaign.launched", campaign_id, attempt.resource_id)
            launched = await engine.campaigns.launch(caller.app_id, campaign_id, witness)
        return 200, views.campaign(launched)

    return await once("aud", launch)


@post("/v1/campaigns/{campaign_id:str}/cancel", guards=[LAUNCH], status_code=200, opt={"problems": (409,)})
async def cancel_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Stop a campaign; what no provider has been handed yet is not sent.

    The runs of one that repeats or is set off by events end with it; of one that was sent it ends the second step.
    """
    witness = engine.audit.witness(caller, "campaign.cancelled", campaign_id)
    campaign = await engine.campaigns.cancel(caller.app_id, campaign_id, witness)
    return views.campaign(campaign)


@post("/v1/campaigns/{campaign_id:str}/pause", guards=[LAUNCH], status_code=200, opt={"problems": (409,)})
async def pause_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Hold a campaign back; what no provider has been handed yet waits, and nothing begins.

    A run that is under way is a campaign of its own, and is paused by its own id.
    """
    witness = engine.audit.witness(caller, "campaign.paused", campaign_id)
    campaign = await engine.campaigns.pause(caller.app_id, campaign_id, witness)
    return views.campaign(campaign)


@post("/v1/campaigns/{campaign_id:str}/resume", guards=[LAUNCH], status_code=200, opt={"problems": (409,)})
async def resume_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Let a paused campaign go on."""
    witness = engine.audit.witness(caller, "campaign.resumed", campaign_id)
    campaign = await engine.campaigns.resume(caller.app_id, campaign_id, witness)
    return views.campaign(campaign)


@post(
    "/v1/campaigns/{campaign_id:str}/redrive",
    guards=[LAUNCH],
    status_code=200,
    opt={"problems": (409,), "idempotent": True},
)
async def redrive_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.Redriven]:
    """Send dead letters once more, some thousands a call; one that dies again stays dead."""

    async def redrive(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        done = await engine.redriving.redrive(caller, campaign_id, attempt.resource_id)
        return 200, campaigns.Redriven(redriven=done.redriven, remaining=done.remaining)

    return await once("aud", redrive)


@post(
    "/v1/campaigns/{campaign_id:str}/expire-dead-letters",
    guards=[LAUNCH],
    status_code=200,
    opt={"problems": (409,), "idempotent": True},
)
async def expire_dead_letters(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.Expired]:
    """Give dead letters up for good, some thousands a call: they count as skipped, expired. Time does so by itself."""

    async def expire(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        done = await engine.expiring.expire(caller, campaign_id, attempt.resource_id)
        return 200, campaigns.Expired(expired=done.expired, remaining=done.remaining)

    return await once("aud", expire)


@get("/v1/campaigns/{campaign_id:str}/metrics", guards=[READ])
async def get_campaign_metrics(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Metrics:
    """The funnel as counted until now."""
    campaign = await engine.campaigns.get(caller.app_id, campaign_id)
    counts = await engine.ledger.funnel(caller.app_id, campaign_id)
    people = await engine.ledger.people(caller.app_id, campaign_id, campaign.channels, campaign.planned)
    parts = await engine.ledger.counters.parts(caller.app_id, campaign_id)
    shown = None
    if campaign.experiment is not None:
        groups = await engine.ledger.counters.variants(caller.app_id, campaign_id)
        shown = await asyncio.to_thread(experiments.experiment, campaign, groups)
    return measures.metrics(campaign_id, campaign.state, counts, people, parts, engine.clock.now(), shown)


@get("/v1/campaigns/{campaign_id:str}/retention", guards=[READ])
async def get_campaign_retention(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Retention:
    """How many came back a day, a week and a month later, of those it reached and of those it did not."""
    campaign = await engine.campaigns.get(caller.app_id, campaign_id)
    found = await engine.returners.of(campaign)
    return await asyncio.to_thread(experiments.retention, campaign, found)


@get("/v1/campaigns/{campaign_id:str}/timeline", guards=[READ])
async def get_campaign_timeline(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    bucket: Bucket = "minute",
) -> campaigns.Timeline:
    """What happened when; buckets in which nothing happened are left out."""
    await engine.campaigns.get(caller.app_id, campaign_id)
    return measures.timeline(bucket, await engine.ledger.timeline(caller.app_id, campaign_id, bucket))


@get("/v1/campaigns/{campaign_id:str}/recipients", guards=[READ])
async def list_campaign_recipients(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    in_state: RowState = "",
    reason: Reason = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[campaigns.Recipient]:
    """The ledger: who was meant, and how far it got with each."""
    await engine.campaigns.get(caller.app_id, campaign_id)
    rows, after = await engine.ledger.recipients(
        caller.app_id, campaign_id, in_state or None, reason or None, limit, place(cursor)
    )
    people = await engine.people_store.get_many(caller.app_id, sorted({row.person_id for row in rows}))
    called = {person.id: person.external_id for person in people}
    return page(rows, lambda row: views.recipient(row, called.get(row.person_id)), after)


@post("/v1/audience/estimate", guards=[READ], status_code=200)
async def estimate_audience(
    data: JSONBody[campaigns.EstimateRequest], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Estimate:
    """How many an audience means now, and why others would be left out."""
    return await engine.audience.estimate(caller.app_id, data)


@post("/v1/audience/explain", guards=[READ], status_code=200, opt={"problems": (404,)})
async def explain_audience(
    data: JSONBody[audience.ExplainRequest], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> audience.Explanation:
    """Whether an audience means somebody now, and which of its rules decide that, in words."""
    return views.explanation(data.external_id, await engine.audience.explain(caller.app_id, data))


ROUTES: list[Any] = [
    send_message,
    create_campaign,
    list_campaigns,
    get_campaign,
    change_campaign,
    delete_campaign,
    launch_campaign,
    pause_campaign,
    resume_campaign,
    cancel_campaign,
    redrive_campaign,
    expire_dead_letters,
    get_campaign_metrics,
    get_campaign_retention,
    get_campaign_timeline,
    list_campaign_recipients,
    estimate_audience,
    explain_audience,
]

"""Looking at campaigns and approving them before they go out, and keeping them in order."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api import views
from api.auth import COMPOSE, LAUNCH
from api.idempotency import Once
from push.apps.idempotency.service import Attempt
from push.apps.model import Principal
from push.engine import Engine
from push.errors import Invalid
from sdk_contracts.wire import campaigns, scheduling

_NOTHING_SAID = campaigns.Opinion()
_ANYBODY = campaigns.PreviewRequest()


@post("/v1/campaigns/{campaign_id:str}/submit", guards=[COMPOSE], status_code=200, opt={"problems": (409,)})
async def submit_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Ask for approval of a draft as it is now."""
    return views.campaign(await engine.reviewing.submit(caller, campaign_id))


@post("/v1/campaigns/{campaign_id:str}/approve", guards=[LAUNCH], status_code=200, opt={"problems": (409,)})
async def approve_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    data: JSONBody[campaigns.Opinion] = _NOTHING_SAID,
) -> campaigns.Campaign:
    """Approve what was submitted; any later change voids it."""
    return views.campaign(await engine.reviewing.approve(caller, campaign_id, data.version, data.note))


@post("/v1/campaigns/{campaign_id:str}/reject", guards=[LAUNCH], status_code=200, opt={"problems": (409,)})
async def reject_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    data: JSONBody[campaigns.Opinion] = _NOTHING_SAID,
) -> campaigns.Campaign:
    """Give it back to its author, also after it was approved."""
    return views.campaign(await engine.reviewing.reject(caller, campaign_id, data.version, data.note))


@post("/v1/campaigns/{campaign_id:str}/test", guards=[COMPOSE], status_code=202, opt={"idempotent": True})
async def test_campaign(
    campaign_id: FromPath[str],
    data: JSONBody[campaigns.TestSend],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.MessageAccepted]:
    """Send what it says now to these only, at once. Its numbers are found under the message's id."""

    async def send(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        message = await engine.trying.send(caller, campaign_id, data, attempt.resource_id)
        return 202, campaigns.MessageAccepted(message_id=message.id)

    return await once("cmp", send)


@post("/v1/campaigns/{campaign_id:str}/copy", guards=[COMPOSE], opt={"idempotent": True})
async def copy_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    once: NamedDependency[Once],
) -> Response[campaigns.Campaign]:
    """A new draft that says the same as this campaign, whatever became of it."""

    async def copy(attempt: Attempt) -> tuple[int, msgspec.Struct]:
        copied = await engine.campaigns.copy(caller.app_id, campaign_id, attempt.resource_id, caller.key_id)
        return 201, views.campaign(copied)

    return await once("cmp", copy)


@post("/v1/campaigns/{campaign_id:str}/archive", guards=[COMPOSE], status_code=200, opt={"problems": (409,)})
async def archive_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Keep it out of lists: a draft, or one of which nothing more will come."""
    return views.campaign(await engine.campaigns.archive(caller.app_id, campaign_id))


@post("/v1/campaigns/{campaign_id:str}/unarchive", guards=[COMPOSE], status_code=200, opt={"problems": (409,)})
async def unarchive_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Campaign:
    """Back into the lists."""
    return views.campaign(await engine.campaigns.unarchive(caller.app_id, campaign_id))


@post("/v1/campaigns/{campaign_id:str}/check", guards=[COMPOSE], status_code=200)
async def check_campaign(
    campaign_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> campaigns.Check:
    """Look at its words and at everybody it is for, before it goes out. What is found is kept until it changes."""
    return views.convert(await engine.checking.check(caller.app_id, campaign_id), campaigns.Check)


@post("/v1/campaigns/{campaign_id:str}/preview", guards=[COMPOSE], status_code=200)
async def preview_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    data: JSONBody[campaigns.PreviewRequest] = _ANYBODY,
) -> campaigns.Preview:
    """How it looks to one person, or in one language, on each platform and in the inbox."""
    asked = msgspec.to_builtins(data)
    if {"external_id", "locale"} <= asked.keys():
        raise Invalid("", "Name a person or a locale, one of the two.")
    variant, looks = await engine.previewing.preview(caller.app_id, campaign_id, **asked)
    return views.preview(variant, looks)


@post("/v1/schedule/preview", guards=[COMPOSE], status_code=200)
async def preview_schedule(
    data: JSONBody[scheduling.ScheduleRequest], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> scheduling.ComingRuns:
    """When a campaign with this schedule would begin if it were launched now, and its next runs."""
    zone, runs = await engine.campaigns.coming(caller.app_id, data.schedule, data.count)
    starts = [run.occurrence for run in runs]
    return scheduling.ComingRuns(timezone=zone, local_time=data.schedule.local_time, starts=starts)


ROUTES: list[Any] = [
    check_campaign,
    preview_campaign,
    preview_schedule,
    submit_campaign,
    approve_campaign,
    reject_campaign,
    test_campaign,
    copy_campaign,
    archive_campaign,
    unarchive_campaign,
]

"""Backends say what they know of their people, and ask."""

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from api import views
from api.auth import OWNER, PEOPLE, READ
from api.decoding import bad_field
from api.paging import DEFAULT_LIMIT, Cursor, Limit, page, place
from push.apps.model import Principal
from push.engine import Engine
from push.people.model import Person
from push.privacy.model import nobody
from sdk_contracts.wire import common, people
from sdk_contracts.wire.common import Page

CampaignId = Annotated[str, QueryParameter(name="campaign_id", max_length=64, description="Which one it is about.")]
EXTERNAL_ID = {"parameters": {"external_id": common.Token}}


@put(
    "/v1/people/{external_id:str}",
    guards=[PEOPLE],
    responses={201: ResponseSpec(people.Person, description="Not known before")},
    opt=EXTERNAL_ID,
)
async def put_person(
    data: JSONBody[people.PersonChange],
    external_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> Response[people.Person]:
    """Say what is known of a person, who is made when new; what is not named stays. The same again changes nothing."""
    person, created = await engine.upserting.put(caller.app_id, checked(external_id), data)
    return Response(await _view(engine, person), status_code=201 if created else 200)


@get("/v1/people/{external_id:str}", guards=[READ], opt=EXTERNAL_ID)
async def get_person(
    external_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> people.Person:
    """What is known of a person, with the devices they use now."""
    return await _view(engine, await engine.upserting.get(caller.app_id, checked(external_id)))


@get("/v1/people/{external_id:str}/trace", guards=[READ], opt=EXTERNAL_ID)
async def trace_person(
    external_id: FromPath[str],
    campaign_id: CampaignId,
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
) -> people.Trace:
    """Why a person did or did not get a campaign, from the audience to the click, in words."""
    return views.convert(await engine.tracing.trace(caller.app_id, checked(external_id), campaign_id), people.Trace)


@get("/v1/people/{external_id:str}/deliveries", guards=[READ], opt=EXTERNAL_ID)
async def list_person_deliveries(
    external_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> Page[people.PersonDelivery]:
    """What a person was sent, on each device and in the inbox, and how far it got; that of the newest campaign first.

    What everybody has in the inbox is among it once they have looked at it.
    """
    found, after = await engine.histories.deliveries(caller.app_id, checked(external_id), limit, place(cursor))
    return page(found, views.past, after)


@get("/v1/people/{external_id:str}/consents", guards=[READ], opt=EXTERNAL_ID)
async def list_person_consents(
    external_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> Page[people.ConsentSaid]:
    """The last hundred words of a person about promotion, the newest first; the export has every one."""
    return page(await engine.histories.consents(caller.app_id, checked(external_id)), views.consent_said, None)


@delete("/v1/people/{external_id:str}", guards=[OWNER], opt=EXTERNAL_ID)
async def erase_person(
    external_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> None:
    """Erase a person from everywhere.

    They are known and sent to no more when this answers; what is being sent this moment is erased within minutes.
    What was sent stays counted, and is nobody's.
    """
    await engine.erasing.erase(caller, checked(external_id))


@get("/v1/people/{external_id:str}/export", guards=[OWNER], opt=EXTERNAL_ID)
async def export_person(
    external_id: FromPath[str], engine: NamedDependency[Engine], caller: NamedDependency[Principal]
) -> Response[people.PersonExport]:
    """All that is kept of a person. That it was handed out stands in the audit log, without saying whose it was."""
    person = await engine.upserting.get(caller.app_id, checked(external_id))
    await engine.audit.record(caller, "person.exported", nobody("exp"))
    parts = engine.exporting.export(caller.app_id, person.id, engine.clock.now())
    answer: Response[Any] = Stream(parts, media_type="application/json")
    return answer


async def _view(engine: Engine, person: Person) -> people.Person:
    return views.person(person, await engine.device_store.of_person(person.app_id, person.id))


def checked(external_id: str) -> str:
    """Raises BadInput."""
    try:
        return msgspec.convert(external_id, common.Token)
    except msgspec.ValidationError as error:
        raise bad_field("/external_id", str(error)) from None


ROUTES: list[Any] = [
    put_person,
    get_person,
    trace_person,
    list_person_deliveries,
    list_person_consents,
    erase_person,
    export_person,
]

"""What devices report about deliveries."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.auth import DEVICE_OR_RECEIPT
from push.apps.model import Principal
from push.engine import Engine
from push.errors import Unauthenticated
from sdk_contracts.wire import events


@post("/v1/events", guards=[DEVICE_OR_RECEIPT], status_code=202, opt={"problems": (429,)})
async def record_events(
    request: Request[Any, Any, Any],
    data: JSONBody[events.EventBatch],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal | None],
) -> events.EventsAccepted:
    """Report up to 500 events: with the device's key, or with none when each event carries its receipt.

    A 202 means that they are stored. What is reported again counts once.
    """
    if caller is not None:
        answer = await engine.engagement.record(caller.app_id, caller.device_id, data.events, caller.generation)
    elif any(event.receipt is None for event in data.events):
        raise Unauthenticated
    else:
        answer = await engine.engagement.record(None, None, data.events)
    request.app.state.requests.count_events(answer.accepted, answer.duplicates, len(answer.rejected))
    return answer


ROUTES: list[Any] = [record_events]

"""A campaign's ledger and events, as a file."""

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.auth import READ
from push.apps.model import Principal
from push.engagement.exports.model import Format, What
from push.engine import Engine

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
Of = Annotated[What, QueryParameter(description="Its ledger, a line a delivery; or its events, a line a report.")]
Form = Annotated[Format, QueryParameter(name="format", description="How it is written.")]


@get("/v1/campaigns/{campaign_id:str}/export", guards=[READ], opt={"media_types": [*MEDIA_TYPES.values()]})
async def export_campaign(
    campaign_id: FromPath[str],
    engine: NamedDependency[Engine],
    caller: NamedDependency[Principal],
    of: Of = "deliveries",
    form: Form = "csv",
) -> Stream:
    """The whole ledger of a campaign, or all that was reported of it, written as it is read.

    A file that was cut off before its end has no last line break (CSV, NDJSON) or no footer (Parquet).
    """
    await engine.campaigns.get(caller.app_id, campaign_id)
    name = f"{campaign_id}-{of}.{form}"
    return Stream(
        engine.exports.export(caller.app_id, campaign_id, of, form),
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


ROUTES: list[Any] = [export_campaign]

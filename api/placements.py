"""Placements and their numbers as contracts."""

from collections.abc import Iterable
from datetime import datetime

from api.views import utc
from push.placements.keeping import Placements
from push.placements.model import COUNTED, Bucket, Numbers, Placement
from sdk_contracts.wire import placements
from sdk_contracts.wire.campaigns import TimelinePoint


def placement(keeping: Placements, found: Placement, counted: Numbers) -> placements.Placement:
    return placements.Placement(
        id=found.id,
        name=found.name,
        kind=found.kind,
        link=found.link,
        url=keeping.url(found, "click"),
        scan_url=keeping.url(found, "scan"),
        campaign_id=found.campaign_id,
        tags=list(found.tags),
        place=found.place,
        utm=placements.Utm(
            source=found.utm.source,
            medium=found.utm.medium,
            campaign=found.utm.campaign,
            term=found.utm.term,
            content=found.utm.content,
        ),
        carry_id=found.carry_id,
        valid_until=utc(found.valid_until) if found.valid_until else None,
        archived_at=utc(found.archived_at) if found.archived_at else None,
        created_at=utc(found.created_at),
        changed_at=utc(found.changed_at),
        numbers=numbers([counted]),
    )


def numbers(counted: Iterable[Numbers]) -> placements.PlacementNumbers:
    parts = list(counted)
    return placements.PlacementNumbers(**{name: sum(part[name] for part in parts) for name in COUNTED})


def metrics(
    placement_id: str,
    bucket: Bucket,
    start: datetime,
    stop: datetime,
    series: list[tuple[datetime, Numbers]],
    now: datetime,
) -> placements.PlacementMetrics:
    return placements.PlacementMetrics(
        placement_id=placement_id,
        as_of=utc(now),
        from_=utc(start),
        to=utc(stop),
        bucket=bucket,
        total=numbers(counted for _, counted in series),
        timeline=[TimelinePoint(at=utc(at), counts={k: n for k, n in counted.items() if n}) for at, counted in series],
    )

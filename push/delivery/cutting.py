"""Ledger rows cut into batches."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from push.campaigns.model import Campaign
from push.database import Document
from push.delivery.flow.pace import batch_size
from push.delivery.mixing import mixed
from push.delivery.model import Batch, numbered
from push.ledger.model import REST, recipient_of


def cut(campaign: Campaign, now: datetime, *channels: Sequence[Document]) -> list[Batch]:
    """Batches a channel of those that are planned, whose rows are told their lot; `campaign` says how many are cut."""
    batches: list[Batch] = []
    for rows in channels:
        planned = [row for row in rows if row["state"] == "planned"]
        size = batch_size(campaign, planned[0]["channel"]) if planned else 1
        batches += [
            _batch(campaign, now, campaign.batches + number, part)
            for number, part in enumerate(_parts(planned, size), len(batches))
        ]
    return batches


def narrowed(batches: Sequence[Batch], added: set[str], persons: Sequence[Document]) -> list[Batch]:
    """Without the persons who have their row already, by another of their devices."""
    left: list[Batch] = []
    rows = {row["_id"]: row for row in persons}
    for batch in batches:
        if batch.channel == "push":
            left.append(batch)
            continue
        deliveries = batch.deliveries
        keep = [place for place, delivery in enumerate(deliveries) if delivery in added]
        if keep:
            recipients = tuple(batch.recipients[place] for place in keep)
            device_ids = tuple(batch.device_ids[place] for place in keep)
            mix = mixed(rows[deliveries[place]] for place in keep)
            left.append(replace(batch, recipients=recipients, device_ids=device_ids, mix=mix))
    return left


def _batch(campaign: Campaign, now: datetime, number: int, rows: Sequence[Document]) -> Batch:
    channel, variant = rows[0]["channel"], rows[0].get("variant")
    batch_id, pushes = numbered(campaign.id, number), channel == "push"
    for row in rows:
        row["lot"] = batch_id
    return Batch(
        id=batch_id,
        app_id=campaign.app_id,
        campaign_id=campaign.id,
        channel=channel,
        lot=batch_id,
        variant=variant,
        first=rows[0]["_id"] if pushes else "",
        last=rows[-1]["_id"] if pushes else "",
        recipients=tuple([row["device_id"] if pushes else recipient_of(row["_id"]) for row in rows]),
        device_ids=() if pushes else tuple(row["device_id"] for row in rows),
        mix=mixed(rows),
        due_at=campaign.rest_due_at if variant == REST else now,
    )


def _parts(rows: Sequence[Document], size: int) -> Iterator[Sequence[Document]]:
    """Of at most this size, each of one group where there is an experiment."""
    groups: dict[str | None, list[Document]] = {}
    for row in rows:
        groups.setdefault(row.get("variant"), []).append(row)
    for group in groups.values():
        for start in range(0, len(group), size):
            yield group[start : start + size]

"""Events of one campaign that were stored in the same transaction, in one document: one by one they cost the database
ten times as much, and nobody looks for one of them. Whose they are, the people themselves say (`heard`)."""

from collections.abc import Mapping

from push.database import Document
from push.ids import body, new_id
from push.ledger.model import end_of


class Bucket:
    def __init__(self, campaign_id: str) -> None:
        self.id = f"evs_{body(campaign_id)}{body(new_id('evs'))}"
        self.events: list[Document] = []


def buckets_of(campaign_id: str) -> tuple[str, str]:
    """Between these lie the ids of all buckets of a campaign."""
    stem = f"evs_{body(campaign_id)}"
    return stem, stem + "~"


def packed(delivery_id: str, event: Document) -> Document:
    """An event as it lies in its campaign's bucket."""
    return {"of": end_of(delivery_id), **event}


def unpacked(bucket: Document) -> list[Document]:
    """Its events, as they are told of."""
    stem = f"dlv_{body(bucket['campaign_id'])}"
    told = {"campaign_id": bucket["campaign_id"], "received_at": bucket["received_at"]}
    return [
        {
            "_id": f"{stem}{each['of']}:{each['kind']}",
            "delivery_id": stem + each["of"],
            **told,
            **{name: value for name, value in each.items() if name != "of"},
        }
        for each in bucket["events"]
    ]


def renamed(bucket: Document, names: Mapping[str, str]) -> list[Document]:
    """Its events, those of erased deliveries (old id → new) under nobody's; the ids that devices gave them go."""
    stem = f"dlv_{body(bucket['campaign_id'])}"
    return [
        {**each, "of": end_of(names[stem + each["of"]]), "event_id": "erased"} if stem + each["of"] in names else each
        for each in bucket["events"]
    ]

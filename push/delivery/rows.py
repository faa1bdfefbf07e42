"""Who of a page of the audience gets a ledger row, and whether it is planned or skipped."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from push.audience.gates import INBOX, PUSH, person_gate, push_gate
from push.campaigns.model import Campaign
from push.database import Document
from push.devices.model import Device
from push.ledger.model import HOLDOUT, MOST_LOCALES, OTHER, PER_PERSON, delivery_id
from push.people.model import Person, gate_of


def push_rows(campaign: Campaign, page: Iterable[Device], at: datetime) -> list[Document]:
    """One row per device."""
    if PUSH not in campaign.channels:
        return []
    return [
        _row(
            campaign,
            PUSH,
            device.id,
            device.person_id,
            device,
            push_gate(device, campaign.kind, campaign.category, at),
            at,
        )
        for device in page
    ]


def person_rows(campaign: Campaign, page: Iterable[Device], at: datetime) -> list[Document]:
    """One row per person and channel, by the first of their devices on this page."""
    channels = of_persons(campaign)
    if not channels:
        return []
    first = {device.person_id: device for device in reversed(list(page))}
    return [
        _row(
            campaign,
            channel,
            device.person_id,
            device.person_id,
            device,
            person_gate(device.gate, campaign.kind, campaign.category, channel),
            at,
        )
        for channel in channels
        for device in first.values()
    ]


def deviceless_rows(campaign: Campaign, people: Sequence[Person], at: datetime) -> list[Document]:
    """Rows of people who were named and have no device now."""
    return [
        _row(
            campaign,
            channel,
            person.id,
            person.id,
            None,
            person_gate(gate_of(person.preferences), campaign.kind, campaign.category, channel),
            at,
        )
        for channel in of_persons(campaign)
        for person in people
    ]


def of_persons(campaign: Campaign) -> list[str]:
    """Channels with a row a person; a broadcast has none in the inbox."""
    return [each for each in PER_PERSON if each in campaign.channels and not (each == INBOX and campaign.broadcast)]


def _row(
    campaign: Campaign,
    channel: str,
    recipient: str,
    person_id: str,
    device: Device | None,
    reason: str | None,
    at: datetime,
) -> Document:
    row: Document = {
        "_id": delivery_id(campaign.id, channel, recipient),
        "app_id": campaign.app_id,
        "campaign_id": campaign.id,
        "channel": channel,
        "person_id": person_id,
        "device_id": device.id if device else None,
        "platform": device.platform if device else None,
        "locale": _locale(campaign, device),
        "state": "planned",
        "planned_at": at,
    }
    if campaign.experiment is not None:
        row["variant"] = campaign.experiment.group_of(campaign.id, person_id)
        # Whoever cannot be sent to is not held out: the two groups are to differ in nothing but the message.
        reason = reason or ("holdout" if row["variant"] == HOLDOUT else None)
    if reason is not None:
        row |= {"state": "skipped", "end": "skipped", "reason": reason}
    return row


def with_locales(known: tuple[str, ...], page: Iterable[Device]) -> tuple[str, ...]:
    """Those that are counted by themselves, with what is new on this page as far as there is room."""
    new = {device.locale for device in page if device.locale is not None} - set(known)
    return (*known, *sorted(new)[: MOST_LOCALES - len(known)]) if new and len(known) < MOST_LOCALES else known


def _locale(campaign: Campaign, device: Device | None) -> str | None:
    if device is None or device.locale is None or device.locale in campaign.locales:
        return device.locale if device else None
    return OTHER

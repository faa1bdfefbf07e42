"""Apps whose people have much or little in their inboxes, of their own and broadcast."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from push.audience.rules import Audience, Rule
from push.campaigns.model import Campaign
from push.content.model import Content
from push.database import Session
from push.devices.model import Device
from push.ids import body, first_id, new_id
from push.inbox.model import InboxItem, item_id
from push.ledger.model import delivery_id
from tests.bench.stand import CONTENT, WORDS, Stand

_AT_ONCE = 1000


class Case(Struct, frozen=True):
    name: str
    app_id: str
    phones: list[Device]


async def case(stand: Stand, name: str, *, people: int, own: int, broadcasts: int, topic: str = "") -> Case:
    """People with so many items each, and so many live broadcasts: to all, or to the followers of a topic."""
    fleet = await stand.fleet(name)
    phones = await stand.phones(fleet, people, topics=(topic,) if topic else ())
    for phone in phones:
        for start in range(0, own, _AT_ONCE):
            stop = min(start + _AT_ONCE, own)
            await put_items(stand, [item(phone, hours=own - number) for number in range(start, stop)])
    audience = Audience(include=Rule(topics=(topic,)) if topic else Rule(all=True))
    for _ in range(broadcasts):
        await broadcast(stand, fleet.app_id, audience)
    return Case(name, fleet.app_id, phones)


def item(phone: Device, hours: int = 0) -> InboxItem:
    """As the worker would have laid it into the inbox so many hours ago."""
    campaign, now = new_id("cmp"), datetime.now(UTC)
    order = body(first_id("itm", now - timedelta(hours=hours)))[:12] + body(new_id("itm"))[12:]
    delivery = delivery_id(campaign, "inbox", phone.person_id)
    return InboxItem(
        id=item_id(delivery), app_id=phone.app_id, person_id=phone.person_id, order=order,
        campaign_id=campaign, delivery_id=delivery, kind="service", title=WORDS.title, body=WORDS.body,
        image_url=WORDS.image_url, link=WORDS.link, actions=(), data=WORDS.data, created_at=phone.created_at,
    )  # fmt: skip


async def put_items(stand: Stand, items: list[InboxItem]) -> None:
    await stand.engine.database.transaction(lambda session: stand.engine.inbox.put(items, session))


async def broadcast(stand: Stand, app_id: str, audience: Audience) -> Campaign:
    """As the planner would lay it out."""
    campaign = Campaign(
        id=new_id("cmp"), app_id=app_id, type="campaign", state="sending", name="", kind="service", category=None,
        content=msgspec.convert(msgspec.to_builtins(CONTENT), Content), audience=audience, channels=("inbox",),
        created_at=stand.engine.clock.now(), broadcast=True,
    )  # fmt: skip

    async def put(session: Session) -> Any:
        return await stand.engine.broadcasts.put(campaign, session)

    await stand.engine.database.transaction(put)
    return campaign

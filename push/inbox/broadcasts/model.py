"""An item stored once for everybody whom it is meant for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from push.audience.gates import INBOX, person_gate
from push.audience.matching import Matcher
from push.audience.rules import Audience
from push.content.model import Content
from push.content.rendering import Renderer
from push.database import Document
from push.devices.model import Device
from push.ids import first_id
from push.inbox.mailboxes.model import KeptMark
from push.inbox.model import InboxItem, broadcast_item
from push.ledger.model import delivery_id

LONGEST = timedelta(days=90)
"""How long a broadcast is shown where nobody says when it ends."""
_NO_MARK = KeptMark()


class Broadcast(Struct, frozen=True, kw_only=True):
    """The inbox channel of a campaign, valid from `starts_at` until `ends_at`."""

    id: str
    """The campaign's."""
    app_id: str
    number: int
    """Each change to a broadcast of an app takes the next: who has seen one has seen those before."""
    order: str
    """As an item's: sorts by the moment it was laid out."""
    kind: str
    category: str | None
    content: Content
    audience: Audience
    starts_at: datetime
    ends_at: datetime
    counted: bool = False
    """Those whom it was meant for at its start are in the counters."""

    @property
    def newcomers_from(self) -> str:
        """Persons whose id sorts here or behind came later, and so were not counted at the start."""
        return first_id("per", self.starts_at)

    def row(self, person_id: str) -> Document:
        """What the ledger keeps once this person has done something with it."""
        return {
            "_id": delivery_id(self.id, INBOX, person_id),
            "app_id": self.app_id,
            "campaign_id": self.id,
            "channel": INBOX,
            "person_id": person_id,
            "device_id": None,
            "platform": None,
            "state": "accepted",
            "planned_at": self.starts_at,
            "accepted_at": self.starts_at,
            "counted": "later" if person_id >= self.newcomers_from else "at_start",
        }


class Joined:
    """A broadcast made ready to be joined into many inboxes."""

    def __init__(self, broadcast: Broadcast) -> None:
        self.broadcast = broadcast
        self.id = broadcast.id
        self.order = broadcast.order
        self._renderer = Renderer(broadcast.content)
        self._include = Matcher(broadcast.audience.include)
        self._exclude = Matcher(broadcast.audience.exclude)
        self.for_all = broadcast.audience.include.all and broadcast.audience.exclude is None

    def meant_for(self, devices: Sequence[Device]) -> bool:
        """Whether the person with these devices is to see it, as they are now."""
        if self.broadcast.kind == "promotion" or self.broadcast.category is not None:
            gate = devices[0].gate
            if person_gate(gate, self.broadcast.kind, self.broadcast.category, INBOX) is not None:
                return False
        return self.for_all or any(self._include(device) and not self._exclude(device) for device in devices)

    def item(self, person_id: str, locale: str | None, mark: KeptMark = _NO_MARK) -> InboxItem:
        """What this person sees, in the language of the device that asks."""
        broadcast, rendered = self.broadcast, self._renderer.render(locale, {}, INBOX)
        return InboxItem(
            id=broadcast_item(broadcast.id, person_id),
            app_id=broadcast.app_id,
            person_id=person_id,
            order=broadcast.order,
            campaign_id=broadcast.id,
            delivery_id=delivery_id(broadcast.id, INBOX, person_id),
            kind=broadcast.kind,
            category=broadcast.category,
            title=rendered.title,
            body=rendered.body,
            image_url=rendered.image_url,
            link=rendered.link,
            actions=rendered.actions,
            data=rendered.data,
            highlighted=rendered.highlight,
            created_at=broadcast.starts_at,
            expires_at=broadcast.ends_at,
            seen_at=mark.seen_at,
            read_at=mark.read_at,
            archived_at=mark.archived_at,
            acknowledged_at=mark.acknowledged_at,
        )

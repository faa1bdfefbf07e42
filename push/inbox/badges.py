"""The number on the app's icon, for pushes that carry it: what is unread at the moment of the send."""

from collections import defaultdict
from collections.abc import Collection

from push.apps.service import Apps, Remembered
from push.audience.gates import INBOX, person_gate
from push.campaigns.model import Campaign
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.inbox.broadcasts.live import Listing, LiveBroadcasts
from push.inbox.mailboxes.service import Mailboxes
from push.inbox.model import item_id
from push.inbox.reading import Reader
from push.inbox.store import InboxStore
from push.ledger.model import delivery_id


class Badges:
    def __init__(
        self, apps: Apps, mailboxes: Mailboxes, items: InboxStore, live: LiveBroadcasts, devices: DeviceStore
    ) -> None:
        self._apps = Remembered(apps)
        self._mailboxes = mailboxes
        self._items = items
        self._live = live
        self._devices = devices

    async def of(self, campaign: Campaign, devices: Collection[Device]) -> dict[str, int]:
        """How many items each person of these devices has unread, this campaign's own among them.

        Nothing where the app does not ask for it; else one to three reads for all of them.
        """
        app_id = campaign.app_id
        if not devices or not (await self._apps.get(app_id)).badge:
            return {}
        theirs: dict[str, list[Device]] = defaultdict(list)
        for device in devices:
            theirs[device.person_id].append(device)
        listing = await self._listing(campaign)
        if listing.selective:
            theirs = await self._devices.of_people(app_id, list(theirs))
        mailboxes = await self._mailboxes.store.many(app_id, list(theirs))
        coming = await self._coming(campaign, {person: found[0] for person, found in theirs.items()})
        counts = {}
        for person, found in theirs.items():
            mailbox = await self._mailboxes.without_expired(mailboxes[person])
            reader = Reader(found[0], tuple(found), mailbox, listing, listing.visible(found))
            counts[person] = reader.counts()[0] + (person in coming)
        return counts

    async def _listing(self, campaign: Campaign) -> Listing:
        """With the campaign's own broadcast, of which this process may not have been told yet."""
        listing = await self._live.of(campaign.app_id)
        if campaign.broadcast and all(each.id != campaign.id for each in listing.broadcasts):
            await self._live.refresh(campaign.app_id)
            listing = self._live.known(campaign.app_id)
        return listing

    async def _coming(self, campaign: Campaign, people: dict[str, Device]) -> set[str]:
        """Those who are to get an item of this campaign that is not there yet: pushes may be quicker."""
        if INBOX not in campaign.channels or campaign.broadcast:
            return set()
        items = {
            item_id(delivery_id(campaign.id, INBOX, person)): person
            for person, device in people.items()
            if person_gate(device.gate, campaign.kind, campaign.category, INBOX) is None
        }
        there = await self._items.existing(campaign.app_id, list(items))
        return {person for item, person in items.items() if item not in there}

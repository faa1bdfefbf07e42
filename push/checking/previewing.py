"""How a campaign will look to one person, or to anybody who speaks a language."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from push.apps.service import Apps
from push.campaigns.model import Campaign
from push.campaigns.moving import Moves
from push.content.facts import Facts, facts_of, sample_event
from push.content.limits import FCM_BYTES, MOZILLA_BYTES, fcm_bytes, web_push_plaintext
from push.content.model import Content, Rendered
from push.content.rendering import CannotRender, Renderer
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.errors import CampaignNotFound, Invalid, PersonNotFound
from push.people.model import Person
from push.people.store import PeopleStore

PLATFORMS = ("android", "ios", "web")
_BUTTONS = {"android": 3, "ios": 3, "web": 2}
"""How many are shown: Notification.maxActions is 2 in browsers."""
_UNMEASURED = ("inbox", "email")


class Look(Struct, frozen=True, kw_only=True):
    """What is shown in one place. In an inbox and in a letter it has no size."""

    locale: str | None
    translation: str
    """The one that was chosen."""
    rendered: Rendered
    buttons: int = 3
    size: int | None = None
    largest: int | None = None


class Previewing:
    def __init__(self, moves: Moves, apps: Apps, people: PeopleStore, devices: DeviceStore) -> None:
        self._moves = moves
        self._apps = apps
        self._people = people
        self._devices = devices

    async def preview(
        self,
        app_id: str,
        campaign_id: str,
        *,
        external_id: str | None = None,
        locale: str | None = None,
        variant: str | None = None,
    ) -> tuple[str | None, dict[str, Look]]:
        """The variant, and the look by platform and in the inbox, where the campaign goes there.

        A person reads it on the device of that platform which was seen last, or as on any of theirs.
        Raises CampaignNotFound, also for a message, PersonNotFound, and Invalid for a text that fails for this person.
        """
        campaign = await self._moves.get(app_id, campaign_id)
        if campaign.type != "campaign":
            raise CampaignNotFound(campaign_id)
        person, devices = None, list[Device]()
        if external_id is not None:
            person = await self._people.by_external_id(app_id, external_id)
            if person is None:
                raise PersonNotFound(external_id)
            devices = await self._devices.of_person(app_id, person.id)
        told = _told(campaign, variant, person)
        app = {"name": (await self._apps.get(app_id)).name}
        content = campaign.as_told(told).content
        places = (
            *(PLATFORMS if "push" in campaign.channels else ()),
            *(c for c in campaign.channels if c in _UNMEASURED),
        )
        event = sample_event(name, datetime.now(UTC)) if (name := campaign.triggered_by) else None
        looks = {}
        for place in places:
            device = _nearest(devices, place)
            speaks = locale if locale is not None else device.locale if device else None
            # Liquid takes its time, and others are waiting.
            looks[place] = await asyncio.to_thread(_look, content, place, speaks, device, app, person, event)
        return told, looks


def _told(campaign: Campaign, variant: str | None, person: Person | None) -> str | None:
    """Which variant: the one that is asked for, or the person's own, or the first. Raises Invalid."""
    names = [each.name for each in campaign.experiment.variants] if campaign.experiment else []
    if variant is not None and variant not in names:
        raise Invalid("/variant", f"There is no variant {variant}.")
    if variant is not None or campaign.experiment is None:
        return variant
    group = campaign.experiment.group_of(campaign.id, person.id) if person else names[0]
    return group if group in names else names[0]


def _nearest(devices: Sequence[Device], place: str) -> Device | None:
    """The one of this platform seen last, else the one seen last at all."""
    return max(devices, key=lambda device: (device.platform == place, device.last_seen_at), default=None)


def _look(
    content: Content,
    place: str,
    locale: str | None,
    device: Device | None,
    app: dict[str, str],
    person: Person | None,
    event: Facts | None,
) -> Look:
    renderer = Renderer(content)
    translation = renderer.choose(locale)
    try:
        rendered = renderer.render(locale, facts_of(device, app, person, event), place)
    except CannotRender as error:
        raise Invalid(f"/content/translations/{translation}", f"The text fails: {error.detail}.") from None
    size, largest = None, None
    if place not in _UNMEASURED:
        web = place == "web"
        size = len(web_push_plaintext(rendered)) if web else fcm_bytes(rendered)
        largest = MOZILLA_BYTES if web else FCM_BYTES
    return Look(
        locale=locale,
        translation=translation,
        rendered=rendered,
        buttons=_BUTTONS.get(place, 3),
        size=size,
        largest=largest,
    )

"""Why this person did or did not get this campaign, from the audience to the click."""

from collections.abc import Iterator, Sequence
from functools import partial

from push.audience.service import Audiences, Few
from push.campaigns.model import Campaign
from push.campaigns.moving import Moves
from push.clock import Clock
from push.devices.model import Device
from push.devices.store import DeviceStore
from push.errors import Invalid, PersonNotFound
from push.ledger.model import ENDS, HOLDOUT, Row
from push.ledger.store import LedgerStore
from push.people.model import Person
from push.people.store import PeopleStore
from push.tracing import words
from push.tracing.model import Step, Trace


class Tracing:
    def __init__(
        self,
        moves: Moves,
        audiences: Audiences,
        people: PeopleStore,
        devices: DeviceStore,
        ledger: LedgerStore,
        clock: Clock,
    ) -> None:
        self._audiences = audiences
        self._moves = moves
        self._people = people
        self._devices = devices
        self._ledger = ledger
        self._clock = clock

    async def trace(self, app_id: str, external_id: str, campaign_id: str) -> Trace:
        """Each decision in the order in which it was taken. Raises PersonNotFound, CampaignNotFound."""
        person = await self._people.by_external_id(app_id, external_id)
        if person is None:
            raise PersonNotFound(external_id)
        campaign = await self._moves.get(app_id, campaign_id)
        rows = await self._ledger.of_person(app_id, person.id, campaign_id)
        devices = await self._devices.of_person(app_id, person.id)
        few = None if rows else await self._few(campaign, person)
        reason = _outside(campaign, person, devices, few) if few is not None else None if rows else "segment_gone"
        why = few.explained(person.id, devices).why if few is not None else ""
        variant = next((row.variant for row in rows if row.variant), None)
        if variant is None and campaign.experiment is not None and reason is None:
            variant = campaign.experiment.group_of(campaign.id, person.id)
        steps = [self._first(campaign, rows, reason, why), *_group(variant)]
        for row in rows:
            steps += _of_row(row)
        return Trace(
            campaign_id=campaign_id,
            external_id=external_id,
            state=campaign.state,
            meant=reason in (None, "being_planned", "not_launched"),
            variant=variant,
            steps=tuple(steps),
        )

    async def _few(self, campaign: Campaign, person: Person) -> Few | None:
        """What the campaign asks of this person; None where it names a segment that is gone."""
        try:
            audience = campaign.meant or await self._audiences.settled(campaign.app_id, campaign.audience)
        except Invalid:
            return None
        return await self._audiences.few(campaign.app_id, audience, [person])

    def _first(self, campaign: Campaign, rows: Sequence[Row], reason: str | None, why: str) -> Step:
        """Whether it is for them, and why."""
        if rows:
            return Step(step="audience", words=words.MEANT, at=min(row.planned_at for row in rows))
        if reason is not None:
            return Step(step="audience", words=words.outside(reason, why), reason=reason)
        over = campaign.state == "cancelled" or campaign.expired(self._clock.now())
        said = words.BROADCAST_OVER if over else words.BROADCAST
        return Step(step="audience", words=said, at=campaign.launched_at, channel="inbox")


def _outside(campaign: Campaign, person: Person, devices: Sequence[Device], few: Few) -> str | None:
    """Why there is nothing of it in the ledger; None where there need not be, because it is a broadcast."""
    if few.explained(person.id, devices).excluded:
        return "excluded"
    meant = [device for device in devices if few.means(person.id, device)]
    if not meant and not few.reaches(person.id):
        return "not_in_audience" if devices else "no_device"
    if campaign.launched_at is None:
        return "cancelled_first" if campaign.state == "cancelled" else "not_launched"
    if campaign.broadcast:
        return None
    if not campaign.planned and campaign.state in ("sending", "paused"):
        return "being_planned"
    if meant and all(device.created_at > campaign.launched_at for device in meant):
        return "came_later"
    return "not_planned"


def _group(variant: str | None) -> Iterator[Step]:
    """Of an experiment."""
    if variant is not None and variant != HOLDOUT:
        yield Step(step="variant", words=f"They are in the group {variant} of its experiment.", reason=variant)


def _of_row(row: Row) -> Iterator[Step]:
    about = partial(Step, channel=row.channel, device_id=row.device_id, delivery_id=row.id)
    happened = sorted((at, step) for step, at in row.steps().items() if step != "planned")
    for at, step in happened:
        yield about(step=step, words=words.ACCEPTED[row.channel] if step == "accepted" else words.STEPS[step], at=at)
    if row.state in ENDS:
        said = words.ENDS[row.state].format(why=words.why(row.reason))
        yield about(step=row.state, words=said, reason=row.reason)
    elif row.state == "planned":
        said = words.WAITING.format(until=row.not_before) if row.not_before else words.PLANNED
        yield about(step="planned", words=said, at=row.not_before)

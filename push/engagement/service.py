"""Events in: who may report what, and what is refused."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from push.apps.tokens import Tokens
from push.clock import CLOCK_SKEW, Clock, to_milliseconds
from push.database import Document
from push.devices.model import Device
from push.devices.registration import Devices
from push.engagement.attribution.model import SESSION
from push.engagement.model import OLDEST, Deed, Report
from push.engagement.recorder import Recorder
from push.errors import BadReceipt, PushError
from push.inbox.broadcasts.service import Broadcasts
from push.ledger.model import channel_of
from push.ledger.service import Ledger
from sdk_contracts.wire.events import Event, EventsAccepted, RejectedEvent


class Refused(PushError):
    """An event that is not taken; the others of its batch are."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Engagement:
    def __init__(
        self,
        recorder: Recorder,
        ledger: Ledger,
        devices: Devices,
        broadcasts: Broadcasts,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._broadcasts = broadcasts
        self._recorder = recorder
        self._ledger = ledger
        self._devices = devices
        self._tokens = tokens
        self._clock = clock

    async def record(
        self, app_id: str | None, device_id: str | None, events: Sequence[Event], generation: int = 0
    ) -> EventsAccepted:
        """Store what a device (named by its key), or whoever holds a delivery's receipt, reports.

        Each step of a delivery counts once, however often and however late it is reported. Returns once everything
        that was accepted is stored for good. Raises DeviceNotFound, Overloaded, and Unauthenticated for a device key of
        another `generation` than the device's.
        """
        device = await self._devices.holding(app_id, device_id, generation) if app_id and device_id else None
        reports: dict[int, Report] = {}
        rejected: dict[int, str] = {}
        deeds: list[Deed] = []
        now = self._clock.now()
        for index, event in enumerate(events):
            try:
                if device is not None and _of_nothing_sent(event):
                    deeds.append(_deed(device, event, _bounded(event.at, now)))
                    continue
                reports[index] = self._allowed(app_id, device, event, now)
            except Refused as refusal:
                rejected[index] = refusal.detail
        new = known = 0
        for answer in await self._recorder.record(deeds):
            new, known = new + (answer == "new"), known + (answer != "new")
        if device is not None and (came := [deed.at for deed in deeds if deed.name == SESSION]):
            await self._devices.seen(device, max(came))
        for report_app, indexes in _by_app(reports).items():
            told = await self._with_first_rows(report_app, [reports[index] for index in indexes])
            for index, answer in zip(indexes, await self._recorder.record(told), strict=True):
                new, known = new + (answer == "new"), known + (answer == "known")
                if answer == "unknown":
                    rejected[index] = "There is no such delivery to this device."
        return EventsAccepted(
            accepted=new,
            duplicates=known,
            rejected=[RejectedEvent(index=index, detail=detail) for index, detail in sorted(rejected.items())],
        )

    async def report(self, app_id: str, deliveries: Mapping[str, Document | None], step: str) -> None:
        """What the inbox itself saw happen; a delivery that may be new to the ledger comes with its row."""
        now = self._clock.now()
        await self._recorder.record(
            [
                Report(app_id=app_id, delivery_id=each, kind=step, at=now, event_id="inbox", first_row=row)
                for each, row in deliveries.items()
            ]
        )

    async def _with_first_rows(self, app_id: str, reports: Sequence[Report]) -> Sequence[Report]:
        """Deliveries of broadcasts are in the ledger only once something is heard of them."""
        of_inboxes = [report.delivery_id for report in reports if channel_of(report.delivery_id) == "inbox"]
        if not of_inboxes:
            return reports
        rows = await self._ledger.store.existing(app_id, list(dict.fromkeys(of_inboxes)))
        unheard = set(of_inboxes) - rows.keys()
        return [
            replace(report, first_row=await self._broadcasts.row(app_id, report.delivery_id, report.device))
            if report.delivery_id in unheard
            else report
            for report in reports
        ]

    def _allowed(self, app_id: str | None, device: Device | None, event: Event, now: datetime) -> Report:
        """Raises Refused."""
        if event.receipt is not None:
            try:
                event_app, delivery = self._tokens.read_receipt(event.receipt)
            except BadReceipt as error:
                raise Refused(str(error)) from None
            if event.delivery_id not in (None, delivery) or app_id not in (None, event_app):
                raise Refused("The receipt is for another delivery.")
        elif app_id is None or event.delivery_id is None:
            raise Refused("An event names its delivery by a receipt, or by delivery_id under a device key.")
        else:
            event_app, delivery = app_id, event.delivery_id
        return Report(
            app_id=event_app,
            delivery_id=delivery,
            kind=event.kind,
            at=_bounded(event.at, now),
            event_id=event.event_id,
            keyed=event.receipt is None,
            device=device if event.receipt is None else None,
            action_id=event.action_id,
            name=event.name,
            value=event.value,
            currency=event.currency,
        )


def _bounded(at: datetime, now: datetime) -> datetime:
    """Never later than now. Raises Refused when the device's clock cannot be believed."""
    if not now - OLDEST <= at <= now + CLOCK_SKEW:
        raise Refused("An event happened within the last 60 days.")
    return min(to_milliseconds(at), now)


def _deed(device: Device, event: Event, at: datetime) -> Deed:
    return Deed(
        app_id=device.app_id,
        device_id=device.id,
        person_id=device.person_id,
        kind=event.kind,
        name=event.name or "",
        at=at,
        event_id=event.event_id,
        action_id=event.action_id,
        value=event.value,
        currency=event.currency,
    )


def _of_nothing_sent(event: Event) -> bool:
    """Something that the person did by themselves."""
    return event.kind == "converted" and event.name is not None and event.delivery_id is None and event.receipt is None


def _by_app(reports: dict[int, Report]) -> dict[str, list[int]]:
    by_app: dict[str, list[int]] = defaultdict(list)
    for index, report in reports.items():
        by_app[report.app_id].append(index)
    return dict(by_app)

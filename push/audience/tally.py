"""What an audience comes to, added up: device by device as they are read, or by a roster at once."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import datetime

from msgspec import Struct

from push.apps.model import App
from push.audience.crowds import speaks_of_persons
from push.audience.gates import EMAIL, INBOX, PUSH, person_gate, push_gate
from push.audience.rules import Audience
from push.devices.model import Device
from push.limits.quiet import Quiet
from push.people.model import Gate, Person
from push.smtp.addresses import ADDRESS, is_address
from sdk_contracts.wire.campaigns import Estimate, EstimateRequest, Waiting


class Question(Struct, frozen=True):
    """What is asked about an audience, and when."""

    app: App
    audience: Audience
    request: EstimateRequest
    now: datetime

    @property
    def about_people(self) -> bool:
        """Whether more has to be known of people than what their devices say."""
        return EMAIL in self.request.channels or any(map(speaks_of_persons, self.audience.rules))

    @property
    def capped(self) -> bool:
        """Whether it matters who has had as much promotion as they may have."""
        request = self.request
        limited = self.app.promotions_per_day is not None and not request.limits.ignore_frequency_cap
        return request.kind == "promotion" and limited and PUSH in request.channels

    @property
    def quiet(self) -> Quiet:
        return Quiet(self.app, self.request.kind, self.now, ignored=self.request.limits.ignore_quiet_hours)


class Counted:
    """The numbers of an estimate."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.people = 0
        self.devices = 0
        self.deferred = 0
        self.platforms: Counter[str] = Counter()
        self.excluded: Counter[str] = Counter()
        self.by_channel: Counter[str] = Counter(dict.fromkeys(channels, 0))
        self.first_wait: datetime | None = None
        self.last_wait: datetime | None = None

    def channel(self, channel: str, reason: str | None, count: int = 1) -> None:
        """So many are sent to there, or are not for this reason."""
        if reason is None:
            self.by_channel[channel] += count
        else:
            self.excluded[reason] += count

    def waits(self, until: datetime, count: int = 1) -> None:
        """So many are pushed then."""
        self.deferred += count
        self.first_wait = min(self.first_wait or until, until)
        self.last_wait = max(self.last_wait or until, until)


class Answer(Struct, frozen=True):
    """What was counted, as of when, and whether these are all."""

    counted: Counted
    as_of: datetime
    complete: bool = True

    def estimate(self, *, exact: bool) -> Estimate:
        counted = self.counted
        first, last = counted.first_wait, counted.last_wait
        return Estimate(
            people=counted.people,
            devices=counted.devices,
            by_channel=dict(counted.by_channel),
            by_platform=dict(counted.platforms),
            excluded=dict(+counted.excluded),
            now=counted.by_channel.get(PUSH, 0) - counted.deferred,
            deferred=counted.deferred,
            deferred_until=Waiting(earliest=first, latest=last) if first is not None and last is not None else None,
            as_of=self.as_of,
            exact=exact and self.complete,
            complete=self.complete,
        )


class Tally(Counted):
    """Adds up what is read. Who has had as much promotion as they may have is asked for at the end."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.request.channels)
        self._request = question.request
        self._at = question.now
        self._quiet = question.quiet
        self._seen: set[str] = set()
        self.unaddressed: set[str] = set()
        """Who may be written to, if there is an address."""
        self.pushed_now: Counter[str] = Counter()
        """How many devices of each person nothing else stops."""

    def device(self, device: Device) -> None:
        self.devices += 1
        self.platforms[device.platform] += 1
        if PUSH in self._request.channels:
            reason = push_gate(device, self._request.kind, self._request.category, self._at)
            self.channel(PUSH, reason or self._held_back(device))
        self.person(device.person_id, device.gate)

    def person(self, person_id: str, gate: Gate) -> None:
        if person_id in self._seen:
            return
        self._seen.add(person_id)
        self.people += 1
        kind, category = self._request.kind, self._request.category
        if INBOX in self._request.channels:
            self.channel(INBOX, person_gate(gate, kind, category, INBOX))
        if EMAIL in self._request.channels:
            reason = person_gate(gate, kind, category, EMAIL)
            if reason is None:
                self.unaddressed.add(person_id)
            else:
                self.channel(EMAIL, reason)

    def letters(self, people: Iterable[Person]) -> None:
        """What is known of those who are `unaddressed`."""
        reached = {person.id for person in people if is_address(person.attributes.get(ADDRESS))}
        for person_id in self.unaddressed:
            self.channel(EMAIL, None if person_id in reached else "no_address")
        self.unaddressed.clear()

    def enough_for(self, capped: Set[str]) -> None:
        """These have had enough."""
        if count := sum(devices for person, devices in self.pushed_now.items() if person in capped):
            self.channel(PUSH, None, -count)
            self.channel(PUSH, "frequency_capped", count)

    def _held_back(self, device: Device) -> str | None:
        """Why it would not be pushed although it may be; where it would be pushed later, that is counted."""
        until, ends = self._quiet.until(device.gate, device.timezone), self._request.limits.expires_at
        if until is None:
            self.pushed_now[device.person_id] += 1
            return None
        if ends is not None and ends <= until:
            return "expired"
        self.waits(until)
        return None

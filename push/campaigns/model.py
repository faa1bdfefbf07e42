"""A campaign and the moves it may make."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from push.apps.model import Principal
from push.audience.rules import Audience
from push.campaigns.experiment import Experiment
from push.campaigns.findings import Checked
from push.campaigns.review import Review
from push.content.model import Content
from push.errors import IllegalMove, Invalid
from push.leases import Lease
from push.ledger.model import REST
from push.scheduling.model import Schedule, Start
from push.scheduling.wall import AHEAD, BEHIND

Type = Literal["campaign", "transactional"]
State = Literal["draft", "in_review", "approved", "scheduled", "sending", "sent", "paused", "cancelled", "failed"]

_LAUNCHABLE: tuple[State, ...] = ("draft", "approved")
_CHANGEABLE: tuple[State, ...] = ("draft", "in_review", "approved")
_ARCHIVABLE: tuple[State, ...] = ("draft", "sent", "cancelled", "failed")
COMPOSED = (
    "name",
    "kind",
    "category",
    "content",
    "audience",
    "channels",
    "limits",
    "schedule",
    "follow_up",
    "experiment",
    "conversion",
    "tags",
)
"""What a marketer writes; all else of a campaign is what became of it."""
_CANCELLABLE = ("draft", "in_review", "approved", "scheduled", "sending", "paused")
_REDRIVABLE = ("sending", "paused", "sent")
_LAUNCHED = (*_REDRIVABLE, "cancelled", "failed")
MOST_LEFT_OUT = 1000
"""A broadcast is kept in memory by all who serve inboxes, with the names it is not for."""
DEFAULT_TTL_SECONDS = 28 * 24 * 3600
_UTC = ZoneInfo("UTC")


class Limits(Struct, frozen=True, kw_only=True):
    per_minute: int | None = None
    """Pushes, by all workers together."""
    expires_at: datetime | None = None
    ignore_quiet_hours: bool = False
    ignore_frequency_cap: bool = False


class FollowUp(Struct, frozen=True, kw_only=True):
    """A second step, for those who did not open the first."""

    after_seconds: int
    """Counted from when the first was sent to its end."""
    channels: tuple[str, ...]
    content: Content | None = None
    """None: the same words."""
    highlight: bool = False


INFLUENCE = timedelta(hours=12)


class Conversion(Struct, frozen=True, kw_only=True):
    """Which events of the people it reached are its doing."""

    event: str | None = None
    """None: whatever its name."""
    window_seconds: int = 7 * 24 * 3600
    """After a tap."""
    influence_seconds: int = int(INFLUENCE.total_seconds())
    """After it reached them without a tap."""


class Campaign(Struct, frozen=True, kw_only=True):
    """A message composed by a marketer, or, of type `transactional`, sent by a backend."""

    id: str
    app_id: str
    type: Type
    state: State
    name: str
    kind: str
    category: str | None
    content: Content
    audience: Audience
    channels: tuple[str, ...]
    limits: Limits = Limits()
    tags: tuple[str, ...] = ()
    experiment: Experiment | None = None
    review: Review = Review()
    checked: Checked | None = None
    """What was found in this version when it was last looked at."""
    schedule: Schedule | None = None
    follow_up: FollowUp | None = None
    conversion: Conversion | None = None
    created_at: datetime
    start: Start | None = None
    """When it, or its next run, begins; None where that is not known, or past."""
    run_of: str | None = None
    """The campaign that this is a run of: it recurs, or is set off by events; or a second step of."""
    people: tuple[str, ...] = ()
    """Those of its audience that a run is for, until it is planned; empty for all."""
    follows: str | None = None
    """The campaign of which those are meant who did not open it."""
    hears: tuple[str, ...] = ()
    """Events that set it off or call it off, while there may be any."""
    launched_at: datetime | None = None
    finished_at: datetime | None = None
    archived_at: datetime | None = None

    won: str | None = None
    """The variant of its experiment that goes to the rest, once that is decided."""
    decided_at: datetime | None = None
    test_of: str | None = None
    """Of a test send: the campaign that is tried out."""
    meant: Audience | None = None
    """The audience with its segments in their places, as they were when it began; None where it names none."""
    broadcast: bool = False
    """Its inbox channel is one item for all, joined in when an inbox is read, and not a row a person."""
    due_at: datetime | None = None
    """When a planner may take it up; absent while there is nothing to plan."""
    owner: str | None = None
    attempt: int = 0
    pages: int = 0
    """How many pages of its audience were planned. This and the next three are a planner's: they are stored by page."""
    planned_to: str = ""
    """The last device planned: where the next planner goes on."""
    locales: tuple[str, ...] = ()
    """Of those planned, each of which is counted by itself."""
    batches: int = 0
    """How many batches were written, which numbers the next one."""
    planned: bool = False
    """Everybody meant is in the ledger."""
    moves: int = 0
    """How often its state was changed, or written again by what must not go unnoticed."""

    letters_due_at: datetime | None = None
    """When its dead letters expire; absent before it is launched, and once none can be left."""

    @property
    def listed(self) -> str:
        """In which list it is found."""
        return "archived" if self.archived_at else self.run_of or self.type

    @property
    def aimed(self) -> Audience:
        """Whom it is for."""
        return self.meant or self.audience

    @property
    def nested(self) -> bool:
        """Somebody may be named in a rule within a rule."""
        return any(rule.parts or rule.segment_id for rule in self.audience.rules)

    @property
    def lease(self) -> Lease:
        return Lease(self.owner or "", self.attempt)

    def changed(self, editor: str | None = None, **fields: object) -> "Campaign":
        """The next version, a draft again: whatever was said of this one is not said of that. Raises IllegalMove."""
        self._expect("changed", *_CHANGEABLE)
        return replace(self, **fields, state="draft", review=self.review.changed(editor), checked=None)

    def submit(self, by: Principal, at: datetime, note: str = "") -> "Campaign":
        """Ask for approval. Raises IllegalMove."""
        self._expect("submitted", "draft")
        return replace(self, state="in_review", review=self.review.submit(by, at, note))

    def approve(self, by: Principal, at: datetime, note: str = "") -> "Campaign":
        """Raises IllegalMove."""
        self._expect("approved", "in_review")
        return replace(self, state="approved", review=self.review.approve(by, at, note))

    def reject(self, by: Principal, at: datetime, note: str = "") -> "Campaign":
        """Back to its author, also after it was approved. Raises IllegalMove."""
        self._expect("rejected", "in_review", "approved")
        return replace(self, state="draft", review=self.review.reject(by, at, note))

    def archive(self, at: datetime) -> "Campaign":
        """Out of sight; one that is archived stays as it is. Raises IllegalMove while something is to come of it."""
        if self.archived_at is not None:
            return self
        self._expect("archived", *_ARCHIVABLE)
        return replace(self, archived_at=at)

    def _expect(self, move: str, *states: State) -> None:
        """Raises IllegalMove."""
        if self.archived_at is not None:
            raise IllegalMove("archived", move)
        if self.state not in states:
            raise IllegalMove(self.state, move)

    def launch(self, at: datetime, zone: ZoneInfo = _UTC) -> "Campaign":
        """On its way, or scheduled. `zone` is the app's. Raises IllegalMove, Invalid."""
        self._expect("launched", *_LAUNCHABLE)
        return self.begin(at, at) if self.schedule is None else self._scheduled(self.schedule, at, zone)

    def begin(self, at: datetime, due_at: datetime | None) -> "Campaign":
        """On its way; a planner may take it up from `due_at` on."""
        fields = {"state": "sending", "launched_at": at, "due_at": due_at, "start": None, "broadcast": self.fits_all}
        begun = replace(self, **fields)
        return replace(begun, letters_due_at=begun.over_at)

    def _scheduled(self, schedule: Schedule, at: datetime, zone: ZoneInfo) -> "Campaign":
        """Raises Invalid where all of it is past."""
        start = schedule.first(at, zone)
        if start is None:
            raise Invalid("/schedule", "This time is past; leave the schedule out to send it now.")
        if schedule.trigger is not None:
            # Nothing is to be done for it before it ends.
            return replace(self, state="scheduled", start=start, due_at=schedule.until, hears=schedule.trigger.hears)
        return replace(self, state="scheduled", start=start, due_at=max(start.at, at))

    @property
    def fits_all(self) -> bool:
        """Everybody in the audience reads the same, and whether one is in it can be told without a list of people."""
        meant, left_out = self.audience.include, self.audience.exclude
        named = len(left_out.external_ids) + len(left_out.device_ids) if left_out else 0
        plain = left_out is None or left_out.plain
        return (
            "inbox" in self.channels
            and (meant.all or bool(meant.topics))
            and plain
            and named <= MOST_LEFT_OUT
            and not self.content.personal
            and self.experiment is None
            and not self.local_time
            and not self.people
            and self.follows is None
        )

    def as_told(self, group: str | None) -> "Campaign":
        """What those in this group of its experiment are sent."""
        if group is None or self.experiment is None:
            return self
        return replace(self, content=self.experiment.content_of(self.won if group == REST else group))

    @property
    def rest_due_at(self) -> datetime:
        """When the winner of its experiment goes to the rest, at the earliest."""
        waits = self.experiment.winner.after_minutes if self.experiment and self.experiment.winner else 0
        return (self.launched_at or self.created_at) + timedelta(minutes=waits)

    @property
    def about_event(self) -> bool:
        """Some text of it, or of its second step, may speak of the event that sets it off."""
        told = [each.content for each in self.experiment.variants] if self.experiment else [self.content]
        later = [self.follow_up.content] if self.follow_up and self.follow_up.content else []
        return any(content.about_event for content in (*told, *later))

    @property
    def triggered_by(self) -> str | None:
        """The event that sets it off."""
        return self.schedule.trigger.event if self.schedule and self.schedule.trigger else None

    @property
    def local_time(self) -> bool:
        """Each device has it at its own time."""
        return self.schedule is not None and self.schedule.local_time

    @property
    def per_recipient(self) -> bool:
        """There is something to plan for each recipient."""
        return not self.broadcast or self.channels != ("inbox",)

    def pause(self) -> "Campaign":
        """Nothing more is handed to a provider until it is resumed, and nothing begins. Raises IllegalMove."""
        if self.state not in ("sending", "scheduled"):
            raise IllegalMove(self.state, "paused")
        return replace(self, state="paused", due_at=self.due_at if self.state == "sending" else None)

    def resume(self, at: datetime, zone: ZoneInfo = _UTC) -> "Campaign":
        """Go on; a planner looks at it once more, for the case that all was settled meanwhile.

        What has not begun waits for its time again; if that came while it was paused, it begins now, and what recurs
        with its next run. Raises IllegalMove, Invalid.
        """
        if self.state != "paused":
            raise IllegalMove(self.state, "resumed")
        if self.schedule is None or self.launched_at is not None:
            return replace(self, state="sending", due_at=at)
        if self.start is not None and not self.recurs and not self.hears:
            return replace(self, state="scheduled", due_at=max(self.start.at, at))
        return self._scheduled(self.schedule, at, zone)

    def cancel(self, at: datetime) -> "Campaign":
        """What is not handed to a provider yet will not be, nor a second step that is to come. Raises IllegalMove."""
        if self.follows_at is not None:
            # Whoever has claimed it for that has lost it.
            return replace(self, due_at=None, owner=None, attempt=self.attempt + 1)
        if self.state not in _CANCELLABLE:
            raise IllegalMove(self.state, "cancelled")
        cancelled = replace(self, state="cancelled", finished_at=at, start=None, hears=())
        # What had not begun has nobody who would wind it up before its time.
        return replace(cancelled, due_at=at) if self.waits else cancelled

    @property
    def follows_at(self) -> datetime | None:
        """When its second step is due, while it is to come."""
        return self.due_at if self.state == "sent" and self.follow_up is not None else None

    @property
    def over(self) -> bool:
        """Nothing more goes out of it."""
        return self.state in ("sent", "cancelled", "failed") and self.follows_at is None

    @property
    def recurs(self) -> bool:
        return self.schedule is not None and self.schedule.repeat is not None

    @property
    def waits(self) -> bool:
        """It was launched, and is not on its way itself."""
        return self.launched_at is None and self.state in ("scheduled", "paused")

    def redrive(self, at: datetime) -> "Campaign":
        """Dead letters go out once more, and what was sent is being sent again. Raises IllegalMove."""
        if self.state not in _REDRIVABLE:
            raise IllegalMove(self.state, "redriven")
        if self.over_at is not None and self.over_at <= at:
            raise IllegalMove("expired", "redriven")
        return replace(self, state="sending", finished_at=None, due_at=at) if self.state == "sent" else self

    def check_letters(self) -> None:
        """Raises IllegalMove where there can be no dead letters to give up."""
        if self.state not in _LAUNCHED:
            raise IllegalMove(self.state, "rid of dead letters")

    @property
    def over_at(self) -> datetime | None:
        """From then on nobody wants it any more, and its dead letters expire; None while that is not known."""
        if self.launched_at is None:
            return self.limits.expires_at
        told = [each.content for each in self.experiment.variants] if self.experiment else [self.content]
        ttl = max(DEFAULT_TTL_SECONDS if each.ttl_seconds is None else each.ttl_seconds for each in told)
        ttl += self.experiment.winner.after_minutes * 60 if self.experiment and self.experiment.winner else 0
        # Some clocks show the time more than a day later than the first.
        ends = self.launched_at + timedelta(seconds=ttl) + (AHEAD + BEHIND if self.local_time else timedelta())
        return ends if self.limits.expires_at is None else min(ends, self.limits.expires_at)

    def expired(self, now: datetime) -> bool:
        return self.limits.expires_at is not None and self.limits.expires_at <= now

    def ttl_seconds(self, now: datetime) -> int:
        """How long a provider may keep it: what the content says, and never past its end."""
        ttl = self.content.ttl_seconds if self.content.ttl_seconds is not None else DEFAULT_TTL_SECONDS
        if self.limits.expires_at is not None:
            ttl = min(ttl, int((self.limits.expires_at - now).total_seconds()))
        return max(0, min(ttl, DEFAULT_TTL_SECONDS))

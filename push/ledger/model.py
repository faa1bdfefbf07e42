"""One row per campaign and recipient, and what its counters count."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from push.ids import body

Channel = Literal["push", "inbox", "email"]
STEPS = ("accepted", "received", "displayed", "opened", "clicked", "dismissed", "converted", "acknowledged")
"""Each is stamped once on a row, `<step>_at`."""
PROGRESS = ("planned", "accepted", "received", "displayed", "opened", "clicked")
ENDS = ("skipped", "failed", "dead")
HOLDOUT, REST = "~holdout", "~rest"
"""Groups of an experiment beside its variants, under names that no variant can have: who gets nothing, and who gets the
variant that wins."""
PEOPLE = "people"
"""Stands in the place of a channel where people are counted, and not deliveries."""
OTHER = "other"
MOST_LOCALES = 50
"""Of one campaign; in the order in which they are met."""
REVENUE_UNITS = 10_000
"""Of these is one of a currency: sums of whole numbers are the same in any order."""
_BROKEN_DOWN = (*ENDS, "revenue")
CONFIRMING_PLATFORMS = frozenset({"android", "web"})
"""Where the SDK can tell that a push arrived. iOS cannot without an extension of the app's own."""


_CHANNELS: dict[str, Channel] = {"p": "push", "i": "inbox", "e": "email"}
PER_PERSON: tuple[Channel, ...] = ("inbox", "email")
"""Channels with one delivery for each person, and not for each device."""


def delivery_id(campaign_id: str, channel: str, recipient: str) -> str:
    """The same delivery has the same id however often it is planned, so no recipient is in the ledger twice."""
    return f"dlv_{campaign_id[4:]}{channel[0]}{recipient[4:]}"


def deliveries_of(campaign_id: str) -> tuple[str, str]:
    """Between these lie the ids of all deliveries of a campaign: the channel's letter comes next."""
    stem = f"dlv_{body(campaign_id)}"
    return stem, stem + "~"


def campaign_of(delivery: str) -> str:
    return f"cmp_{delivery[4:28]}"


def channel_of(delivery: str) -> Channel:
    return _CHANNELS.get(delivery[28:29], "inbox")


def recipient_of(delivery: str) -> str:
    """The device (push) or the person (inbox, email)."""
    return f"{'dev' if channel_of(delivery) == 'push' else 'per'}_{delivery[29:]}"


def end_of(delivery: str) -> str:
    """What tells it from the others of its campaign: the channel's letter, and the recipient."""
    return delivery[28:]


def before(step: str) -> list[str]:
    """The states that `step` moves on from; in all others the row stays where it is."""
    return list(PROGRESS[: PROGRESS.index(step)]) if step in PROGRESS else []


class Row(Struct, frozen=True, kw_only=True):
    """A delivery: how far one campaign got with one recipient on one channel."""

    id: str
    app_id: str
    campaign_id: str
    channel: Channel
    person_id: str
    device_id: str | None = None
    platform: str | None = None
    locale: str | None = None
    """As its device had told it, or OTHER where the campaign has too many to count each."""
    variant: str | None = None
    """Of an experiment: the group its person is in."""
    lot: str | None = None
    """With whom it is settled: a row without an end of its own is accepted once its lot is."""
    state: str = "planned"
    reason: str | None = None
    planned_at: datetime
    not_before: datetime | None = None
    """When the quiet hours end that a planned push waits for."""
    accepted_at: datetime | None = None
    received_at: datetime | None = None
    displayed_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    dismissed_at: datetime | None = None
    converted_at: datetime | None = None
    acknowledged_at: datetime | None = None
    counted: Literal["at_start", "later"] | None = None
    """Of a broadcast: whether its person was counted when it began, or is one more."""
    redriven_at: datetime | None = None
    """When it was taken out of the dead letters, which happens once."""

    died_of: str | None = None
    """Why it was given up, where it has expired since."""

    @property
    def confirmable(self) -> bool:
        """What did confirm can, whatever its platform."""
        can = self.platform in CONFIRMING_PLATFORMS or self.received_at is not None
        return self.accepted_at is not None and self.channel == "push" and can

    def steps(self) -> dict[str, datetime]:
        stamps = {step: getattr(self, f"{step}_at") for step in ("planned", "redriven", *STEPS)}
        return {step: at for step, at in stamps.items() if at is not None}


def parts_of(platform: str | None, locale: str | None) -> tuple[str, str]:
    """The parts of a campaign that a delivery is counted in, beside the whole."""
    return f"platform:{platform or OTHER}", f"locale:{locale or OTHER}"


class Tally(Counter[str]):
    """Changes to the counters of one campaign and channel. Names are `accepted`, `skipped.opted_out`, …"""

    def plan(self, count: int = 1) -> None:
        self["targeted"] += count
        self["planned"] += count

    def skip(self, reason: str, count: int = 1) -> None:
        """Targeted, and left out at once."""
        self["targeted"] += count
        self[f"skipped.{reason}"] += count

    def accept(self, confirmable: int, count: int = 1) -> None:
        self["planned"] -= count
        self["accepted"] += count
        self["confirmable"] += confirmable

    def end(self, state: str, reason: str, count: int = 1) -> None:
        """A planned one ends as `skipped`, `failed` or `dead`."""
        self["planned"] -= count
        self[f"{state}.{reason}"] += count

    def redrive(self, reason: str) -> None:
        """One that died for this reason is planned again."""
        self[f"dead.{reason}"] -= 1
        self["planned"] += 1
        self["redriven"] += 1

    def expire(self, reason: str) -> None:
        """One that died for this reason can be redriven no more."""
        self[f"dead.{reason}"] -= 1
        self["skipped.expired"] += 1
        self["lapsed"] += 1


Groups = dict[tuple[str, str, str], Tally]


def tallied(
    rows: Iterable[Row], change: Callable[[Tally, str], None]
) -> tuple[dict[tuple[str, str], Tally], Groups, Groups]:
    """One change made for each of these rows and its reason: by campaign and channel, and by group of an experiment,
    and by part."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    groups: Groups = defaultdict(Tally)
    parts: Groups = defaultdict(Tally)
    for row in rows:
        change(tallies[row.campaign_id, row.channel], row.reason or "")
        if row.variant is not None:
            change(groups[row.campaign_id, row.channel, row.variant], row.reason or "")
        for part in parts_of(row.platform, row.locale):
            change(parts[row.campaign_id, row.channel, part], row.reason or "")
    return tallies, groups, parts


class Counts(Struct, frozen=True, kw_only=True):
    """The milestones of one campaign on one channel."""

    numbers: dict[str, int] = {}
    skipped_by_reason: dict[str, int] = {}
    failed_by_reason: dict[str, int] = {}
    dead_by_reason: dict[str, int] = {}
    revenue: dict[str, int] = {}
    """Of people only: by currency, in REVENUE_UNITS."""

    def __getitem__(self, name: str) -> int:
        if name in ENDS:
            reasons: dict[str, int] = getattr(self, f"{name}_by_reason")
            return sum(reasons.values())
        return self.numbers.get(name, 0)

    def flat(self) -> dict[str, int]:
        """The non-zero numbers under the names a Tally has."""
        ends = {f"{end}.{reason}": count for end in ENDS for reason, count in getattr(self, f"{end}_by_reason").items()}
        revenue = {f"revenue.{currency}": amount for currency, amount in self.revenue.items()}
        return {name: count for name, count in {**self.numbers, **ends, **revenue}.items() if count}

    @property
    def conserved(self) -> bool:
        """Every targeted recipient is in exactly one place."""
        return self["targeted"] == sum(self[name] for name in ("planned", "accepted", *ENDS))


def to_counts(documents: list[dict[str, Any]]) -> Counts:
    """The sum of stored counters, whose ends are broken down by reason, and revenue by currency."""
    sums: Counter[str] = Counter()
    parts: dict[str, Counter[str]] = {name: Counter() for name in _BROKEN_DOWN}
    for document in documents:
        for name, value in document.items():
            if name in parts:
                parts[name].update(value)
            else:
                sums[name] += value
    ends = {f"{end}_by_reason": dict(parts[end]) for end in ENDS}
    return Counts(numbers=dict(sums), revenue=dict(parts["revenue"]), **ends)

"""What is stored together: what of it is new, and what that is counted as."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from push.database import Document
from push.engagement.buckets import Bucket, packed
from push.engagement.model import Deed, Report, confirms
from push.ledger.model import Channel, Groups, Tally, campaign_of, channel_of, parts_of
from push.ledger.participants.hearing import Told
from push.ledger.telling import Happened

Thing = Report | Deed
Answer = Literal["new", "known", "unknown"]
"""`unknown`: there is no such delivery, or none of whoever reports it."""


class Group:
    """What is stored together, all of one app: what of it is new, and what that is counted as."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.answers: list[Answer] = ["unknown"] * len(things)
        self.whose: dict[int, str] = {}
        """By position; those that are unknown are not in it."""
        self.deliveries = list({thing.delivery_id: None for thing in things if isinstance(thing, Report)})
        self.rows: dict[str, Document] = {}
        self.first_rows: dict[str, Document] = {}
        """Of broadcasts' deliveries of which this is the first that is heard."""
        self.buckets: dict[str, Bucket] = {}
        self.told: list[Told] = []
        self.repeated: list[int] = []
        """Positions of what is stored by itself: conversions and deeds; in the end those of them that are new."""
        self._told_by: list[int] = []
        self._steps: list[int] = []

    def sort_out(self, rows: dict[str, Document]) -> None:
        """Tell what may be taken, by what there is in the ledger."""
        self.rows = rows
        for place, thing in enumerate(self.things):
            if isinstance(thing, Deed):
                self.answers[place], self.whose[place] = "known", thing.person_id
                self.repeated.append(place)
                continue
            delivery_id, row = thing.delivery_id, rows.get(thing.delivery_id)
            if row is None:
                if thing.first_row is None:
                    continue
                row = rows[delivery_id] = self.first_rows[delivery_id] = thing.first_row
            elif not thing.may_tell(row):
                continue
            self.answers[place] = "known"
            self.whose[place] = person_id = row["person_id"]
            campaign_id, bucket = row["campaign_id"], None
            if thing.repeats:
                self.repeated.append(place)
            else:
                bucket = self.buckets.get(campaign_id)
                if bucket is None:
                    bucket = self.buckets[campaign_id] = Bucket(campaign_id)
            if row.get(f"{thing.kind}_at") is None:
                name = bucket.id if bucket is not None else None
                self.told.append(Told(campaign_id, person_id, delivery_id, thing.kind, thing.at, thing.shows, name))
                self._told_by.append(place)

    def take_in(self, fresh: Sequence[int]) -> None:
        """These of `told` are new steps."""
        self._steps = [self._told_by[each] for each in fresh]
        for place in self._steps:
            self.answers[place] = "new"
            report = self.step(place)
            if not report.repeats:
                self.buckets[campaign_of(report.delivery_id)].events.append(packed(report.delivery_id, report.event()))

    def events(self) -> list[tuple[str, Document]]:
        return [(self.things[place].event_key, self.things[place].document()) for place in self.repeated]

    def repeat(self, added: set[int]) -> None:
        """Of a conversion it is each event that counts, and not that there was a first one: these of `events` are
        new."""
        self.repeated = [place for number, place in enumerate(self.repeated) if number in added]
        for place in self.repeated:
            self.answers[place] = "new"

    def step(self, place: int) -> Report:
        thing = self.things[place]
        assert isinstance(thing, Report)
        return thing

    @property
    def new(self) -> list[int]:
        return [place for place, answer in enumerate(self.answers) if answer == "new"]

    def happened(self) -> list[Happened]:
        steps = [self.step(place) for place in self._steps]
        return [Happened(report.kind, report.delivery_id, report.at) for report in steps]

    def touches(self) -> list[tuple[str, datetime]]:
        """Of whom something new was heard, and when that was."""
        return [(self.whose[place], self.things[place].at) for place in self._steps]

    def tally(self, groups: Groups) -> tuple[dict[tuple[str, str], Tally], Groups]:
        """What is counted, by campaign and by its parts; groups of experiments are added to `groups`."""
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        parts: Groups = defaultdict(Tally)
        alike: Counter[tuple[str, Channel, str | None, str | None, str | None, str]] = Counter()
        for place in self._steps:
            report = self.step(place)
            row = self.rows[report.delivery_id]
            channel, platform = channel_of(report.delivery_id), row.get("platform")
            alike[row["campaign_id"], channel, platform, row.get("locale"), row.get("variant"), report.kind] += 1
        for (campaign_id, channel, platform, locale, variant, kind), count in alike.items():
            counted = [tallies[campaign_id, channel]]
            counted += [parts[campaign_id, channel, part] for part in parts_of(platform, locale)]
            counted += [groups[campaign_id, channel, variant]] if variant is not None else []
            for tally in counted:
                tally[kind] += count
                tally["confirmable"] += count * confirms(kind, channel, platform)
        for row in self.first_rows.values():
            if row["counted"] == "later":
                of = row["campaign_id"], channel_of(row["_id"])
                for tally in (tallies[of], *(parts[*of, part] for part in parts_of(None, None))):
                    tally["targeted"] += 1
                    tally["accepted"] += 1
        return tallies, parts

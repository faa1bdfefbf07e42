"""Counters as the funnel and the rates of the vocabulary, each rate with what it is over."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from push.devices.census import Census
from push.devices.churn.model import Day
from push.engagement.overview import Overview
from push.ledger.model import REVENUE_UNITS, Counts
from push.live.model import Live
from sdk_contracts.wire.campaigns import (
    Breakdown,
    Counted,
    DeviceMetrics,
    ExperimentMetrics,
    Funnel,
    Metrics,
    PeopleMetrics,
    PeopleOverview,
    Rate,
    State,
    Timeline,
    TimelinePoint,
)
from sdk_contracts.wire.campaigns import Overview as OverviewContract
from sdk_contracts.wire.live import LiveCampaign, LiveLane, LiveMetrics, LiveQueue
from sdk_contracts.wire.metrics import AudienceDay, AudienceSeries, Churn


def funnel(counts: Iterable[Counts]) -> Funnel:
    """The milestones, summed over these counters."""
    parts = list(counts)

    def total(name: str) -> int:
        return sum(part[name] for part in parts)

    def reasons(end: str) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for part in parts:
            sums.update(getattr(part, f"{end}_by_reason"))
        return {reason: n for reason, n in sums.items() if n}

    return Funnel(
        targeted=total("targeted"),
        planned=total("planned"),
        accepted=total("accepted"),
        confirmable=total("confirmable"),
        received=total("received"),
        displayed=total("displayed"),
        opened=total("opened"),
        clicked=total("clicked"),
        dismissed=total("dismissed"),
        converted=total("converted"),
        acknowledged=total("acknowledged"),
        dead=total("dead"),
        dead_by_reason=reasons("dead"),
        failed=total("failed"),
        failed_by_reason=reasons("failed"),
        skipped=total("skipped"),
        skipped_by_reason=reasons("skipped"),
    )


def rates(of: Funnel) -> dict[str, Rate]:
    """The formulas of the vocabulary. What cannot confirm is named as unknown, never counted as zero."""
    unknown = max(of.accepted - of.confirmable, 0)
    return {
        "receipt_rate": rate(of.received, of.confirmable, unknown),
        "open_rate": rate(of.opened, of.accepted),
        "confirmed_open_rate": rate(of.opened, of.received, unknown),
        "click_through_rate": rate(of.clicked, of.accepted),
    }


def rate(numerator: int, denominator: int, unknown: int = 0) -> Rate:
    value = numerator / denominator if denominator else None
    return Rate(value=value, numerator=numerator, denominator=denominator, unknown=unknown)


def people(counts: Counts, push: Funnel) -> PeopleMetrics:
    """What people did; `push` are the deliveries, some of which cannot tell that they arrived."""
    targeted, reached = counts.numbers.get("targeted"), counts["reached"]
    silent = max(push.accepted - push.confirmable, 0)
    unknown = silent if targeted is None else min(silent, max(targeted - reached, 0))
    direct, influenced = counts["credited_direct"], counts["credited_influenced"]
    return PeopleMetrics(
        targeted=targeted,
        reached=reached,
        opened=counts["opened"],
        influenced=counts["influenced"],
        clicked=counts["clicked"],
        converted=direct + influenced,
        converted_direct=direct,
        converted_influenced=influenced,
        conversions=counts["conversions"],
        revenue=_revenue(counts),
        rates={
            "reach": rate(reached, targeted or 0, unknown),
            "direct_open_rate": rate(counts["opened"], reached, unknown),
            "influenced_open_rate": rate(counts["influenced"], reached, unknown),
            "conversion_rate": rate(direct + influenced, reached, unknown),
        },
    )


def _people_overview(counts: Counts, unknown: int) -> PeopleOverview:
    reached, direct, influenced = counts["reached"], counts["credited_direct"], counts["credited_influenced"]
    return PeopleOverview(
        reached=reached,
        opened=counts["opened"],
        influenced=counts["influenced"],
        clicked=counts["clicked"],
        converted=direct + influenced,
        converted_direct=direct,
        converted_influenced=influenced,
        conversions=counts["conversions"],
        revenue=_revenue(counts),
        rates={
            "direct_open_rate": rate(counts["opened"], reached, unknown),
            "influenced_open_rate": rate(counts["influenced"], reached, unknown),
            "conversion_rate": rate(direct + influenced, reached, unknown),
        },
    )


def _revenue(counts: Counts) -> dict[str, float]:
    return {currency: amount / REVENUE_UNITS for currency, amount in sorted(counts.revenue.items()) if amount}


def _broken_down(parts: Mapping[str, Mapping[str, Counts]], prefix: str) -> dict[str, Funnel]:
    return {
        part.removeprefix(prefix): funnel(channels.values())
        for part, channels in parts.items()
        if part.startswith(prefix)
    }


def metrics(
    campaign_id: str,
    state: State,
    by_channel: Mapping[str, Counts],
    of_people: Counts,
    parts: Mapping[str, Mapping[str, Counts]],
    now: datetime,
    experiment: ExperimentMetrics | None = None,
) -> Metrics:
    """The rates are those of push: an inbox item is neither handed to a provider nor confirmed by a device."""
    channels = {channel: funnel([counts]) for channel, counts in by_channel.items()}
    return Metrics(
        campaign_id=campaign_id,
        state=state,
        as_of=now,
        total=funnel(by_channel.values()),
        by_channel=channels,
        by_platform=_broken_down(parts, "platform:"),
        by_locale=_broken_down(parts, "locale:"),
        rates=rates(channels.get("push") or funnel([])),
        people=people(of_people, channels.get("push") or funnel([])),
        experiment=experiment,
    )


def timeline(bucket: str, series: Iterable[tuple[datetime, Mapping[str, int]]]) -> Timeline:
    return Timeline(bucket=bucket, points=points(series))  # type: ignore[arg-type]


def points(series: Iterable[tuple[datetime, Mapping[str, int]]]) -> list[TimelinePoint]:
    return [TimelinePoint(at=at, counts=dict(counts)) for at, counts in series]


def overview(numbers: Overview) -> OverviewContract:
    """The rates are those of push, as a campaign's are."""
    push = funnel(numbers.counts.get("push", []))
    return OverviewContract(
        as_of=numbers.as_of,
        devices_as_of=numbers.census.as_of,
        devices=numbers.census.devices,
        opt_in_rate=rate(numbers.census.reachable, numbers.census.devices),
        stale=numbers.census.stale,
        by_platform={platform: count for platform, (count, _) in numbers.census.by_platform.items()},
        campaigns=numbers.campaigns,
        totals=funnel(counts for series in numbers.counts.values() for counts in series),
        rates=rates(push),
        people=_people_overview(numbers.people, max(push.accepted - push.confirmable, 0)),
        timeline=points(numbers.timeline),
    )


def audience(days: Iterable[Day], now: datetime) -> AudienceSeries:
    return AudienceSeries(as_of=now, days=[_day(day) for day in days])


def _day(day: Day) -> AudienceDay:
    total: Counter[str] = Counter()
    for counts in day.by_platform.values():
        total.update(counts)
    by_platform = {platform: Churn(**counts) for platform, counts in sorted(day.by_platform.items())}
    return AudienceDay(at=day.at, total=Churn(**total), by_platform=by_platform)


def devices(found: Census) -> DeviceMetrics:
    return DeviceMetrics(
        as_of=found.as_of,
        devices=found.devices,
        opt_in_rate=rate(found.reachable, found.devices),
        stale=found.stale,
        by={
            "platform": Breakdown(values=_values(found.by_platform), other=0, unknown=0),
            **{
                name: Breakdown(values=_values(kinds.counts), other=kinds.other, unknown=kinds.unknown)
                for name, kinds in found.kinds.items()
            },
        },
    )


def _values(counts: Mapping[str, tuple[int, int]]) -> list[Counted]:
    return [Counted(value=name, devices=count, reachable=reached) for name, (count, reached) in counts.items()]


def live(found: Live) -> LiveMetrics:
    since = found.queue.oldest_due_at
    return LiveMetrics(
        as_of=found.as_of,
        campaigns=[
            LiveCampaign(
                campaign_id=each.campaign_id,
                name=each.name,
                state=cast(State, each.state),
                waiting=each.waiting,
                per_second={step: round(value, 2) for step, value in each.per_second.items()},
            )
            for each in found.campaigns
        ],
        queue=LiveQueue(
            batches=found.queue.batches,
            held=found.queue.held,
            due=found.queue.due,
            oldest_waiting_seconds=None if since is None else max(0.0, (found.as_of - since).total_seconds()),
        ),
        lanes=[
            LiveLane(
                worker_id=each.worker_id,
                lane=each.lane,
                state=each.state,
                per_second=each.per_second,
                limit_per_second=each.limit_per_second,
                in_flight=each.in_flight,
                window=each.window,
                good=each.good,
                bad=each.bad,
                as_of=each.at,
            )
            for each in found.lanes
        ],
    )

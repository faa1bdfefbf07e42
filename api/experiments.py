"""What an experiment has shown: people by group, with how sure that is."""

from collections.abc import Mapping
from typing import Any

from api.measures import funnel
from push.campaigns.experiment import Experiment
from push.campaigns.model import Campaign
from push.campaigns.statistics import Share, anytime_difference, difference, interval
from push.engagement.returning import DAYS, Returning
from push.ledger.model import HOLDOUT, PEOPLE, REST, Counts
from sdk_contracts.wire import campaigns as wire

Groups = Mapping[str, Mapping[str, Counts]]
"""Group → channel, or PEOPLE → milestones."""
_RATES = {"open_rate": "opened", "click_rate": "clicked", "conversion_rate": "converted"}
_NOBODY = Counts()


def experiment(campaign: Campaign, groups: Groups) -> wire.ExperimentMetrics | None:
    """Takes seconds the first time in a process: the statistics are loaded then."""
    made = campaign.experiment
    if made is None:
        return None
    first = _people(groups, made.variants[0].name)
    treated = [*(variant.name for variant in made.variants), REST]
    return wire.ExperimentMetrics(
        variants=[
            wire.VariantMetrics(
                name=variant.name,
                against_first=_against(_people(groups, variant.name), first) if number else {},
                **_group(groups, variant.name),
            )
            for number, variant in enumerate(made.variants)
        ],
        rest=wire.Group(**_group(groups, REST)) if made.winner else None,
        holdout=wire.Group(**_group(groups, HOLDOUT)) if made.holdout_percent else None,
        lift=_lift(made, [_people(groups, name) for name in treated], _people(groups, HOLDOUT)),
        winner=campaign.won,
        decided_at=campaign.decided_at,
    )


def retention(campaign: Campaign, found: Returning) -> wire.Retention:
    """Takes seconds the first time in a process, as `experiment` does."""
    return wire.Retention(
        campaign_id=campaign.id,
        as_of=found.as_of,
        launched_at=campaign.launched_at,
        looked_at=found.looked_at,
        sampled=found.sampled,
        cohorts={
            name: wire.Cohort(  # type: ignore[misc]
                people=cohort.people,
                came_back={str(day): _told(cohort.came_back[day]) if day in cohort.came_back else None for day in DAYS},
            )
            for name, cohort in found.cohorts.items()
        },
    )


def _people(groups: Groups, group: str) -> Counts:
    return groups.get(group, {}).get(PEOPLE, _NOBODY)


def _shares(people: Counts) -> dict[str, Share]:
    return {rate: Share(people[step], people["targeted"]) for rate, step in _RATES.items()}


def _group(groups: Groups, group: str) -> dict[str, Any]:
    people = _people(groups, group)
    return {
        "people": people["targeted"],
        "rates": {rate: _told(share) for rate, share in _shares(people).items()},
        "by_channel": {
            channel: funnel([counts]) for channel, counts in groups.get(group, {}).items() if channel != PEOPLE
        },
    }


def _told(share: Share) -> wire.Share:
    low, high = interval(share)
    value = share.value if share.of else None
    return wire.Share(value=value, numerator=share.count, denominator=share.of, low=low, high=high)


def _against(people: Counts, first: Counts) -> dict[str, wire.Difference]:
    others = _shares(first)
    return {rate: _difference(share, others[rate]) for rate, share in _shares(people).items()}


def _lift(made: Experiment, treated: list[Counts], held_out: Counts) -> wire.Difference | None:
    if not made.holdout_percent:
        return None
    converted = Share(sum(each["converted"] for each in treated), sum(each["targeted"] for each in treated))
    return _difference(converted, Share(held_out["converted"], held_out["targeted"]))


def _difference(one: Share, other: Share) -> wire.Difference:
    """All who take part are known once it is planned, so that is when the sequence is to be tightest."""
    low, high = difference(one, other)
    anytime_low, anytime_high = anytime_difference(one, other, one.of + other.of)
    value = one.value - other.value if one.of and other.of else None
    return wire.Difference(value=value, low=low, high=high, anytime_low=anytime_low, anytime_high=anytime_high)

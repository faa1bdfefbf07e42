"""What is made from a campaign: its runs, and the step that follows it. Each is a campaign of its own."""

from datetime import datetime

from msgspec.structs import replace

from push.campaigns.model import Campaign
from push.scheduling.model import Schedule, Start

_UNTOUCHED = {
    "start": None, "owner": None, "attempt": 0, "moves": 0, "planned": False, "pages": 0, "planned_to": "",
    "batches": 0, "locales": (), "won": None, "decided_at": None, "finished_at": None, "hears": (), "archived_at": None,
    "meant": None,
}  # fmt: skip
"""What became of a campaign has not become of one that is made from it."""


def run_of(campaign: Campaign, run_id: str, start: Start, at: datetime, people: tuple[str, ...] = ()) -> Campaign:
    """One run, on its way; only to those `people` of its audience if any are named."""
    schedule = Schedule(at=start.occurrence, local_time=campaign.local_time)
    fields = {"id": run_id, "run_of": campaign.id, "schedule": schedule, "people": people, "created_at": at}
    return replace(campaign, **fields, **_UNTOUCHED).begin(at, at)


def second_step(campaign: Campaign, step_id: str, at: datetime) -> Campaign:
    """What follows it, for those who did not open it, on its way."""
    step = campaign.follow_up
    assert step is not None
    content = step.content or campaign.content
    fields = {
        "id": step_id, "run_of": campaign.id, "follows": campaign.id, "created_at": at,
        "schedule": None, "follow_up": None, "experiment": None, "channels": step.channels,
        "content": replace(content, highlight=content.highlight or step.highlight),
    }  # fmt: skip
    return replace(campaign, **fields, **_UNTOUCHED).begin(at, at)


def missed(campaign: Campaign, at: datetime) -> Campaign:
    """Nobody was there to begin it while there was time."""
    return replace(campaign, state="failed", finished_at=at, due_at=None, owner=None, start=None)


def waiting(campaign: Campaign, start: Start | None, at: datetime) -> Campaign:
    """Until its next run; without one it is at its end."""
    if start is not None:
        return replace(campaign, due_at=start.at, owner=None, start=start)
    return replace(campaign, state="sent", finished_at=at, due_at=None, owner=None, start=None, hears=())

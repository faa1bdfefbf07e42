"""The HTTP API as Python calls: campaigns and their numbers here, the rest in `calls`."""

from typing import Literal
from urllib.parse import quote

from dashboard.calls import MediaCalls, OwnerCalls, PeopleCalls, SegmentCalls, TemplateCalls
from dashboard.calls_numbers import NumberCalls
from dashboard.calls_placements import PlacementCalls
from dashboard.calls_webhooks import WebhookCalls
from dashboard.downloads import TICKETS
from dashboard.transport import ApiAway, KeyRefused, Refused, connect
from sdk_contracts.wire.apps import Me
from sdk_contracts.wire.campaigns import (
    Campaign,
    CampaignChange,
    CampaignDraft,
    Check,
    Estimate,
    EstimateRequest,
    Expired,
    MessageAccepted,
    Metrics,
    Opinion,
    Preview,
    PreviewRequest,
    Recipient,
    Redriven,
    Retention,
    TestSend,
    Timeline,
)
from sdk_contracts.wire.common import Page
from sdk_contracts.wire.scheduling import ComingRuns, Schedule, ScheduleRequest

__all__ = ["ApiAway", "Client", "KeyRefused", "Move", "Refused", "connect"]
Move = Literal["submit", "pause", "resume", "cancel", "archive", "unarchive"]


class Client(
    OwnerCalls, PeopleCalls, TemplateCalls, NumberCalls, PlacementCalls, MediaCalls, SegmentCalls, WebhookCalls
):
    """One person's view of the API. Every call raises ApiAway, KeyRefused or Refused, and nothing else."""

    def me(self) -> Me:
        return self._ask(Me, "GET", "/v1/me")

    def campaigns(
        self, limit: int = 20, cursor: str | None = None, *, state: str = "", text: str = "", archived: bool = False
    ) -> Page[Campaign]:
        """Newest first, `limit` from 1 to 100; those with `text` in name or tag, or the archived ones instead."""
        wanted = {"state": state, "q": text, "archived": "true" if archived else "", "cursor": cursor or ""}
        query = {"limit": str(limit)} | {name: value for name, value in wanted.items() if value}
        return self._ask(Page[Campaign], "GET", "/v1/campaigns", query=query)

    def campaign(self, campaign_id: str) -> Campaign:
        return self._ask(Campaign, "GET", _path(campaign_id))

    def create(self, draft: CampaignDraft, idempotency_key: str) -> Campaign:
        return self._ask(Campaign, "POST", "/v1/campaigns", body=draft, idempotency_key=idempotency_key)

    def change(self, campaign_id: str, change: CampaignChange) -> Campaign:
        return self._ask(Campaign, "PATCH", _path(campaign_id), body=change)

    def delete(self, campaign_id: str) -> None:
        self._send("DELETE", _path(campaign_id))

    def launch(self, campaign_id: str) -> None:
        """A campaign is launched once, so its id is key enough: pressing twice sends once."""
        self._send("POST", _path(campaign_id, "launch"), idempotency_key=f"launch-{campaign_id}")

    def move(self, campaign_id: str, verb: Move) -> Campaign:
        return self._ask(Campaign, "POST", _path(campaign_id, verb))

    def copy(self, campaign_id: str, idempotency_key: str) -> Campaign:
        return self._ask(Campaign, "POST", _path(campaign_id, "copy"), idempotency_key=idempotency_key)

    def judge(self, campaign_id: str, verb: Literal["approve", "reject"], opinion: Opinion) -> Campaign:
        return self._ask(Campaign, "POST", _path(campaign_id, verb), body=opinion)

    def check(self, campaign_id: str) -> Check:
        return self._ask(Check, "POST", _path(campaign_id, "check"))

    def try_out(self, campaign_id: str, request: TestSend, idempotency_key: str) -> MessageAccepted:
        """Send what it says now to a few by name."""
        path = _path(campaign_id, "test")
        return self._ask(MessageAccepted, "POST", path, body=request, idempotency_key=idempotency_key)

    def preview(self, campaign_id: str, request: PreviewRequest) -> Preview:
        """What is saved, as one person or language sees it."""
        return self._ask(Preview, "POST", _path(campaign_id, "preview"), body=request)

    def coming(self, schedule: Schedule) -> ComingRuns:
        """When it would begin if it were launched now, and its next runs."""
        return self._ask(ComingRuns, "POST", "/v1/schedule/preview", body=ScheduleRequest(schedule=schedule))

    def recipients(self, campaign_id: str, state: str, reason: str, cursor: str | None, limit: int) -> Page[Recipient]:
        """The ledger, by state and reason where they are not empty."""
        wanted = {"state": state, "reason": reason, "cursor": cursor or ""}
        query = {"limit": str(limit)} | {name: value for name, value in wanted.items() if value}
        return self._ask(Page[Recipient], "GET", _path(campaign_id, "recipients"), query=query)

    def redrive(self, campaign_id: str, idempotency_key: str) -> Redriven:
        return self._ask(Redriven, "POST", _path(campaign_id, "redrive"), idempotency_key=idempotency_key)

    def expire(self, campaign_id: str, idempotency_key: str) -> Expired:
        return self._ask(Expired, "POST", _path(campaign_id, "expire-dead-letters"), idempotency_key=idempotency_key)

    def runs_of(self, campaign_id: str, limit: int) -> Page[Campaign]:
        """Its runs, and its second step, newest first."""
        query = {"limit": str(limit), "run_of": campaign_id}
        return self._ask(Page[Campaign], "GET", "/v1/campaigns", query=query)

    def export_link(self, campaign_id: str, what: str, form: str) -> str:
        """Where this dashboard gives out the file, from the page one is on."""
        query = {"of": what, "format": form}
        return f"export/{TICKETS.issue(self.api_url, self._key, _path(campaign_id, 'export'), query)}"

    def metrics(self, campaign_id: str) -> Metrics:
        return self._share(Metrics, _path(campaign_id, "metrics"))

    def timeline(self, campaign_id: str, bucket: str) -> Timeline:
        """`bucket` is minute, hour or day."""
        return self._share(Timeline, _path(campaign_id, "timeline"), {"bucket": bucket})

    def retention(self, campaign_id: str) -> Retention:
        return self._ask(Retention, "GET", _path(campaign_id, "retention"))

    def estimate(self, request: EstimateRequest) -> Estimate:
        return self._ask(Estimate, "POST", "/v1/audience/estimate", body=request)


def _path(campaign_id: str, verb: str = "") -> str:
    return f"/v1/campaigns/{quote(campaign_id, safe='')}" + (f"/{verb}" if verb else "")

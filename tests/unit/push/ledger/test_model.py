"""Deliveries have one id each, and what is counted is what the rows say, in whatever order things happen (check 42)."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from push.ids import new_id
from push.ledger.model import (
    CONFIRMING_PLATFORMS,
    STEPS,
    Row,
    Tally,
    before,
    campaign_of,
    channel_of,
    delivery_id,
    recipient_of,
    to_counts,
)
from tests.unit.push.making import APP, NOON

BODIES = st.text("0123456789abcdefghijklmnopqrstuv", min_size=24, max_size=24)
REASONS = st.sampled_from(["opted_out", "expired", "http_503"])
ENDS = st.sampled_from(["skipped", "failed", "dead"])


@given(BODIES, BODIES, st.sampled_from(["push", "inbox"]))
def test_a_delivery_id_tells_campaign_channel_and_recipient(campaign: str, recipient: str, channel: str) -> None:
    whom = f"{'dev' if channel == 'push' else 'per'}_{recipient}"
    made = delivery_id(f"cmp_{campaign}", channel, whom)
    assert campaign_of(made) == f"cmp_{campaign}"
    assert channel_of(made) == channel
    assert recipient_of(made) == whom
    assert made == delivery_id(f"cmp_{campaign}", channel, whom)


def test_no_two_deliveries_share_an_id() -> None:
    campaigns, people = [new_id("cmp"), new_id("cmp")], [new_id("dev"), new_id("dev")]
    made = {delivery_id(c, channel, p) for c in campaigns for channel in ("push", "inbox") for p in people}
    assert len(made) == 8


def test_a_step_moves_a_delivery_forward_only() -> None:
    assert before("accepted") == ["planned"]
    assert before("opened") == ["planned", "accepted", "received", "displayed"]
    assert before("dismissed") == before("converted") == before("acknowledged") == []


class Counting(RuleBasedStateMachine):
    """One recipient after the other is planned, sent, ended and seen, as the ledger counts it."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[dict[str, Any]] = []
        self.planned = self.targeted = 0

    def fold(self, tally: Tally) -> None:
        """As the store does: `$inc` by dotted names, into one of several documents."""
        document: dict[str, Any] = {}
        for dotted, value in tally.items():
            name, _, reason = dotted.partition(".")
            if reason:
                document.setdefault(name, {})[reason] = value
            else:
                document[name] = value
        self.documents.append(document)

    @rule(planned=st.integers(0, 5), skipped=st.lists(REASONS, max_size=3))
    def plan(self, planned: int, skipped: list[str]) -> None:
        tally = Tally()
        for _ in range(planned):
            tally.plan()
        for reason in skipped:
            tally.skip(reason)
        self.fold(tally)
        self.planned += planned
        self.targeted += planned + len(skipped)

    @precondition(lambda self: self.planned > 0)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        tally = Tally()
        for _ in range(data.draw(st.integers(1, self.planned))):
            if data.draw(st.booleans()):
                tally.accept(data.draw(st.booleans()))
            else:
                tally.end(data.draw(ENDS), data.draw(REASONS))
            self.planned -= 1
        self.fold(tally)

    @rule(step=st.sampled_from(STEPS[1:]))
    def report(self, step: str) -> None:
        self.fold(Tally({step: 1}))

    @invariant()
    def every_targeted_recipient_is_in_exactly_one_place(self) -> None:
        counts = to_counts(self.documents)
        assert counts.conserved
        assert counts["targeted"] == self.targeted
        assert counts["planned"] == self.planned
        assert counts["confirmable"] <= counts["accepted"]


Counting.TestCase.settings = Counting.TestCase.settings.__class__(
    max_examples=50, stateful_step_count=20, deadline=None
)
test_counters_conserve_whatever_happens_in_whatever_order = Counting.TestCase


def test_a_recipient_that_is_lost_or_counted_twice_is_noticed() -> None:
    assert to_counts([{"targeted": 2, "planned": 1, "accepted": 1}]).conserved
    assert not to_counts([{"targeted": 2, "planned": 1, "accepted": 1, "failed": {"x": 1}}]).conserved
    assert not to_counts([{"targeted": 2, "planned": 1}]).conserved


def test_ends_are_counted_in_all_and_by_reason() -> None:
    counts = to_counts([{"skipped": {"expired": 2, "opted_out": 1}}, {"skipped": {"expired": 3}}])
    assert counts["skipped"] == 6
    assert counts.skipped_by_reason == {"expired": 5, "opted_out": 1}
    assert counts["opened"] == counts["dead"] == 0


def row(**fields: Any) -> Row:
    given_fields = {
        "id": delivery_id(new_id("cmp"), "push", new_id("dev")),
        "app_id": APP,
        "campaign_id": new_id("cmp"),
        "channel": "push",
        "person_id": new_id("per"),
        "planned_at": NOON,
        **fields,
    }
    return Row(**given_fields)


def test_a_row_tells_the_steps_it_took_and_when() -> None:
    opened = NOON + timedelta(minutes=2)
    assert row(accepted_at=NOON, opened_at=opened).steps() == {"planned": NOON, "accepted": NOON, "opened": opened}


def test_confirmable_is_what_was_accepted_where_the_sdk_can_tell() -> None:
    for platform in CONFIRMING_PLATFORMS:
        assert row(platform=platform, accepted_at=NOON).confirmable
        assert not row(platform=platform).confirmable
    assert not row(platform="ios", accepted_at=NOON).confirmable
    assert row(platform="ios", accepted_at=NOON, received_at=NOON).confirmable
    assert not row(platform="android", accepted_at=NOON, channel="inbox").confirmable

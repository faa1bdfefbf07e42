"""Every move a campaign may make, and every one it may not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.apps.model import Principal
from push.audience.rules import Audience, Rule
from push.campaigns.model import DEFAULT_TTL_SECONDS, Campaign, Limits, State
from push.errors import IllegalMove
from tests.unit.push.making import APP, NOON, campaign, content

STATES: tuple[State, ...] = get_args(State)
LATER = NOON + timedelta(hours=1)
AUTHOR = Principal(APP, "secret", "author", "key_author")
MARKETER = Principal(APP, "secret", "marketer", "key_marketer")
MOVES: dict[str, Callable[[Campaign], Campaign]] = {
    "launched": lambda each: each.launch(LATER),
    "cancelled": lambda each: each.cancel(LATER),
    "changed": lambda each: each.changed(name="Other"),
    "submitted": lambda each: each.submit(AUTHOR, LATER),
    "approved": lambda each: each.approve(MARKETER, LATER),
    "rejected": lambda each: each.reject(MARKETER, LATER),
    "archived": lambda each: each.archive(LATER),
    "paused": lambda each: each.pause(),
    "resumed": lambda each: each.resume(LATER),
    "redriven": lambda each: each.redrive(LATER),
}
LEGAL = {
    ("draft", "launched"), ("approved", "launched"), ("draft", "changed"),
    ("in_review", "changed"), ("approved", "changed"), ("draft", "submitted"), ("in_review", "approved"),
    ("in_review", "rejected"), ("approved", "rejected"),
    ("draft", "archived"), ("sent", "archived"), ("cancelled", "archived"), ("failed", "archived"),
    ("draft", "cancelled"), ("in_review", "cancelled"), ("approved", "cancelled"), ("scheduled", "cancelled"),
    ("sending", "cancelled"), ("paused", "cancelled"), ("sending", "paused"), ("scheduled", "paused"),
    ("paused", "resumed"),
    ("sending", "redriven"), ("paused", "redriven"), ("sent", "redriven"),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_campaign_moves_where_it_may_and_says_so_where_it_may_not(state: State, move: str) -> None:
    before = campaign(state=state)
    if (state, move) in LEGAL:
        MOVES[move](before)
    else:
        with pytest.raises(IllegalMove) as refused:
            MOVES[move](before)
        assert (refused.value.state, refused.value.move) == (state, move)
    assert before.state == state


def test_a_change_makes_a_version_of_which_nobody_has_said_anything() -> None:
    approved = campaign().submit(AUTHOR, NOON).approve(MARKETER, LATER, "Fine")
    assert approved.review.approved is not None
    assert (approved.review.approved.key_id, approved.review.approved.version) == ("key_marketer", 1)
    changed = approved.changed("key_author", name="Other")
    assert (changed.state, changed.name, changed.review.version) == ("draft", "Other", 2)
    assert (changed.review.submitted, changed.review.approved) == (None, None)


def test_only_the_eyes_of_somebody_who_did_not_write_it_are_others() -> None:
    written = campaign().changed("key_author").changed("key_editor")
    submitted = written.submit(MARKETER, NOON)
    for key, others in (("key_author", False), ("key_editor", False), ("key_marketer", False), ("key_boss", True)):
        approved = submitted.approve(Principal(APP, "secret", "owner", key), LATER)
        assert approved.review.by_another == others, key
    assert not submitted.review.by_another


def test_what_is_archived_is_neither_launched_nor_changed() -> None:
    archived = campaign().archive(NOON)
    assert archived.archive(LATER) == archived
    for move in ("launched", "changed", "submitted"):
        with pytest.raises(IllegalMove):
            MOVES[move](archived)


def test_a_launched_campaign_is_due_at_once_and_knows_when_it_started() -> None:
    launched = campaign().launch(LATER)
    assert (launched.state, launched.launched_at, launched.due_at) == ("sending", LATER, LATER)
    assert launched.finished_at is None


def test_what_is_paused_goes_on_where_it_was_and_is_looked_at_again() -> None:
    sending = campaign(planned_to="dev_1", planned=True).launch(NOON)
    resumed = sending.pause().resume(LATER)
    assert (resumed.state, resumed.due_at) == ("sending", LATER)
    assert (resumed.planned_to, resumed.planned, resumed.launched_at) == ("dev_1", True, NOON)


def test_what_was_sent_is_being_sent_again_when_its_dead_letters_are() -> None:
    again = campaign(state="sent", finished_at=NOON).redrive(LATER)
    assert (again.state, again.finished_at, again.due_at) == ("sending", None, LATER)
    assert campaign(state="paused").redrive(LATER).state == "paused"
    with pytest.raises(IllegalMove):
        campaign(state="sent", limits=Limits(expires_at=LATER)).redrive(LATER)


def test_a_cancelled_campaign_knows_when_it_ended_and_stays_so() -> None:
    cancelled = campaign(state="sending").cancel(LATER)
    assert (cancelled.state, cancelled.finished_at) == ("cancelled", LATER)
    for move in (MOVES[name] for name in MOVES if name != "archived"):
        with pytest.raises(IllegalMove):
            move(cancelled)


@pytest.mark.parametrize("state", STATES)
def test_dead_letters_are_redriven_while_a_campaign_is_sent_or_was(state: State) -> None:
    before = campaign(state=state, finished_at=NOON if state == "sent" else None)
    if state in ("sending", "paused", "sent"):
        again = before.redrive(LATER)
        assert (again.state, again.finished_at) == ("paused" if state == "paused" else "sending", None)
    else:
        with pytest.raises(IllegalMove):
            before.redrive(LATER)


def test_dead_letters_of_a_campaign_that_expired_are_not_redriven() -> None:
    with pytest.raises(IllegalMove):
        campaign(state="sent", limits=Limits(expires_at=LATER)).redrive(LATER)


def test_a_campaign_is_over_from_the_moment_it_expires() -> None:
    ends = campaign(limits=Limits(expires_at=LATER))
    assert not ends.expired(LATER - timedelta(milliseconds=1))
    assert ends.expired(LATER)
    assert not campaign().expired(LATER)


SECONDS = st.integers(0, DEFAULT_TTL_SECONDS)


@given(st.none() | SECONDS, st.none() | st.floats(-1e7, 1e7, allow_nan=False))
def test_a_provider_keeps_it_as_long_as_was_said_and_never_past_its_end(
    ttl: int | None, seconds_left: float | None
) -> None:
    ends = NOON + timedelta(seconds=seconds_left) if seconds_left is not None else None
    kept = campaign(content=content(ttl_seconds=ttl), limits=Limits(expires_at=ends)).ttl_seconds(NOON)
    assert 0 <= kept <= DEFAULT_TTL_SECONDS
    assert ttl is None or kept <= ttl
    assert ends is None or kept == 0 or NOON + timedelta(seconds=kept) <= ends
    if ends is None:
        assert kept == (DEFAULT_TTL_SECONDS if ttl is None else ttl)


def test_a_message_for_now_or_never_is_not_kept_for_weeks() -> None:
    assert campaign(content=content(ttl_seconds=0)).ttl_seconds(NOON) == 0


def test_the_lease_of_a_campaign_nobody_holds_fits_nobody() -> None:
    assert campaign().lease.owner == ""
    held = campaign(owner="wrk_1", attempt=2).lease
    assert (held.owner, held.attempt) == ("wrk_1", 2)


@pytest.mark.parametrize(
    ("fields", "broadcast"),
    [
        ({}, True),
        ({"audience": Audience(include=Rule(topics=("news",)), exclude=Rule(external_ids=("boss",)))}, True),
        ({"audience": Audience(include=Rule(external_ids=("ann",)))}, False),
        ({"audience": Audience(include=Rule(all=True), exclude=Rule(device_ids=("dev_0",) * 1001))}, False),
        ({"content": content("Hi {{ person.external_id }}")}, False),
        ({"content": content("Hi {% if device.tags.vip %}you{% endif %}")}, False),
        ({"channels": ("push",)}, False),
    ],
)
def test_the_inbox_of_a_campaign_is_one_item_where_all_who_are_meant_read_the_same(
    fields: dict[str, Any], broadcast: bool
) -> None:
    assert campaign(**fields).launch(LATER).broadcast is broadcast

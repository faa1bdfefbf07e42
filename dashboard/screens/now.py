"""What happens this moment: how fast campaigns are sent and answered, what waits, and how the push services take it.

HTML and no chart: a re-run costs a tenth of one with charts, so it may come more often.
"""

from datetime import datetime
from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.markup import Tile
from sdk_contracts.wire.live import LiveCampaign, LiveLane, LiveMetrics, LiveQueue

STEPS = ("accepted", "received", "opened")
BUSY = frozenset({"sending", "paused"})
LANE_TONES: dict[str, markup.Tone] = {
    "open": "good", "slowed": "warn", "ramping": "warn", "probing": "bad", "stopped": "bad",
}  # fmt: skip
REMEMBERED = 90
"""Looks of this tab that the small lines show: three minutes."""
MOST_CAMPAIGNS = 8
SLOT = "now.trail"


def panel() -> None:
    client = session.signed_in().client
    seen = live.look("now", client.now, height=150, quiet=True)
    if seen is None:
        return
    show(seen.data, stale=seen.stale)


def show(found: LiveMetrics, *, stale: bool) -> None:
    say = session.say
    age = fmt.ago((session.now() - found.as_of).total_seconds(), session.language())
    st.html(markup.section(say("live_now"), say("live_now_note", ago=age), found.as_of))
    if not stale:
        remember(found)
    moving = [one for one in found.campaigns if one.state in BUSY or any(one.per_second.values())]
    if not moving and not found.queue.batches:
        st.html(markup.note(say("now_quiet")))
        return
    st.html(markup.tiles([*speeds(found), *waiting(found.campaigns, found.queue)]))
    for one in moving[:MOST_CAMPAIGNS]:
        row(one)


def remember(found: LiveMetrics) -> None:
    """Each look once, the latest last."""
    trail: list[tuple[datetime, dict[str, float]]] = st.session_state.setdefault(SLOT, [])
    known = any(one.per_second for one in found.campaigns)
    if known and (not trail or trail[-1][0] < found.as_of):
        trail.append((found.as_of, {step: total(found, step) for step in STEPS}))
        del trail[:-REMEMBERED]


def speeds(found: LiveMetrics) -> list[Tile]:
    say = session.say
    trail: list[tuple[datetime, dict[str, float]]] = st.session_state.get(SLOT, [])
    known = any(one.per_second for one in found.campaigns) or not found.campaigns
    return [
        Tile(
            say(f"col.{step}_per_second"), fmt.speed(total(found, step)) if known else fmt.NOTHING,
            say("both_channels") if known else say("now_first_look"),
            spark=markup.sparkline([values[step] for _, values in trail], step),
        )
        for step in STEPS
    ]  # fmt: skip


def total(found: LiveMetrics, step: str) -> float:
    return sum(one.per_second.get(step, 0.0) for one in found.campaigns)


def waiting(campaigns: list[LiveCampaign], queue: LiveQueue) -> list[Tile]:
    say = session.say
    oldest = queue.oldest_waiting_seconds
    return [
        Tile(
            say("waiting_deliveries"), fmt.number(sum(one.waiting for one in campaigns)),
            say("queue_batches", batches=fmt.number(queue.batches), held=fmt.number(queue.held)),
        ),
        Tile(
            say("oldest_waiting"), fmt.NOTHING if oldest is None else fmt.span(oldest, session.language()),
            say("queue_due", due=fmt.number(queue.due)),
        ),
    ]  # fmt: skip


def row(one: LiveCampaign) -> None:
    """A campaign that moves, which one can open."""
    say = session.say
    rates = [
        escape(say(f"{step}_speed", rate=fmt.speed(one.per_second[step]))) for step in STEPS if step in one.per_second
    ]
    with st.container(border=True, gap=None, key=f"row-now-{one.campaign_id}"):
        if st.button(markup.plain(one.name), key=f"open-now-{one.campaign_id}", type="tertiary"):
            st.switch_page(session.page("campaign"), query_params={"id": one.campaign_id})
        left = escape(say("waiting_count", count=fmt.number(one.waiting))) if one.waiting else ""
        st.html(markup.line(markup.state_pill(say(f"state.{one.state}"), one.state), *rates, left))


def services() -> None:
    """How the push services take it."""
    client = session.signed_in().client
    seen = live.look("now", client.now, height=100, quiet=True)
    if seen is not None:
        lanes(seen.data.lanes)


def lanes(found: list[LiveLane]) -> None:
    say = session.say
    st.html(markup.section(say("lanes"), say("lanes_note")))
    if not found:
        st.html(markup.note(say("lanes_none")))
        return
    head = ["lane", "state", "lane_speed", "in_flight", "answers", "lane_age"]
    st.html(markup.grid([say(f"col.{name}") for name in head], [lane(one) for one in found]))


def lane(one: LiveLane) -> list[str]:
    say = session.say
    name, _, domain = one.lane.partition(":")
    told = say(f"lane.{name}") if name in {"fcm", "web_push"} else name
    state = parts.known(f"lane_state.{one.state}")
    answers = one.good + one.bad
    bad = say("lane_bad", bad=fmt.number(one.bad), all=fmt.number(answers), share=fmt.ratio(one.bad, answers))
    return [
        f'{escape(" · ".join(filter(None, [told, domain])))} <span class="ff-code">{escape(one.worker_id)}</span>',
        markup.pill(state, LANE_TONES.get(one.state, "calm")),
        escape(say("lane_limit", rate=fmt.speed(one.per_second), limit=fmt.number(round(one.limit_per_second)))),
        escape(f"{fmt.number(one.in_flight)} / {fmt.number(one.window)}"),
        escape(bad if answers else say("lane_silent")),
        escape(fmt.ago((session.now() - one.as_of).total_seconds(), session.language())),
    ]

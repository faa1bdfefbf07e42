"""The numbers of one campaign, live: rates, a funnel a channel, the timeline, and what was not sent."""

from datetime import datetime
from functools import partial

import streamlit as st

from dashboard import charts, live, markup, parts, session
from dashboard import format as fmt
from dashboard.client import Client
from dashboard.screens import measured, variants
from dashboard.shared import CHARTS, MOMENT
from sdk_contracts.wire.campaigns import Campaign, Metrics, Timeline

LIVE_STATES = frozenset({"scheduled", "sending"})


def show(client: Client, campaign: Campaign, looked_at: datetime) -> None:
    bucket = bucket_for(campaign)
    seen = live.look(
        f"metrics.{campaign.id}",
        lambda: (client.metrics(campaign.id), client.timeline(campaign.id, bucket), bucket),
        height=420,
    )
    if seen is None:
        return
    metrics, timeline, bucket = seen.data
    older = (session.now() - looked_at).total_seconds() > 2 * MOMENT
    if metrics.state != campaign.state and older and not seen.stale:
        # The buttons above depend on the state: draw the whole page again.
        st.rerun(scope="app")
    live.age(seen, metrics.as_of)
    say, total = session.say, metrics.total
    handled = total.targeted - total.planned
    if campaign.state in LIVE_STATES:
        told = say("progress", done=fmt.number(handled), targeted=fmt.number(total.targeted))
        st.html(
            markup.progress(
                handled / total.targeted if total.targeted else 0, told if total.targeted else say("planning")
            )
        )
    elif not total.targeted:
        st.html(markup.note(say("nobody")))
        return
    everything(metrics, timeline, bucket)


def everything(metrics: Metrics, timeline: Timeline, bucket: str) -> None:
    say = session.say
    st.html(markup.section(say("rates"), say("push")))
    st.html(markup.tiles(parts.rate_tiles(metrics.rates)))
    measured.people(metrics.people)
    funnels(metrics)
    if metrics.experiment is not None:
        variants.show(metrics.experiment)
    st.html(markup.section(say("timeline"), say(f"per.{bucket}")))
    if timeline.points:
        zone = session.zone()
        figure = CHARTS.get(
            ("timeline", session.language(), str(zone), bucket, timeline.points),
            lambda: charts.timeline(timeline.points, bucket, zone, say),
        )
        st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="timeline")
    else:
        st.html(markup.note(say("timeline_empty")))
    st.html(markup.section(say("not_sent")))
    parts.reasons(metrics.by_channel)
    measured.kinds(metrics)


def funnels(metrics: Metrics) -> None:
    """One funnel a channel, beside each other where there is room."""
    say = session.say
    channels = sorted(metrics.by_channel, reverse=True) or ["total"]
    for channel, column in zip(channels, st.columns(len(channels), gap="large"), strict=True):
        counts = metrics.by_channel.get(channel, metrics.total)
        with column:
            st.html(markup.section(f"{say('funnel')} · {say(channel)}" if channel != "total" else say("funnel")))
            figure = CHARTS.get(
                ("funnel", session.language(), channel, counts), partial(charts.funnel, counts, channel, say)
            )
            st.plotly_chart(figure, theme=None, config=charts.CONFIG, key=f"funnel-{channel}")
            caption = say("funnel_caption", count=fmt.number(counts.targeted))
            if channel in ("push", "total") and (unknown := charts.unconfirmed(counts)):
                caption = f"{caption} {say('funnel_unknown', count=fmt.number(unknown))}"
            st.html(markup.note(caption))


def bucket_for(campaign: Campaign) -> str:
    """Minutes for the first three hours, hours for three days, then days."""
    hours = (session.now() - (campaign.launched_at or campaign.created_at)).total_seconds() / 3600
    return "minute" if hours < 3 else "hour" if hours < 72 else "day"

"""The numbers of one campaign, live: rates, a funnel a channel, the timeline, and what was not sent."""

import streamlit as st

from dashboard import charts, live, markup, parts, session
from dashboard import format as fmt
from dashboard.client import Client
from dashboard.screens import variants
from sdk_contracts.wire.campaigns import Campaign, Metrics, PeopleMetrics, Timeline

LIVE_STATES = frozenset({"scheduled", "sending"})


def show(client: Client, campaign: Campaign) -> None:
    bucket = bucket_for(campaign)
    seen = live.look(
        f"metrics.{campaign.id}",
        lambda: (client.metrics(campaign.id), client.timeline(campaign.id, bucket), bucket),
        height=420,
    )
    if seen is None:
        return
    metrics, timeline, bucket = seen.data
    if metrics.state != campaign.state and not seen.stale:
        # The buttons above depend on the state: draw the whole page again.
        st.rerun(scope="app")
    live.age(seen)
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
    people(metrics.people)
    funnels(metrics)
    if metrics.experiment is not None:
        variants.show(metrics.experiment)
    st.html(markup.section(say("timeline"), say(f"per.{bucket}")))
    if timeline.points:
        figure = charts.timeline(timeline.points, bucket, session.zone(), say)
        st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="timeline")
    else:
        st.html(markup.note(say("timeline_empty")))
    st.html(markup.section(say("not_sent")))
    parts.reasons(metrics.by_channel)


def people(found: PeopleMetrics) -> None:
    """Reach and what it brought about, in people; revenue by currency, never added up."""
    say = session.say
    if not found.rates:
        return
    st.html(markup.section(say("people"), say("people_rates_note")))
    shown = parts.rate_tiles(found.rates)
    if found.conversions:
        direct, influenced = fmt.number(found.converted_direct), fmt.number(found.converted_influenced)
        over = say("conversions_over", direct=direct, influenced=influenced)
        shown.append(markup.Tile(say("conversions"), fmt.number(found.conversions), over))
    for currency, amount in sorted(found.revenue.items()):
        shown.append(markup.Tile(say("revenue"), fmt.money(amount), say("revenue_over", currency=currency)))
    st.html(markup.tiles(shown))


def funnels(metrics: Metrics) -> None:
    """One funnel a channel, beside each other where there is room."""
    say = session.say
    channels = sorted(metrics.by_channel, reverse=True) or ["total"]
    for channel, column in zip(channels, st.columns(len(channels), gap="large"), strict=True):
        counts = metrics.by_channel.get(channel, metrics.total)
        with column:
            st.html(markup.section(f"{say('funnel')} · {say(channel)}" if channel != "total" else say("funnel")))
            st.plotly_chart(
                charts.funnel(counts, channel, say), theme=None, config=charts.CONFIG, key=f"funnel-{channel}"
            )
            caption = say("funnel_caption", count=fmt.number(counts.targeted))
            if channel in ("push", "total") and (unknown := charts.unconfirmed(counts)):
                caption = f"{caption} {say('funnel_unknown', count=fmt.number(unknown))}"
            st.html(markup.note(caption))


def bucket_for(campaign: Campaign) -> str:
    """Minutes for the first three hours, hours for three days, then days."""
    hours = (session.now() - (campaign.launched_at or campaign.created_at)).total_seconds() / 3600
    return "minute" if hours < 3 else "hour" if hours < 72 else "day"

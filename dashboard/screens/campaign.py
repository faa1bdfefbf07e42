"""One campaign: what it says, what one may do with it, and what comes of it, live."""

import streamlit as st

from dashboard import charts, live, markup, parts, preview, session
from dashboard import format as fmt
from dashboard.client import Client
from dashboard.screens import compose, confirm
from sdk_contracts.wire.campaigns import Campaign, Metrics, Timeline

LIVE_STATES = frozenset({"scheduled", "sending"})
UNSENT = frozenset({"draft", "in_review", "approved"})


def show() -> None:
    campaign_id = st.query_params.get("id", "")
    if not campaign_id:
        parts.empty("not_found", "not_found_text")
        return
    client = session.signed_in().client
    # Its own fragment, so that a page opened while the API is away fills by itself.
    st.fragment(page, run_every=None if f"seen.campaign.{campaign_id}" in st.session_state else live.PATIENT)(
        client, campaign_id
    )


def page(client: Client, campaign_id: str) -> None:
    seen = live.look(f"campaign.{campaign_id}", lambda: client.campaign(campaign_id), height=80)
    if seen is None:
        return
    campaign = seen.data
    st.html(markup.heading(campaign.name))
    st.html(parts.campaign_line(campaign))
    actions(campaign)
    if campaign.state in UNSENT:
        st.html(f'<div class="ff-note">{session.say("draft_text")}</div>')
    else:
        pace = live.KEEN if campaign.state in LIVE_STATES else live.PATIENT
        st.fragment(numbers, run_every=pace)(client, campaign)
    message(campaign)


def actions(campaign: Campaign) -> None:
    say = session.say
    unsent = campaign.state in UNSENT
    with st.container(horizontal=True):
        if unsent and session.may("launch") and st.button(say("launch"), type="primary", icon=":material/send:"):
            confirm.launch(campaign)
        if unsent and session.may("compose"):
            if st.button(say("edit"), icon=":material/edit:"):
                compose.open_draft(campaign)
            if st.button(say("delete"), icon=":material/delete:"):
                confirm.delete(campaign)
        if (
            campaign.state in LIVE_STATES
            and session.may("launch")
            and st.button(say("cancel"), icon=":material/cancel:")
        ):
            confirm.cancel(campaign)
        if not unsent and session.may("compose") and st.button(say("use_again"), icon=":material/content_copy:"):
            compose.open_copy(campaign)


def numbers(client: Client, campaign: Campaign) -> None:
    bucket = bucket_for(campaign)
    seen = live.look(
        f"metrics.{campaign.id}",
        lambda: (client.metrics(campaign.id), client.timeline(campaign.id, bucket), bucket),
        height=420,
    )
    if seen is None:
        return
    metrics, timeline, bucket = seen.data
    if metrics.state != campaign.state:
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
        st.html(f'<div class="ff-note">{say("nobody")}</div>')
        return
    results(metrics, timeline, bucket)


def results(metrics: Metrics, timeline: Timeline, bucket: str) -> None:
    say = session.say
    st.html(markup.tiles(parts.rate_tiles(metrics.rates)))
    funnels(metrics)
    st.html(markup.section(say("timeline"), say(f"per.{bucket}")))
    if timeline.points:
        figure = charts.timeline(timeline.points, bucket, session.zone(), say)
        st.plotly_chart(figure, theme=None, config=charts.CONFIG, key="timeline")
    else:
        st.html(f'<div class="ff-note">{say("timeline_empty")}</div>')
    st.html(markup.section(say("not_sent")))
    parts.reasons(metrics.by_channel)


def funnels(metrics: Metrics) -> None:
    """One funnel a channel, beside each other where there is room."""
    say = session.say
    channels = list(metrics.by_channel) or ["total"]
    for channel, column in zip(channels, st.columns(len(channels), gap="large"), strict=True):
        counts = metrics.by_channel.get(channel, metrics.total)
        with column:
            st.html(markup.section(f"{say('funnel')} · {say(channel)}" if channel != "total" else say("funnel")))
            st.plotly_chart(charts.funnel(counts, say), theme=None, config=charts.CONFIG, key=f"funnel-{channel}")
            st.html(f'<div class="ff-note">{say("funnel_caption", count=fmt.number(counts.targeted))}</div>')


def message(campaign: Campaign) -> None:
    say = session.say
    with st.expander(say("message"), expanded=campaign.state in UNSENT, icon=":material/smartphone:"):
        content = campaign.content
        locales = list(content.translations)
        locale = locales[0]
        if len(locales) > 1:
            locale = (
                st.segmented_control(
                    say("language"), locales, default=content.default_locale, required=True, key="message.locale"
                )
                or locales[0]
            )
        text = content.translations[locale]
        shown = preview.Preview(
            app=session.signed_in().me.app_name, title=text.title, body=text.body,
            image_url=content.image_url, link=content.link, now=say("now"),
        )  # fmt: skip
        st.html(preview.phone(shown, "android" if "push" in campaign.channels else "inbox"))


def bucket_for(campaign: Campaign) -> str:
    """Minutes for the first three hours, hours for three days, then days."""
    hours = (session.now() - (campaign.launched_at or campaign.created_at)).total_seconds() / 3600
    return "minute" if hours < 3 else "hour" if hours < 72 else "day"

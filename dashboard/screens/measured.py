"""What people did, by platform and language, and who came back: the same on each page that shows it."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from dashboard.markup import Tile
from sdk_contracts.wire.campaigns import Cohort, Funnel, Metrics, PeopleMetrics, PeopleOverview, Retention, Share

DAYS = ("1", "7", "30")
MOST_ROWS = 20


def people(found: PeopleMetrics | PeopleOverview) -> None:
    """Reach and what it brought about; revenue by currency, never added up."""
    say = session.say
    if not found.rates:
        return
    st.html(markup.section(say("people"), say("people_rates_note")))
    shown = parts.rate_tiles(found.rates)
    if "reach" not in found.rates:
        shown.insert(0, Tile(say("people_reached"), fmt.number(found.reached), say("per_campaign_once")))
    if found.conversions:
        direct, influenced = fmt.number(found.converted_direct), fmt.number(found.converted_influenced)
        over = say("conversions_over", direct=direct, influenced=influenced)
        shown.append(Tile(say("conversions"), fmt.number(found.conversions), over))
    for currency, amount in sorted(found.revenue.items()):
        shown.append(Tile(say("revenue"), fmt.money(amount), say("revenue_over", currency=currency)))
    st.html(markup.tiles(shown))


def kinds(metrics: Metrics) -> None:
    """The funnel by platform and by language, side by side where there is room."""
    say = session.say
    with st.expander(say("by_platform_and_language"), icon=":material/devices:"):
        for name, found in (("by.platform", metrics.by_platform), ("by.locale", metrics.by_locale)):
            if found:
                st.html(markup.section(say(name)))
                head = [say(f"col.{one}") for one in ("kind", "targeted", "accepted", "received", "opened", "clicked")]
                order = sorted(found, key=lambda one: -found[one].targeted)[:MOST_ROWS]
                st.html(markup.grid(head, [kind(one, found[one]) for one in order]))
        st.html(markup.note(say("kinds_note")))


def kind(name: str, counts: Funnel) -> list[str]:
    received = f"{fmt.number(counts.received)} ({fmt.ratio(counts.received, counts.confirmable)})"
    opened = f"{fmt.number(counts.opened)} ({fmt.ratio(counts.opened, counts.accepted)})"
    clicked = f"{fmt.number(counts.clicked)} ({fmt.ratio(counts.clicked, counts.accepted)})"
    named = session.say("kinds_other") if name == "other" else parts.known(name)
    return [escape(named), fmt.number(counts.targeted), fmt.number(counts.accepted), received, opened, clicked]


def retention(client: Client, campaign_id: str) -> None:
    """Asked for only once it is opened: it looks at the people one by one."""
    say = session.say
    box = st.expander(say("retention"), icon=":material/undo:", key="campaign.retention", on_change="rerun")
    if not box.open:
        return
    with box:
        seen = live.look(f"retention.{campaign_id}", lambda: client.retention(campaign_id), height=100, quiet=True)
        if seen is None:
            return
        found: Retention = seen.data
        head = [say("col.cohort"), say("col.people"), *(say("came_back", days=day) for day in DAYS)]
        rows = [cohort(name, one) for name, one in found.cohorts.items() if one.people]
        if not rows:
            st.html(markup.note(say("timeline_empty")))
            return
        st.html(markup.grid(head, rows))
        st.html(markup.note(say("retention_sampled" if found.sampled else "retention_note")))


def cohort(name: str, one: Cohort) -> list[str]:
    return [session.say(f"cohort.{name}"), fmt.number(one.people), *(share(one.came_back.get(day)) for day in DAYS)]


def share(found: Share | None) -> str:
    """Between what it lies, and of whom."""
    if found is None or found.value is None:
        return fmt.NOTHING
    between = f"{fmt.percent(found.low)} – {fmt.percent(found.high)}"
    over = f"{fmt.number(found.numerator)} / {fmt.number(found.denominator)}"
    return f'<b>{fmt.percent(found.value)}</b> <span class="ff-note">{between}<br>{over}</span>'

"""How much and when people are sent to, for all campaigns of the app."""

from datetime import time
from zoneinfo import available_timezones

import streamlit as st

from dashboard import markup, session
from dashboard.screens.settings_change import change
from sdk_contracts.wire.apps import Settings
from sdk_contracts.wire.people import QuietHours


def show(found: Settings) -> None:
    say, quiet = session.say, found.quiet_hours
    st.html(markup.note(say("limits_text")))
    keep_quiet = st.toggle(say("quiet_hours"), quiet is not None, help=say("quiet_hours_help"), key="limits.quiet")
    capped = st.toggle(say("cap"), found.promotions_per_day is not None, help=say("cap_help"), key="limits.capped")
    ends = st.toggle(say("inbox_ends"), found.inbox_days is not None, help=say("inbox_ends_help"), key="limits.ends")
    eyes = st.toggle(say("four_eyes"), found.four_eyes_above is not None, help=say("four_eyes_help"), key="limits.eyes")
    with st.form("settings.limits"):
        left, right = st.columns(2)
        from_ = left.time_input(say("quiet_from"), clock(quiet.from_ if quiet else "21:00"), disabled=not keep_quiet)
        to = right.time_input(say("quiet_to"), clock(quiet.to if quiet else "08:00"), disabled=not keep_quiet)
        zones = sorted(available_timezones() | {found.timezone})
        timezone = st.selectbox(say("app_timezone"), zones, zones.index(found.timezone), help=say("app_timezone_help"))
        cap = st.number_input(say("cap_count"), 1, 1000, found.promotions_per_day or 5, disabled=not capped)
        days = st.number_input(say("inbox_days"), 1, 3650, found.inbox_days or 90, disabled=not ends)
        above = st.number_input(say("four_eyes_above"), 0, 100_000, found.four_eyes_above or 0, disabled=not eyes)
        label = st.text_input(
            say("promotion_label"), found.promotion_label or "", max_chars=50, help=say("promotion_label_help")
        )
        sender = st.text_input(say("sender_name"), found.sender_name or "", max_chars=50, help=say("sender_name_help"))
        badge = st.toggle(say("badge"), found.badge, help=say("badge_help"))
        if st.form_submit_button(say("save_settings"), type="primary"):
            hours = QuietHours(from_=f"{from_:%H:%M}", to=f"{to:%H:%M}") if keep_quiet else None
            change(
                quiet_hours=hours, timezone=timezone, promotions_per_day=cap if capped else None,
                inbox_days=days if ends else None, four_eyes_above=above if eyes else None, badge=badge,
                promotion_label=label.strip() or None, sender_name=sender.strip() or None,
            )  # fmt: skip


def clock(text: str) -> time:
    """`HH:MM` as the wire has it."""
    return time.fromisoformat(text)

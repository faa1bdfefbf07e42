"""Pieces that several screens show the same way."""

from datetime import datetime
from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import markup, session, words
from dashboard.markup import Tile
from dashboard.reasons import reason
from sdk_contracts.wire.campaigns import Campaign, Funnel, Rate

RATES = (
    "reach", "opt_in_rate", "receipt_rate", "open_rate", "confirmed_open_rate", "click_through_rate",
    "direct_open_rate", "influenced_open_rate", "conversion_rate",
)  # fmt: skip


def rate_tiles(rates: dict[str, Rate]) -> list[Tile]:
    """Every rate with its numerator, denominator and unknown share."""
    shown = []
    for name in RATES:
        if name in rates:
            share = fmt.share(rates[name], session.language())
            over = session.say(f"{name}.over")
            shown.append(Tile(session.say(name), share.value, share.fraction, share.unknown, share.sure, over))
    return shown


def campaign_line(campaign: Campaign) -> str:
    """State, kind, channels and times of a campaign, as HTML."""
    say, zone, now = session.say, session.zone(), session.now()
    when = "created", campaign.created_at
    if campaign.launched_at:
        when = "launched", campaign.launched_at
    if campaign.finished_at:
        when = "finished", campaign.finished_at
    told = say(when[0], at=fmt.moment(when[1], zone, now, session.language()))
    kind = say("transactional") if campaign.type == "transactional" else say(f"kind.{campaign.kind}")
    return markup.line(
        markup.state_pill(say(f"state.{campaign.state}"), campaign.state),
        escape(kind),
        escape(" + ".join(say(channel) for channel in campaign.channels)),
        escape(campaign.category or ""),
        *(markup.pill(tag) for tag in campaign.tags),
        escape(told),
    )


def campaign_row(campaign: Campaign) -> None:
    """A campaign one can open."""
    with st.container(border=True, gap=None, key=f"row-{campaign.id}"):
        if st.button(markup.plain(campaign.name), key=f"open-{campaign.id}", type="tertiary"):
            st.switch_page(session.page("campaign"), query_params={"id": campaign.id})
        st.html(campaign_line(campaign))


def reasons(funnels: dict[str, Funnel]) -> None:
    """What was skipped, failed or died, by reason over all channels."""
    say = session.say
    rows = []
    for channel, funnel in funnels.items():
        ends = {
            "skipped": funnel.skipped_by_reason,
            "failed": funnel.failed_by_reason,
            "dead": funnel.dead_by_reason,
        }
        for end, counts in ends.items():
            for code, count in counts.items():
                if count:
                    what = f"{say(channel)} · {say(end)} · {words_for(code)}"
                    rows.append((count, what, fmt.ratio(count, funnel.targeted)))
    if not rows:
        st.html(markup.note(say("all_sent")))
        return
    rows.sort(key=lambda row: -row[0])
    st.html(markup.table([(what, fmt.number(count), part) for count, what, part in rows]))


def moment(at: datetime | None) -> str:
    """The time by the reader's clock."""
    return fmt.moment(at, session.zone(), session.now(), session.language())


def action(code: str) -> str:
    """What was done, in words; a code we have no words for stays as it is."""
    known = f"action.{code}"
    return session.say(known) if known in words.TABLE else code


def known(name: str) -> str:
    """A step or state in words; one we have no words for stays as it is."""
    return session.say(name) if name in words.TABLE else name


def words_for(code: str) -> str:
    return reason(session.language(), code)


def empty(title: str, text: str, **values: object) -> None:
    st.html(markup.empty(session.say(title), session.say(text, **values)))

"""What stands in everybody's inbox now: broadcasts while they are valid, with who saw them."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from sdk_contracts.wire.campaigns import Campaign, Funnel

SCANNED = 100
"""Of the newest campaigns, those that are looked through."""
MOST_SHOWN = 10


def show() -> None:
    say = session.say
    st.html(markup.heading(say("inbox_page")))
    st.html(markup.section(say("broadcasts")))
    st.html(markup.note(say("broadcasts_text")))
    st.fragment(broadcasts, run_every=live.PATIENT * 2)()


def broadcasts() -> None:
    client = session.signed_in().client
    seen = live.look("inbox", lambda: load(client), height=300)
    if seen is None:
        return
    live.age(seen)
    if not seen.data:
        parts.empty("no_broadcasts", "no_broadcasts_text")
    for campaign, counts in seen.data:
        card(campaign, counts)


def load(client: Client) -> list[tuple[Campaign, Funnel | None]]:
    """The live ones, newest first, with what came of each in the inbox."""
    now = session.now()
    valid = [
        one
        for one in client.campaigns(limit=SCANNED).items
        if one.broadcast
        and one.state in {"sending", "sent"}
        and not (one.limits.expires_at and one.limits.expires_at <= now)
    ]
    return [(one, client.metrics(one.id).by_channel.get("inbox")) for one in valid[:MOST_SHOWN]]


def card(campaign: Campaign, counts: Funnel | None) -> None:
    say, content = session.say, campaign.content
    text = content.translations.get(content.default_locale) or next(iter(content.translations.values()))
    expires = campaign.limits.expires_at
    with st.container(border=True, key=f"row-{campaign.id}", gap="small"):
        if st.button(markup.plain(text.title), key=f"open-{campaign.id}", type="tertiary"):
            st.switch_page(session.page("campaign"), query_params={"id": campaign.id})
        st.html(
            markup.line(
                escape(text.body[:140]),
                escape(" · ".join(content.translations)),
                escape(say("until", at=parts.moment(expires)) if expires else say("forever")),
            )
        )
        if counts is not None:
            steps = (("in_inbox", counts.accepted), ("shown", counts.displayed), ("opened", counts.opened))
            over = say("of_people", count=fmt.number(counts.targeted))
            st.html(markup.tiles([markup.Tile(say(word), fmt.number(count), over) for word, count in steps]))

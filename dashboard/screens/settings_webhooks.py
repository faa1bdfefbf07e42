"""Webhooks: where the app's own backend is told of campaigns and deliveries, what was posted, and posting it again."""

from html import escape
from typing import get_args
from urllib.parse import urlsplit
from uuid import uuid4

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.client import Client
from dashboard.screens import confirm
from sdk_contracts.wire.webhooks import Webhook, WebhookChange, WebhookDelivery, WebhookEvent, WebhookRequest

EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
USUAL = ["campaign.sent", "campaign.failed", "delivery.dead"]
STATES = ("pending", "sent", "dead")
SHOWN = 20
TONES: dict[str, markup.Tone] = {"pending": "live", "sent": "good", "dead": "bad"}


def show() -> None:
    say = session.say
    client = session.signed_in().client
    st.html(markup.note(say("webhooks_text")))
    found = live.once("webhooks", client.webhooks)
    if found is None:
        return
    secret()
    if not found:
        parts.empty("no_webhooks", "no_webhooks_text")
    for each in found:
        webhook(client, each)
    create(client)


def secret() -> None:
    """Of the one that was just made, this once."""
    say = session.say
    if made := st.session_state.get("webhooks.made"):
        st.success(say("webhook_made"))
        st.code(made, language=None, wrap_lines=True)
        if st.button(say("key_noted"), key="webhooks.noted"):
            st.session_state.pop("webhooks.made")
            st.rerun()


def webhook(client: Client, one: Webhook) -> None:
    say = session.say
    with st.container(border=True, key=f"webhook-{one.id}"):
        state = "active" if one.active else "stopped" if one.stopped_by else "inactive"
        st.html(
            markup.line(
                f"<b>{escape(one.url)}</b>",
                markup.pill(say(f"webhook.{state}"), "good" if one.active else "warn"),
                escape(say("webhook_stopped", why=one.stopped_by)) if one.stopped_by else "",
                escape(parts.moment(one.created_at)),
            )
        )
        st.html(markup.line(*(markup.pill(event) for event in one.events)))
        with st.container(horizontal=True):
            turn = "webhook_off" if one.active else "webhook_on"
            if st.button(say(turn), key=f"turn-{one.id}"):
                change = WebhookChange(active=not one.active)
                if live.act(lambda: client.change_webhook(one.id, change)) is not None:
                    st.rerun()
            if st.button(say("delete_webhook"), key=f"delete-{one.id}", icon=":material/delete:"):
                confirm.delete_webhook(one)
        posted = st.expander(say("posted"), key=f"posted-{one.id}", on_change="rerun", icon=":material/outbox:")
        if posted.open:
            with posted:
                deliveries(client, one)


def deliveries(client: Client, one: Webhook) -> None:
    say = session.say
    state = st.pills(
        say("state"), STATES, key=f"posted.{one.id}.state", format_func=lambda name: say(f"posted.{name}"),
        label_visibility="collapsed",
    )  # fmt: skip
    seen = live.look(
        f"posted.{one.id}.{state}", lambda: client.webhook_deliveries(one.id, state or "", SHOWN), 80, quiet=True
    )
    if seen is None:
        return
    if not seen.data:
        parts.empty("nothing_posted", "nothing_posted_text")
    for each in seen.data:
        delivery(client, one, each)


def delivery(client: Client, one: Webhook, each: WebhookDelivery) -> None:
    say = session.say
    status = " · ".join(filter(None, [str(each.status or ""), each.reason or ""]))
    due = say("tried_again", at=parts.moment(each.not_before)) if each.not_before and each.state == "pending" else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(
            markup.line(
                markup.pill(say(f"posted.{each.state}"), TONES[each.state]),
                escape(each.event),
                escape(parts.moment(each.created_at)),
                escape(say("tries", count=each.tries)),
                escape(status),
                escape(due),
                f'<span class="ff-code">{escape(each.id)}</span>',
            ),
            width="stretch",
        )
        again = each.state != "pending" and st.button(say("replay"), key=f"replay-{each.id}", icon=":material/replay:")
    if again and live.act(lambda: client.replay_webhook(one.id, each.id)) is not None:
        session.tell("replayed")
        st.rerun()


def create(client: Client) -> None:
    say = session.say
    st.html(markup.section(say("new_webhook"), say("new_webhook_note")))
    with st.form("webhooks.new"):
        placeholder = "https://shop.example/hooks/fanfare"
        url = st.text_input(say("webhook_url"), placeholder=placeholder, max_chars=2000).strip()
        events = st.multiselect(say("webhook_events"), EVENTS, default=USUAL)
        if not st.form_submit_button(say("make_webhook"), type="primary"):
            return
        if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
            st.error(say("webhook_url_bad"))
            return
        if not events:
            st.error(say("webhook_events_none"))
            return
        request = WebhookRequest(url=url, events=events)
        if made := live.act(lambda: client.create_webhook(request, uuid4().hex)):
            st.session_state["webhooks.made"] = made.secret
            st.rerun()

"""Asking twice before something that cannot be undone."""

from collections.abc import Callable
from uuid import uuid4

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, session
from dashboard.client import ApiAway, Refused
from dashboard.screens import compose_side, findings, timing
from dashboard.screens.rule_told import whom
from sdk_contracts.wire.apps import KeyView
from sdk_contracts.wire.campaigns import Campaign, EstimateRequest
from sdk_contracts.wire.webhooks import Webhook


def launch(campaign: Campaign) -> None:
    """Open the question; yes launches and goes to the campaign's page."""
    client = session.signed_in().client

    def question() -> None:
        st.html(markup.table(what(campaign)))
        sound = findings.before_launch(campaign)
        st.caption(session.say("launch_final"))
        answer(
            "yes_schedule" if campaign.schedule else "yes_launch",
            lambda: client.launch(campaign.id),
            campaign.id,
            barred=not sound,
        )

    st.dialog(session.say("launch"))(question)()


def cancel(campaign: Campaign) -> None:
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("cancel_ask"))
        answer("yes_cancel", lambda: client.move(campaign.id, "cancel"), campaign.id)

    st.dialog(session.say("cancel"))(question)()


def expire(campaign: Campaign) -> None:
    """Dead letters are given up for good, some thousands a press."""
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("expire_ask"))
        if st.button(session.say("yes_expire"), type="primary"):
            done = live.act(lambda: client.expire(campaign.id, uuid4().hex))
            if done is not None:
                left = fmt.number(done.remaining)
                st.success(session.say("expired_told", count=fmt.number(done.expired), remaining=left))

    st.dialog(session.say("expire"), on_dismiss="rerun")(question)()


def erase(external_id: str) -> None:
    """Erasing asks for the id once more: there is no way back."""
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("erase_ask"))
        typed = st.text_input(session.say("external_id"), key="confirm.erase")
        if st.button(session.say("yes_erase"), type="primary", disabled=typed.strip() != external_id) and live.act(
            lambda: _done(lambda: client.erase_person(external_id))
        ):
            st.session_state.pop(f"seen.person.{external_id}", None)
            st.query_params.pop("id", None)
            session.tell("erased")
            st.rerun()

    st.dialog(session.say("erase_person"))(question)()


def revoke(key: KeyView) -> None:
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("revoke_ask", name=markup.plain(key.name or f"…{key.hint}")))
        if st.button(session.say("yes_revoke"), type="primary") and live.act(
            lambda: _done(lambda: client.revoke_key(key.id))
        ):
            session.tell("revoked")
            st.rerun()

    st.dialog(session.say("revoke"))(question)()


def delete_webhook(webhook: Webhook) -> None:
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("delete_webhook_ask", url=markup.plain(webhook.url)))
        if st.button(session.say("yes_delete_webhook"), type="primary") and live.act(
            lambda: _done(lambda: client.delete_webhook(webhook.id))
        ):
            session.tell("webhook_deleted")
            st.rerun()

    st.dialog(session.say("delete_webhook"))(question)()


def delete(campaign: Campaign) -> None:
    client = session.signed_in().client

    def question() -> None:
        st.markdown(session.say("delete_ask"))
        answer("yes_delete", lambda: client.delete(campaign.id), campaign.id, goes=True)

    st.dialog(session.say("delete"))(question)()


def answer(yes: str, do: Callable[[], object], campaign_id: str, *, barred: bool = False, goes: bool = False) -> None:
    """Yes, unless `barred`, or back; after yes the campaign's page, or the list where it `goes` away."""
    with st.container(horizontal=True):
        agreed = st.button(session.say(yes), type="primary", key=f"confirm.{yes}", disabled=barred)
        if st.button(session.say("back"), key=f"confirm.back.{yes}"):
            st.rerun()
    if agreed and live.act(lambda: _done(do)):
        clear_desk(campaign_id)
        if goes:
            st.switch_page(session.page("campaigns"))
        st.session_state.pop(f"seen.campaign.{campaign_id}", None)
        st.switch_page(session.page("campaign"), query_params={"id": campaign_id})


def clear_desk(campaign_id: str) -> None:
    """It is composed no more. Another one that is being written stays."""
    desk = st.session_state.get("desk")
    if desk is not None and desk.kept is not None and desk.kept.id == campaign_id:
        del st.session_state["desk"]


def _done(do: Callable[[], object]) -> bool:
    do()
    return True


def what(campaign: Campaign) -> list[tuple[str, str, str]]:
    """To whom it goes, when, and to how many."""
    say = session.say
    facts = {
        "include": whom(campaign.audience.include),
        "exclude": whom(campaign.audience.exclude),
        "when": timing.told(campaign.schedule),
        "second_row": timing.second_told(campaign.follow_up),
        "how_many": reach_of(campaign),
    }
    return [(say(name), value, "") for name, value in facts.items() if value]


def reach_of(campaign: Campaign) -> str:
    """How many it would reach now, in words."""
    request = EstimateRequest(
        audience=campaign.audience,
        kind=campaign.kind,
        category=campaign.category,
        channels=list(campaign.channels),
        limits=campaign.limits,
    )
    try:
        found = session.signed_in().client.estimate(request)
    except (ApiAway, Refused):
        return session.say("launch_unknown")
    counts = [(channel, found.by_channel.get(channel, 0)) for channel in campaign.channels]
    told = [session.say(f"launch_{channel}", count=fmt.number(count)) for channel, count in counts]
    if (becomes := compose_side.forecast(found)) is not None:
        told.append(becomes)
    return " ".join(told)

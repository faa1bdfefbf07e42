"""Making a placement, and changing one."""

from datetime import datetime
from typing import get_args
from uuid import uuid4

import streamlit as st

from dashboard import live, session
from dashboard.client import ApiAway, Refused
from sdk_contracts.wire.placements import Placement, PlacementChange, PlacementKind, PlacementRequest, Utm

CAMPAIGNS = 100
"""So many of the newest are offered."""


def make() -> None:
    """Open an empty form; saving goes to the new placement's page."""
    # One key for each time it is opened: pressing twice makes one.
    key = uuid4().hex
    client = session.signed_in().client

    def form() -> None:
        request = fields(None)
        if request and (made := live.act(lambda: client.create_placement(request, f"placement-{key}"))):
            st.switch_page(session.page("placement"), query_params={"id": made.id})

    st.dialog(session.say("new_placement"), width="medium")(form)()


def edit(placement: Placement) -> None:
    client = session.signed_in().client

    def form() -> None:
        request = fields(placement)
        if request is None:
            return
        given = {name: getattr(request, name) for name in request.__struct_fields__}
        if live.act(lambda: client.change_placement(placement.id, PlacementChange(**given))):
            session.tell("placement_saved")
            st.rerun()

    st.dialog(session.say("edit_placement"), width="medium")(form)()


def fields(was: Placement | None) -> PlacementRequest | None:
    """The form; what was typed once it is sent and has what it needs."""
    say, start = session.say, was or PlacementRequest(name="", kind="poster", link="")
    with st.form(f"placement.{was.id if was else 'new'}", border=False):
        left, right = st.columns([2, 1])
        name = left.text_input(say("placement_name"), start.name, max_chars=200, help=say("placement_name_help"))
        kinds = list(get_args(PlacementKind))
        kind = right.selectbox(
            say("placement_kind"), kinds, kinds.index(start.kind), format_func=lambda one: say(f"placement.{one}")
        )
        link = st.text_input(
            say("placement_link"), start.link, placeholder="https://", help=say("placement_link_help"),
            max_chars=2048,
        )  # fmt: skip
        left, right = st.columns(2)
        names = campaigns(start.campaign_id)
        campaign_id = left.selectbox(
            say("placement_campaign"), list(names), list(names).index(start.campaign_id) if start.campaign_id else None,
            format_func=names.__getitem__, placeholder=say("placement_no_campaign"),
        )  # fmt: skip
        until = right.datetime_input(
            say("placement_until"), on_clock(start.valid_until), help=say("placement_until_help")
        )
        place = st.text_area(say("placement_place"), start.place, max_chars=1000, height=80)
        tags = st.multiselect(
            say("tags"), list(start.tags), default=list(start.tags), accept_new_options=True, max_selections=20,
            placeholder=say("tags_help"),
        )  # fmt: skip
        utm, carry = more(start)
        sent = st.form_submit_button(say("save_placement" if was else "make_placement"), type="primary")
    if not sent:
        return None
    missing = "placement_nameless" if not name.strip() else "placement_linkless" if not link.strip() else None
    if missing:
        st.error(say(missing))
        return None
    return PlacementRequest(
        name=name.strip(),
        kind=kind,
        link=link.strip(),
        campaign_id=campaign_id,
        tags=[tag.strip() for tag in tags],
        place=place.strip(),
        utm=utm,
        carry_id=carry,
        valid_until=until.replace(tzinfo=session.zone()) if until else None,
    )


def more(start: Placement | PlacementRequest) -> tuple[Utm, bool]:
    say = session.say
    with st.expander(say("placement_more")):
        st.caption(say("placement_utm_note"))
        typed = {
            name: column.text_input(say(f"utm.{name}"), getattr(start.utm, name) or "", max_chars=200)
            for name, column in zip(("source", "medium", "campaign"), st.columns(3), strict=True)
        }
        carry = st.toggle(say("placement_carry"), start.carry_id, help=say("placement_carry_help"))
    given = {name: value.strip() or None for name, value in typed.items()}
    return Utm(**given, term=start.utm.term, content=start.utm.content), carry


def on_clock(at: datetime | None) -> datetime | None:
    """The moment by the reader's clock, as the field wants it."""
    return at and at.astimezone(session.zone()).replace(tzinfo=None)


def campaigns(chosen: str | None) -> dict[str, str]:
    """Names to choose from, by id, and that of the chosen one in any case."""
    try:
        found = session.signed_in().client.campaigns(CAMPAIGNS).items
    except (ApiAway, Refused):
        found = []
    names = {campaign.id: campaign.name for campaign in found}
    return names if chosen is None else {chosen: chosen} | names

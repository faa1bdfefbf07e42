"""Writing a campaign: content, audience and delivery beside a preview and a running estimate."""

from hashlib import sha256
from typing import Literal
from uuid import uuid4

import msgspec
import streamlit as st

from dashboard import live, markup, session
from dashboard.draft import Sheet, sheet_of, texts_of
from dashboard.screens import compose_side, compose_steps, confirm, templates
from sdk_contracts.wire.campaigns import Campaign
from sdk_contracts.wire.templates import Template


class Desk(msgspec.Struct):
    """What lies on the table: the form as it was opened and as it stands, and the draft it was saved as."""

    id: str
    """Names the form's fields and its saves."""
    start: Sheet
    sheet: Sheet
    campaign_id: str | None = None


def desk() -> Desk:
    found: Desk | None = st.session_state.get("desk")
    return found or lay(blank())


def lay(sheet: Sheet, campaign_id: str | None = None) -> Desk:
    st.session_state["desk"] = laid = Desk(uuid4().hex, sheet, sheet, campaign_id)
    return laid


def blank() -> Sheet:
    locale = "zh-CN" if session.language() == "zh" else "en"
    return Sheet(default_locale=locale, texts={locale: ("", "")})


def open_draft(campaign: Campaign) -> None:
    """Go on with a saved draft."""
    lay(sheet_of(campaign), campaign.id)
    st.switch_page(session.page("compose"))


def open_copy(campaign: Campaign) -> None:
    """Start a new draft that says the same."""
    client = session.signed_in().client
    copied = live.act(lambda: client.copy(campaign.id, uuid4().hex))
    if copied is not None:
        open_draft(copied)


def show() -> None:
    say = session.say
    if not session.may("compose"):
        st.warning(say("forbidden", role=say(f"role.{session.signed_in().me.role}")))
        return
    if st.query_params.pop("new", None):
        st.session_state.pop("desk", None)
    table = desk()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        note = markup.pill(say("editing")) if table.campaign_id else ""
        st.html(markup.heading(say("compose"), note), width="content")
        if not table.campaign_id and st.button(say("templates"), type="tertiary", icon=":material/bookmarks:"):
            templates.choose(begin)
        if table.campaign_id and st.button(say("start_over"), type="tertiary", icon=":material/add:"):
            st.session_state.pop("desk", None)
            st.rerun()
    form, side = st.columns([3, 2], gap="large")
    with form:
        compose_steps.show(table.id, table)
    with side, st.container(key="compose_side"):
        compose_side.show(table.sheet)
    with form:
        finish(table)


def begin(template: Template) -> None:
    """A new campaign that says what the template says."""
    lay(msgspec.structs.replace(blank(), **texts_of(template.content)))


def finish(table: Desk) -> None:
    """Save, and at the last step launch or ask for approval. All save first; launching asks once more."""
    say = session.say
    chosen = None
    with st.container(horizontal=True):
        compose_steps.turn(table.id)
        if compose_steps.current(table.id) == "launch":
            chosen = ending()
        if st.button(say("save"), icon=":material/save:", key="compose.save"):
            chosen = "save"
        if st.button(say("keep_template"), icon=":material/bookmark_add:", key="compose.keep", type="tertiary"):
            chosen = "keep"
    if chosen is None:
        return
    if needs := table.sheet.needs(session.now()):
        compose_steps.missing(needs)
        return
    if chosen == "keep":
        templates.keep(table.sheet.name.strip(), table.sheet.draft().content)
        return
    saved = live.act(lambda: save(table))
    if saved is None:
        return
    table.campaign_id = saved.id
    st.session_state.pop(f"seen.campaign.{saved.id}", None)
    if chosen == "launch":
        confirm.launch(saved)
    elif chosen == "submit":
        submit(saved)
    else:
        st.toast(say("saved"), icon=":material/check:")


def ending() -> str | None:
    """What may be done with a finished campaign."""
    say = session.say
    if session.may("launch") and st.button(say("launch"), type="primary", icon=":material/send:", key="compose.launch"):
        return "launch"
    kind: Literal["secondary", "primary"] = "secondary" if session.may("launch") else "primary"
    if st.button(
        say("submit"), type=kind, icon=":material/rate_review:", key="compose.submit", help=say("submit_text")
    ):
        return "submit"
    return None


def submit(saved: Campaign) -> None:
    client = session.signed_in().client
    if live.act(lambda: client.move(saved.id, "submit")):
        st.session_state.pop("desk", None)
        session.tell("submitted")
        st.switch_page(session.page("campaign"), query_params={"id": saved.id})


def save(table: Desk) -> Campaign:
    client = session.signed_in().client
    draft = table.sheet.draft()
    if table.campaign_id is None:
        # The same words saved twice are one draft, also when the first answer was lost.
        return client.create(draft, idempotency_key=f"{table.id}-{hash_of(draft)}")
    return client.change(table.campaign_id, table.sheet.change())


def hash_of(draft: msgspec.Struct) -> str:
    return sha256(msgspec.json.encode(draft)).hexdigest()[:16]

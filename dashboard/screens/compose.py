"""Writing a campaign: content, audience and delivery beside a preview and a running estimate."""

from hashlib import sha256
from typing import Literal
from uuid import uuid4

import msgspec
import streamlit as st

from dashboard import live, markup, session
from dashboard.draft import Sheet, sheet_of, texts_of
from dashboard.screens import compose_side, compose_steps, confirm, templates
from sdk_contracts.wire.campaigns import Campaign, CampaignDraft
from sdk_contracts.wire.templates import Template


class Desk(msgspec.Struct):
    """What lies on the table: the form as it was opened and as it stands, and the draft it was saved as."""

    id: str
    """Names the form's fields and its saves."""
    start: Sheet
    sheet: Sheet
    kept: Campaign | None = None
    """The draft as the API has it, once it is saved."""
    kept_as: CampaignDraft | None = None
    """What was saved."""

    def unsaved(self) -> bool:
        """Something was typed that is kept nowhere else."""
        if self.kept is None:
            return self.sheet != self.start
        return bool(self.sheet.needs(session.now())) or self.sheet.draft() != self.kept_as


def desk() -> Desk:
    found: Desk | None = st.session_state.get("desk")
    return found or lay(blank())


def lay(sheet: Sheet, kept: Campaign | None = None) -> Desk:
    put_aside()
    laid = Desk(uuid4().hex, sheet, sheet, kept, sheet.draft() if kept else None)
    st.session_state["desk"] = laid
    return laid


def put_aside() -> None:
    """Clear the table. What is not saved is laid aside, so that nobody loses what they typed by beginning another."""
    left: Desk | None = st.session_state.pop("desk", None)
    if left is not None and left.unsaved():
        st.session_state["desk.aside"] = left


def take_back() -> None:
    """Go on with what was laid aside."""
    before: Desk = st.session_state.pop("desk.aside")
    put_aside()
    st.session_state["desk"] = before


def blank() -> Sheet:
    locale = "zh-CN" if session.language() == "zh" else "en"
    return Sheet(default_locale=locale, texts={locale: ("", "")})


def open_draft(campaign: Campaign) -> None:
    """Go on with a saved draft."""
    lay(sheet_of(campaign), campaign)
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
        put_aside()
    table = desk()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        note = markup.pill(say("editing")) if table.kept else ""
        st.html(markup.heading(say("compose"), note), width="content")
        if not table.kept and st.button(say("templates"), type="tertiary", icon=":material/bookmarks:"):
            templates.choose(begin)
        if table.kept and st.button(say("start_over"), type="tertiary", icon=":material/add:"):
            put_aside()
            st.rerun()
        if aside := st.session_state.get("desk.aside"):
            named = markup.plain(aside.sheet.name.strip() or say("untitled"))
            label = say("take_back", name=named)
            st.button(label, type="tertiary", icon=":material/undo:", key="compose.take_back", on_click=take_back)
    compose_steps.steps(table.id)
    form, side = st.columns([3, 2], gap="large")
    with form:
        compose_steps.show(table.id, table, lambda: save(table))
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
    if chosen == "keep":
        keep_template(table.sheet)
        return
    saved = save(table)
    if saved is None:
        return
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


def keep_template(sheet: Sheet) -> None:
    if needs := sheet.needs(session.now()):
        compose_steps.missing(needs)
    else:
        templates.keep(sheet.name.strip(), sheet.content())


def save(table: Desk) -> Campaign | None:
    """The draft as it is kept now; None where something is missing or the API said no, and the person was told."""
    if needs := table.sheet.needs(session.now()):
        compose_steps.missing(needs)
        return None
    draft = table.sheet.draft()
    # A change makes a new version, of which nobody has said anything yet: what is as it was is left alone.
    if table.kept is None or draft != table.kept_as:
        saved = live.act(lambda: store(table, draft))
        if saved is None:
            return None
        table.kept, table.kept_as = saved, draft
        st.session_state.pop(f"seen.campaign.{saved.id}", None)
    return table.kept


def store(table: Desk, draft: CampaignDraft) -> Campaign:
    client = session.signed_in().client
    if table.kept is None:
        # The same words saved twice are one draft, also when the first answer was lost.
        return client.create(draft, idempotency_key=f"{table.id}-{hash_of(draft)}")
    return client.change(table.kept.id, table.sheet.change())


def hash_of(draft: msgspec.Struct) -> str:
    return sha256(msgspec.json.encode(draft)).hexdigest()[:16]

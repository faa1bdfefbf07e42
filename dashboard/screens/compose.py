"""Writing a campaign: content, audience and delivery beside a preview and a running estimate."""

from hashlib import sha256
from uuid import uuid4

import msgspec
import streamlit as st

from dashboard import live, markup, session
from dashboard.draft import Sheet, sheet_of
from dashboard.screens import compose_form, compose_side, confirm
from sdk_contracts.wire.campaigns import Campaign, CampaignChange


class Desk(msgspec.Struct):
    """What lies on the table: a form, and the draft it was saved as. `id` names the form's fields and its saves."""

    id: str
    sheet: Sheet
    campaign_id: str | None = None


def desk() -> Desk:
    found: Desk = st.session_state.setdefault("desk", Desk(uuid4().hex, blank()))
    return found


def blank() -> Sheet:
    locale = "zh-CN" if session.language() == "zh" else "en"
    return Sheet(default_locale=locale, texts={locale: ("", "")})


def open_draft(campaign: Campaign) -> None:
    """Go on with a saved draft."""
    st.session_state["desk"] = Desk(uuid4().hex, sheet_of(campaign), campaign.id)
    st.switch_page(session.page("compose"))


def open_copy(campaign: Campaign) -> None:
    """Start a new draft that says the same."""
    sheet = sheet_of(campaign)
    again = msgspec.structs.replace(sheet, limits=msgspec.structs.replace(sheet.limits, expires_at=None))
    st.session_state["desk"] = Desk(uuid4().hex, again)
    st.switch_page(session.page("compose"))


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
        if table.campaign_id and st.button(say("start_over"), type="tertiary", icon=":material/add:"):
            st.session_state.pop("desk", None)
            st.rerun()
    form, side = st.columns([3, 2], gap="large")
    with form:
        sheet = compose_form.show(table.id, table.sheet)
    with side, st.container(key="compose_side"):
        compose_side.show(sheet)
    with form:
        finish(table, sheet)


def finish(table: Desk, sheet: Sheet) -> None:
    """Save and launch. Both save first; launching asks once more."""
    say = session.say
    with st.container(horizontal=True):
        launching = session.may("launch") and st.button(
            say("launch"), type="primary", icon=":material/send:", key="compose.launch"
        )
        saving = st.button(say("save"), icon=":material/save:", key="compose.save")
    if not session.may("launch"):
        st.caption(say("author_launch"))
    if not (launching or saving):
        return
    if needs := sheet.needs(session.now()):
        told = "\n".join(f"- {markup.plain(say(need.key, **need.values))}" for need in needs)
        st.error(f"{say('fix_first')}\n{told}")
        return
    saved = live.act(lambda: save(table, sheet))
    if saved is None:
        return
    table.campaign_id = saved.id
    st.session_state.pop(f"seen.campaign.{saved.id}", None)
    if launching:
        confirm.launch(saved)
    else:
        st.toast(say("saved"), icon=":material/check:")


def save(table: Desk, sheet: Sheet) -> Campaign:
    client = session.signed_in().client
    draft = sheet.draft()
    if table.campaign_id is None:
        # The same words saved twice are one draft, also when the first answer was lost.
        return client.create(draft, idempotency_key=f"{table.id}-{hash_of(draft)}")
    fields = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return client.change(table.campaign_id, CampaignChange(**fields))


def hash_of(draft: msgspec.Struct) -> str:
    return sha256(msgspec.json.encode(draft)).hexdigest()[:16]

"""Taking a campaign's ledger or its events home as a file."""

from typing import Literal, get_args

import streamlit as st

from dashboard import markup, session
from dashboard.client import Client
from sdk_contracts.wire.campaigns import Campaign

What = Literal["deliveries", "events"]
Form = Literal["csv", "ndjson", "parquet"]
FORMS: dict[Form, str] = {"csv": "CSV", "ndjson": "NDJSON", "parquet": "Parquet"}


def show(client: Client, campaign: Campaign) -> None:
    say = session.say
    box = st.expander(say("export"), icon=":material/download:", key="campaign.export", on_change="rerun")
    if not box.open:
        return
    with box:
        st.html(markup.note(say("export_text")))
        with st.container(horizontal=True, vertical_alignment="center"):
            what = st.segmented_control(
                say("export"), get_args(What), default="deliveries", required=True, key="export.what",
                format_func=lambda name: say(f"export.{name}"), label_visibility="collapsed",
            )  # fmt: skip
            form = st.segmented_control(
                say("export_form"), list(FORMS), default="csv", required=True, key="export.form",
                format_func=FORMS.__getitem__, label_visibility="collapsed",
            )  # fmt: skip
            url = client.export_link(campaign.id, what, form)
            st.link_button(say("download"), url, type="primary", icon=":material/download:")

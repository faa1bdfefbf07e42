"""Content kept under a name: beginning with it, keeping it, throwing it away."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256

import msgspec
import streamlit as st

from dashboard import live, markup, parts, session
from sdk_contracts.wire.content import Content
from sdk_contracts.wire.templates import Template, TemplateRequest


def choose(begin: Callable[[Template], None]) -> None:
    """Open the list; the one that is chosen is what `begin` goes on with."""
    say, client = session.say, session.signed_in().client

    def question() -> None:
        kept = live.act(client.templates)
        if kept is None:
            return
        if not kept:
            parts.empty("templates_empty", "templates_empty_text")
        for template in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                text = template.content.translations[template.content.default_locale]
                st.html(markup.table([(template.name, text.title, "")]))
                if st.button(say("use_template"), key=f"template.use.{template.id}", type="primary"):
                    begin(template)
                    st.rerun()
                if st.button(say("delete_template"), key=f"template.drop.{template.id}", type="tertiary"):
                    live.act(partial(dropped, template.id))
                    st.rerun(scope="fragment")

    st.dialog(say("templates"))(question)()


def keep(name: str, content: Content) -> None:
    client = session.signed_in().client
    request = TemplateRequest(name=name, content=content)
    key = sha256(msgspec.json.encode(request)).hexdigest()[:32]
    if live.act(lambda: client.create_template(request, f"template-{key}")) is not None:
        st.toast(session.say("template_kept"), icon=":material/check:")


def dropped(template_id: str) -> bool:
    session.signed_in().client.delete_template(template_id)
    return True

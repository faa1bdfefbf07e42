"""The page frame: the style, who is signed in, the pages of their role. Streamlit runs this file on every visit."""

from typing import Literal

import streamlit as st

from dashboard import markup, session, theme
from dashboard.screens import campaign, campaigns, compose, overview, sign_in

LANGUAGES = {"en": "EN", "zh": "中文"}


def frame() -> None:
    st.set_page_config(page_title="Fanfare", page_icon=str(theme.ICON), layout="wide")
    st.html(f"<style>{theme.STYLE.read_text(encoding='utf-8')}</style>")
    signed_in = session.account() is not None
    # The pages are named even for a stranger, so that a link to one survives signing in.
    named = pages()
    session.keep_pages(named)
    page = st.navigation(named, position="sidebar" if signed_in else "hidden")
    if signed_in:
        st.logo(str(theme.LOGO), size="large", icon_image=str(theme.ICON))
        with st.sidebar:
            whoami()
        page.run()
    else:
        language_switch()
        sign_in.show()


def pages() -> list[st.Page]:
    say = session.say
    shown: Literal["visible", "hidden"] = "visible" if session.may("compose") else "hidden"
    return [
        st.Page(overview.show, title=say("overview"), icon=":material/monitoring:", url_path="overview", default=True),
        st.Page(campaigns.show, title=say("campaigns"), icon=":material/campaign:", url_path="campaigns"),
        st.Page(
            compose.show, title=say("compose"), icon=":material/edit_square:", url_path="compose", visibility=shown
        ),
        st.Page(campaign.show, title=say("campaign"), url_path="campaign", visibility="hidden"),
    ]


def whoami() -> None:
    me = session.signed_in().me
    st.html(markup.who(me.app_name, session.say(f"role.{me.role}")))
    language_switch()
    st.button(session.say("sign_out"), icon=":material/logout:", type="tertiary", on_click=session.sign_out)


def language_switch() -> None:
    st.session_state.setdefault("words", session.language())
    st.segmented_control(
        "Language / 语言", list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="words", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip


if __name__ == "__main__":
    frame()

"""The page frame: the style, who is signed in, the pages of their role. Streamlit runs this file on every visit."""

from collections.abc import Callable

import streamlit as st

from dashboard import markup, session, theme
from dashboard.screens import (
    audience,
    audit,
    campaign,
    campaigns,
    compose,
    inbox,
    overview,
    people,
    placement,
    placements,
    provided,
    settings,
    sign_in,
)

LANGUAGES = {"en": "EN", "zh": "中文"}


def frame() -> None:
    st.set_page_config(page_title="Fanfare", page_icon=str(theme.ICON), layout="wide")
    st.html(f"<style>{theme.STYLE.read_text(encoding='utf-8')}</style>")
    provided.keep()
    signed_in = session.account() is not None
    # The pages are named even for a stranger, so that a link to one survives signing in.
    named = pages()
    session.keep_pages(named)
    page = st.navigation(named, position="sidebar" if signed_in else "hidden")
    if signed_in:
        st.logo(str(theme.LOGO), size="large", icon_image=str(theme.ICON))
        with st.sidebar:
            whoami()
            st.html(f"<script>{theme.MENU.read_text(encoding='utf-8')}</script>", unsafe_allow_javascript=True)
        if told := session.told():
            st.toast(session.say(told), icon=":material/check:")
        page.run()
    else:
        language_switch()
        sign_in.show()


def pages() -> list[st.Page]:
    """Those a role may not open are hidden; one who opens the address all the same is told so."""

    def page(show: Callable[[], None], name: str, icon: str, act: session.Act = "read", path: str = "") -> st.Page:
        return st.Page(
            show, title=session.say(name), icon=f":material/{icon}:", url_path=path or name,
            default=name == "overview", visibility="visible" if session.may(act) else "hidden",
        )  # fmt: skip

    return [
        page(overview.show, "overview", "monitoring"),
        page(compose.show, "compose", "edit_square", "compose"),
        page(campaigns.show, "campaigns", "campaign"),
        page(placements.show, "placements", "qr_code_2"),
        page(audience.show, "audience_page", "groups", path="audience"),
        page(inbox.show, "inbox_page", "inbox", path="inbox"),
        page(people.show, "people_page", "person_search", path="people"),
        page(settings.show, "settings", "settings", "own"),
        page(audit.show, "audit", "history", "own"),
        st.Page(campaign.show, title=session.say("campaign"), url_path="campaign", visibility="hidden"),
        st.Page(placement.show, title=session.say("placement"), url_path="placement", visibility="hidden"),
    ]


def whoami() -> None:
    account = session.signed_in()
    role = session.say(f"role.{account.me.role}")
    st.html(markup.who(account.me.app_name, " · ".join(filter(None, [account.person, role]))))
    language_switch()
    if st.button(session.say("sign_out"), icon=":material/logout:", type="tertiary"):
        provided.leave()


def language_switch() -> None:
    st.session_state.setdefault("words", session.language())
    st.segmented_control(
        "Language / 语言", list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="words", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip


if __name__ == "__main__":
    frame()

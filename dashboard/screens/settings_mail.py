"""The app's mail server, that letters are handed in at. The API signs in there before it keeps anything."""

import re
from typing import Literal

import streamlit as st

from dashboard import live, markup, session
from sdk_contracts.wire.apps import Settings, SmtpCredentials

Security = Literal["starttls", "tls", "none"]
SECURITY: tuple[Security, ...] = ("starttls", "tls", "none")
HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
ADDRESS = re.compile(r"[^@\s<>\"(),;:\\]+@[A-Za-z0-9.-]+")
ROUND = "mail.round"
"""Names the fields anew once they are kept, so that no password stays in them."""


def show(found: Settings) -> None:
    say = session.say
    if found.smtp_host:
        st.html(
            markup.line(
                markup.pill(say("mail_set"), "good"), markup.note(f"{found.smtp_host} · {found.email_from or ''}")
            )
        )
    else:
        st.html(markup.empty(say("mail_none"), say("mail_none_text")))
    st.html(markup.note(say("mail_text")))
    typed = fields(found, f"mail.{st.session_state.get(ROUND, 0)}")
    if typed is None:
        return
    if wrong := faults(typed):
        st.error("\n".join(f"- {say(word)}" for word in wrong))
        return
    client = session.signed_in().client
    with st.spinner(say("mail_trying")):
        kept = live.act(lambda: client.put_smtp_credentials(typed))
    if kept is not None:
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        session.tell("mail_kept")
        st.rerun()


def fields(found: Settings, form: str) -> SmtpCredentials | None:
    """What was typed, once it is handed in. Only the host and the address are known of what is kept."""
    say = session.say
    with st.form(form):
        left, right = st.columns([3, 1])
        host = left.text_input(
            say("mail_host"), found.smtp_host or "", max_chars=253, placeholder="smtp.example.com", key=f"{form}.host"
        )
        port = right.number_input(say("mail_port"), 1, 65_535, 587, key=f"{form}.port")
        security = st.segmented_control(
            say("mail_security"), SECURITY, default="starttls", required=True, help=say("mail_security_help"),
            format_func=lambda one: say(f"mail_security.{one}"), key=f"{form}.security",
        )  # fmt: skip
        left, right = st.columns(2)
        user = left.text_input(say("mail_user"), max_chars=256, autocomplete="off", key=f"{form}.user")
        password = right.text_input(
            say("mail_password"), max_chars=1024, type="password", autocomplete="new-password",
            help=say("mail_password_help"), key=f"{form}.password",
        )  # fmt: skip
        left, right = st.columns(2)
        address = left.text_input(
            say("mail_from"), found.email_from or "", max_chars=254, placeholder="news@example.com", key=f"{form}.from"
        )
        name = right.text_input(say("mail_name"), max_chars=200, help=say("mail_name_help"), key=f"{form}.name")
        reply = st.text_input(say("mail_reply"), max_chars=254, help=say("mail_reply_help"), key=f"{form}.reply")
        if not st.form_submit_button(say("mail_keep"), type="primary", icon=":material/mark_email_read:"):
            return None
    return SmtpCredentials(
        host=host.strip(), port=int(port), security=security, username=user.strip() or None,
        password=password or None, from_address=address.strip(), sender_name=name.strip() or None,
        reply_to=reply.strip() or None,
    )  # fmt: skip


def faults(typed: SmtpCredentials) -> list[str]:
    """The words for what need not even be asked."""
    found = [] if HOST.fullmatch(typed.host) else ["mail_bad_host"]
    if not ADDRESS.fullmatch(typed.from_address) or (typed.reply_to and not ADDRESS.fullmatch(typed.reply_to)):
        found.append("mail_bad_address")
    if (typed.username is None) != (typed.password is None):
        found.append("mail_half")
    return found

"""Who did what, and when: the log that only grows."""

from html import escape

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.client import Client
from sdk_contracts.wire.apps import AuditEntry, KeyView

PAGE = 50


def show() -> None:
    say = session.say
    st.html(markup.heading(say("audit")))
    if not session.may("own"):
        live.forbidden()
        return
    st.html(markup.note(say("audit_text")))
    group = st.pills(
        say("audit_group"), ["campaign", "key", "settings", "person", "other"], key="audit.group",
        format_func=lambda name: say(f"audit.{name}"), label_visibility="collapsed",
    )  # fmt: skip
    st.fragment(entries, run_every=live.PATIENT * 3)(group)


def entries(group: str | None) -> None:
    say = session.say
    pages: int = st.session_state.setdefault("audit.pages", 1)
    client = session.signed_in().client
    seen = live.look(f"audit.{pages}", lambda: (load(client, pages), client.keys()), height=320)
    if seen is None:
        return
    live.age(seen)
    (found, more), keys = seen.data
    shown = [entry for entry in found if group in {None, group_of(entry.action)}]
    if not shown:
        parts.empty("audit_empty", "audit_empty_text")
    else:
        known = {key.id: key for key in keys}
        head = [say(f"col.{name}") for name in ("when", "who", "what", "object", "details")]
        st.html(markup.grid(head, [row(entry, known) for entry in shown]))
    if more and st.button(say("more")):
        st.session_state["audit.pages"] = pages + 1
        st.rerun(scope="fragment")


def load(client: Client, pages: int) -> tuple[list[AuditEntry], bool]:
    found: list[AuditEntry] = []
    cursor: str | None = None
    for _ in range(pages):
        page = client.audit(PAGE, cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found, cursor is not None


def group_of(action: str) -> str:
    subject = action.partition(".")[0]
    groups = {"dead_letters": "campaign", "credentials": "settings", "people": "person"}
    group = groups.get(subject, subject)
    return group if group in {"campaign", "key", "settings", "person"} else "other"


def row(entry: AuditEntry, keys: dict[str, KeyView]) -> list[str]:
    say = session.say
    key = keys.get(entry.key_id or "")
    who = (key.name or f"…{key.hint}") if key else (entry.key_id or say("nobody_named"))
    role = f" {markup.pill(say(f'role.{entry.role}'))}" if entry.role else ""
    details = ", ".join(f"{name}: {told(value)}" for name, value in entry.details.items() if value is not None)
    return [
        escape(parts.moment(entry.at)), f"{escape(who)}{role}", escape(parts.action(entry.action)),
        object_of(entry), escape(details),
    ]  # fmt: skip


def told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def object_of(entry: AuditEntry) -> str:
    shown = f'<span class="ff-code">{escape(entry.object_id)}</span>'
    if entry.object_id.startswith("cmp_"):
        return f'<a href="campaign?id={escape(entry.object_id)}" target="_self">{shown}</a>'
    return shown

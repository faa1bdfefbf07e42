"""Who did what, and when: the log that only grows."""

from html import escape

import streamlit as st

from dashboard import format as fmt
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
    known = {key.id: key for key in keys}
    shown = narrowed([entry for entry in found if group in {None, group_of(entry.action)}], known)
    if not shown:
        parts.empty("audit_empty", "audit_empty_text")
    else:
        head = [say(f"col.{name}") for name in ("when", "who", "what", "object", "details")]
        st.html(markup.grid(head, [row(entry, known) for entry in shown]))
        st.html(markup.note(say("audit_shown", shown=fmt.number(len(shown)), found=fmt.number(len(found)))))
    if more and st.button(say("more")):
        st.session_state["audit.pages"] = pages + 1
        st.rerun(scope="fragment")


def narrowed(found: list[AuditEntry], keys: dict[str, KeyView]) -> list[AuditEntry]:
    """Those of one person, one deed and one object, of what is loaded; the one campaign among them can be opened."""
    say = session.say
    people = sorted({entry.key_id or "" for entry in found})
    deeds = sorted({entry.action for entry in found})
    left, middle, right = st.columns(3)
    who = left.selectbox(
        say("col.who"), people, index=None, key="audit.who", placeholder=say("anybody"),
        format_func=lambda key_id: name_of(keys.get(key_id), key_id),
    )  # fmt: skip
    deed = middle.selectbox(
        say("col.what"), deeds, index=None, key="audit.deed", format_func=parts.action, placeholder=say("anything")
    )
    text = right.text_input(say("col.object"), key="audit.object", placeholder=say("audit_object")).strip()
    shown = [
        entry
        for entry in found
        if who in {None, entry.key_id or ""} and deed in {None, entry.action} and text in entry.object_id
    ]
    campaigns = list(dict.fromkeys(entry.object_id for entry in shown if entry.object_id.startswith("cmp_")))
    if len(campaigns) == 1 and st.button(say("open_campaign"), icon=":material/campaign:"):
        st.switch_page(session.page("campaign"), query_params={"id": campaigns[0]})
    return shown


def name_of(key: KeyView | None, key_id: str | None) -> str:
    return (key.name or f"…{key.hint}") if key else (key_id or session.say("nobody_named"))


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
    groups = {
        "dead_letters": "campaign", "segment": "campaign", "credentials": "settings", "webhook": "settings",
        "people": "person",
    }  # fmt: skip
    group = groups.get(subject, subject)
    return group if group in {"campaign", "key", "settings", "person"} else "other"


def row(entry: AuditEntry, keys: dict[str, KeyView]) -> list[str]:
    say = session.say
    who = name_of(keys.get(entry.key_id or ""), entry.key_id)
    role = f" {markup.pill(say(f'role.{entry.role}'))}" if entry.role else ""
    details = ", ".join(f"{name}: {told(value)}" for name, value in entry.details.items() if value is not None)
    return [
        escape(parts.moment(entry.at)), f"{escape(who)}{role}", escape(parts.action(entry.action)),
        f'<span class="ff-code">{escape(entry.object_id)}</span>', escape(details),
    ]  # fmt: skip


def told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

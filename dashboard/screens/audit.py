"""Who did what, and when: the log that only grows."""

from html import escape
from typing import NamedTuple, get_args

import streamlit as st

from dashboard import live, markup, parts, session
from dashboard.client import Client
from sdk_contracts.wire.apps import NO_KEY, AuditAction, AuditEntry, KeyView

PAGE = 50
GROUPS = ("campaign", "key", "settings", "person", "other")
DEEDS: tuple[str, ...] = get_args(AuditAction)


class Wanted(NamedTuple):
    """What the widgets ask for; they are drawn below what they narrow down, once it is known who has a key."""

    actions: tuple[str, ...] = ()
    key_id: str = ""
    object_id: str = ""


def show() -> None:
    say = session.say
    st.html(markup.heading(say("audit")))
    if not session.may("own"):
        live.forbidden()
        return
    st.html(markup.note(say("audit_text")))
    group = st.pills(
        say("audit_group"), GROUPS, key="audit.group",
        format_func=lambda name: say(f"audit.{name}"), label_visibility="collapsed",
    )  # fmt: skip
    st.fragment(entries, run_every=live.PATIENT * 3)(group)


def entries(group: str | None) -> None:
    say = session.say
    pages: int = st.session_state.setdefault("audit.pages", 1)
    deeds = [deed for deed in DEEDS if group in {None, group_of(deed)}]
    wanted, client = asked(group, deeds), session.signed_in().client
    seen = live.look(f"audit.{pages}.{wanted}", lambda: (load(client, pages, wanted), client.keys()), height=320)
    if seen is None:
        return
    live.age(seen)
    (found, more), keys = seen.data
    known = {key.id: key for key in keys}
    filters(deeds, known)
    campaigns = {entry.object_id for entry in found if entry.object_id.startswith("cmp_")}
    if wanted.object_id in campaigns and st.button(say("open_campaign"), icon=":material/campaign:"):
        st.switch_page(session.page("campaign"), query_params={"id": wanted.object_id})
    if not found:
        parts.empty("audit_empty", "audit_empty_text")
    else:
        head = [say(f"col.{name}") for name in ("when", "who", "what", "object", "details")]
        st.html(markup.grid(head, [row(entry, known) for entry in found]))
    if more and st.button(say("more")):
        st.session_state["audit.pages"] = pages + 1
        st.rerun(scope="fragment")


def asked(group: str | None, deeds: list[str]) -> Wanted:
    chosen = st.session_state.get("audit.deed")
    of_group = tuple(deeds) if group is not None else ()
    return Wanted(
        actions=(chosen,) if chosen in deeds else of_group,
        key_id=st.session_state.get("audit.who") or "",
        object_id=(st.session_state.get("audit.object") or "").strip(),
    )


def filters(deeds: list[str], keys: dict[str, KeyView]) -> None:
    say = session.say
    left, middle, right = st.columns(3)
    left.selectbox(
        say("col.who"), [*keys, NO_KEY], index=None, key="audit.who", placeholder=say("anybody"),
        format_func=lambda key_id: name_of(keys.get(key_id), None if key_id == NO_KEY else key_id),
    )  # fmt: skip
    middle.selectbox(
        say("col.what"), deeds, index=None, key="audit.deed", format_func=parts.action, placeholder=say("anything")
    )
    right.text_input(say("col.object"), key="audit.object", placeholder=say("audit_object"), max_chars=64)


def name_of(key: KeyView | None, key_id: str | None) -> str:
    return (key.name or f"…{key.hint}") if key else (key_id or session.say("nobody_named"))


def load(client: Client, pages: int, wanted: Wanted) -> tuple[list[AuditEntry], bool]:
    found: list[AuditEntry] = []
    cursor: str | None = None
    for _ in range(pages):
        page = client.audit(PAGE, cursor, *wanted)
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

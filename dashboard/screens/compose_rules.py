"""Who is meant, as rows that a person fills in: a field, how it compares, and a value."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import streamlit as st
from msgspec import Struct

from dashboard import session
from dashboard.conditions import CHOICES, DEEDS, JOINS, LISTS, WHATS, Conditions, Group, Join, Op, Row, What, ops_of
from dashboard.screens import known as app
from dashboard.screens.compose_parts import choice, names

MOST_ROWS = 20
DAYS = {"device.last_seen_at", "device.created_at"}


class Box(Struct):
    """A group on screen. Rows and groups keep their numbers, so that none inherits what was typed in another."""

    number: int
    rows: list[int]


def fields(form: str, side: str, start: Conditions) -> Conditions:
    say, slot = session.say, f"{form}.{side}.boxes"
    boxes, known = on_screen(slot, start)
    joins = {box.number: group.join for box, group in zip(opened(start), start.groups, strict=True)}
    join = start.join
    if len(boxes) > 1:
        join = cast(Join, choice(form, f"{side}.join", JOINS, start.join, words="groups", label="groups"))
    groups = []
    for box in boxes:
        with st.container(border=True):
            groups.append(group(f"{form}.{side}", slot, boxes, box, known, joins.get(box.number, "and")))
    if st.button(say("add_group"), icon=":material/add:", key=f"{slot}.add", type="tertiary"):
        number = 1 + max(highest(boxes), 1000)
        boxes.append(Box(number, [number + 1]))
        st.rerun()
    return Conditions(join=join, groups=tuple(groups))


def opened(start: Conditions) -> list[Box]:
    """The groups as they were when the form was opened, numbered through."""
    boxes, number = [], 0
    for group in start.groups:
        boxes.append(Box(number, list(range(number + 1, number + 1 + len(group.rows)))))
        number += 1 + len(group.rows)
    return boxes


def on_screen(slot: str, start: Conditions) -> tuple[list[Box], dict[int, Row]]:
    known = {
        number: row
        for box, group in zip(opened(start), start.groups, strict=True)
        for number, row in zip(box.rows, group.rows, strict=True)
    }
    boxes: list[Box] = st.session_state.setdefault(slot, opened(start))
    return boxes, known


def highest(boxes: Sequence[Box]) -> int:
    return max(max(box.number, *box.rows) for box in boxes)


def group(form: str, slot: str, boxes: list[Box], box: Box, known: dict[int, Row], join: Join) -> Group:
    say = session.say
    if len(box.rows) > 1:
        join = cast(Join, choice(form, f"join.{box.number}", JOINS, join, words="join", label="join"))
    rows = []
    for number in box.rows:
        alone = len(boxes) == 1 and len(box.rows) == 1
        rows.append(row(f"{form}.row.{number}", known.get(number, Row()), slot, boxes, box, number, alone=alone))
    if len(box.rows) < MOST_ROWS and st.button(
        say("add_row"), icon=":material/add:", key=f"{slot}.add.{box.number}", type="tertiary"
    ):
        box.rows.append(1 + max(highest(boxes), 1000))
        st.rerun()
    return Group(join=join, rows=tuple(rows))


def row(key: str, had: Row, slot: str, boxes: list[Box], box: Box, number: int, *, alone: bool) -> Row:
    say = session.say
    with st.container(key=f"condition-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            what = st.selectbox(
                say("row_what"), offered(had), offered(had).index(had.what), key=f"{key}.what",
                format_func=lambda one: say(f"what.{one}"), label_visibility="collapsed", persist_state="session",
            )  # fmt: skip
            gone = st.button(
                "", icon=":material/close:", key=f"{key}.away", help=say("remove_row"), type="tertiary", disabled=alone
            )
        if gone:
            drop(boxes, box, number)
            st.rerun()
        return filled(f"{key}.{what}", what, had if had.what == what else Row(what=what, op=ops_of(what)[0]))


def offered(had: Row) -> list[What]:
    """Segments are offered where there are any."""
    return [what for what in WHATS if what != "segment" or had.what == "segment" or app.segments()]


def drop(boxes: list[Box], box: Box, number: int) -> None:
    box.rows.remove(number)
    if not box.rows:
        boxes.remove(box)


def filled(key: str, what: What, had: Row) -> Row:
    """The fields of a row that is about that."""
    if what == "campaign":
        return campaign(key, had)
    if what == "event":
        return event(key, had)
    named = what in {"person", "tag"}
    columns = st.columns([1, 1, 1] if named else [2, 3])
    name, type_ = "", None
    if named:
        with columns[0]:
            name, type_ = name_of(key, what, had)
    with columns[-2]:
        op = op_field(key, ops_of(what, type_), had.op)
    with columns[-1]:
        return value(key, Row(what=what, name=name, op=op), had)


def op_field(key: str, ops: tuple[Op, ...], had: Op) -> Op:
    say = session.say
    return st.selectbox(
        say("row_op"), ops, ops.index(had) if had in ops else 0, key=f"{key}.op", persist_state="session",
        format_func=lambda op: say(f"op.{op}"), label_visibility="collapsed",
    )  # fmt: skip


def name_of(key: str, what: What, had: Row) -> tuple[str, str | None]:
    """Of an attribute or tag, and its type where the app has said it."""
    say = session.say
    if what == "person" and (types := app.attributes()):
        known = sorted({*types, *([had.name] if had.name else [])})
        chosen = st.selectbox(
            say("row_attribute"), known, known.index(had.name) if had.name else None, accept_new_options=True,
            placeholder=say("row_attribute"), key=f"{key}.name.known", label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
        return (chosen or "").strip(), types.get(chosen or "")
    word = "row_attribute" if what == "person" else "row_tag"
    typed = st.text_input(
        say(word), had.name, max_chars=64, placeholder=say(word), key=f"{key}.name", label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return (typed or "").strip(), None


def value(key: str, row: Row, had: Row) -> Row:
    """The row with what it is compared with."""
    say = session.say
    if row.op in {"exists", "missing"}:
        return row
    options = CHOICES.get(row.what, ())
    if row.what == "segment":
        return replaced(row, id=segment_field(key, had.id))
    if row.what == "topics" or row.op in LISTS:
        hint = say("topics_help") if row.what == "topics" else say("row_values")
        return replaced(row, names=names(key, "names", had.names, hint, label="row_value", options=options))
    if row.op == "within_days":
        return replaced(row, days=days_field(key, had.days or 30))
    if options:
        chosen = st.selectbox(
            say("row_value"), options, options.index(had.value) if had.value in options else 0, format_func=say,
            key=f"{key}.value", label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        return replaced(row, value=chosen or options[0])
    if row.what in DAYS and is_day(had.value):
        day = st.date_input(
            say("row_value"), date.fromisoformat(had.value) if had.value else None, key=f"{key}.day",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        return replaced(row, value=day.isoformat() if isinstance(day, date) else "")
    hint = say(f"hint.{row.what}") if f"hint.{row.what}" in HINTS else say("row_value")
    text = st.text_input(
        say("row_value"), had.value, max_chars=500, placeholder=hint, key=f"{key}.value", label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return replaced(row, value=(text or "").strip())


HINTS = {"hint.device.locale", "hint.device.app_version", "hint.device.timezone"}


def replaced(row: Row, **changes: object) -> Row:
    return Row(**{**{name: getattr(row, name) for name in row.__struct_fields__}, **changes})


def is_day(text: str) -> bool:
    return not text or (len(text) == len("2026-05-04") and text[4] == text[7] == "-")


def campaign(key: str, had: Row) -> Row:
    say, known = session.say, app.campaigns()
    shown = [*known, *([had.id] if had.id and had.id not in known else [])]
    how, which = st.columns([2, 3])
    with how:
        op = op_field(key, ("did", "did_not"), had.op)
    with which:
        chosen = st.selectbox(
            say("campaign"), shown, shown.index(had.id) if had.id else None, key=f"{key}.campaign",
            format_func=lambda one: known.get(one, one), placeholder=say("campaign"), label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
    what, when = st.columns([2, 3])
    with what:
        deed = st.selectbox(
            say("row_deed"), DEEDS, DEEDS.index(had.deed) if had.deed in DEEDS else 2, key=f"{key}.deed",
            format_func=say, label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    with when:
        days = days_field(key, had.days)
    return Row(what="campaign", op=op, id=chosen or "", deed=deed or "opened", days=days)


def event(key: str, had: Row) -> Row:
    say = session.say
    how, which, when = st.columns(3)
    with how:
        op = op_field(key, ("did", "did_not"), had.op)
    with which:
        name = st.text_input(
            say("event"), had.name, max_chars=64, placeholder=say("event"), key=f"{key}.event",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    with when:
        days = days_field(key, had.days)
    return Row(what="event", op=op, name=(name or "").strip(), days=days)


def days_field(key: str, had: int | None) -> int | None:
    say = session.say
    typed = st.number_input(
        say("row_days"), None, 3650, had, 1, placeholder=say("row_days_ever"), key=f"{key}.days", help=say("row_days"),
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return int(typed) if typed else None


def segment_field(key: str, had: str) -> str:
    known = app.segments()
    shown = [*known, *([had] if had and had not in known else [])]
    chosen = st.selectbox(
        session.say("rule.segment"), shown, shown.index(had) if had else None, key=f"{key}.segment",
        format_func=lambda one: known.get(one, one), placeholder=session.say("rule.segment"),
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return chosen or ""

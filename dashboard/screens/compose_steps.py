"""The steps of composing. Each shows its part of the sheet; what was typed in the others stays."""

from collections.abc import Callable
from typing import Protocol

import msgspec
import streamlit as st

from dashboard import format as fmt
from dashboard import markup, session
from dashboard.draft import Sheet
from dashboard.needs import STEPS, Need, Step
from dashboard.screens import compose_form, compose_mark, compose_schedule, compose_try, timing
from dashboard.screens.rule_told import whom
from sdk_contracts.wire.campaigns import Campaign


class Table(Protocol):
    """What is being written: as it was opened, and as it stands."""

    start: Sheet
    sheet: Sheet


def current(form: str) -> Step:
    found: Step = st.session_state.get(f"{form}.step") or STEPS[0]
    return found


def on_screen(form: str) -> Step:
    """The step whose fields are before the person: the chosen one, or on the way to it the one before."""
    found: Step = st.session_state.get(f"{form}.on_screen") or current(form)
    return found


def steps(form: str) -> None:
    say = session.say
    st.session_state.setdefault(f"{form}.step", STEPS[0])
    st.segmented_control(
        say("steps"), STEPS, required=True, key=f"{form}.step", label_visibility="collapsed",
        format_func=lambda step: f"{STEPS.index(step) + 1} · {say(f'step.{step}')}", persist_state="session", wrap=True,
    )  # fmt: skip


def show(form: str, table: Table, save: Callable[[], Campaign | None]) -> None:
    """`save` keeps the draft, for what is asked about a draft that is kept."""
    step = on_screen(form)
    with st.container(border=True):
        table.sheet = msgspec.structs.replace(table.sheet, **fields(form, step, table))
        if step != current(form):
            # What was typed last may have come together with the click on another step.
            st.session_state[f"{form}.on_screen"] = current(form)
            st.rerun()
        st.session_state[f"{form}.on_screen"] = step
        if step == "check" and (needs := table.sheet.needs(session.now())):
            missing(needs)
        elif step == "check":
            compose_try.look(form, table.sheet.default_locale, save, lambda chosen: go(form, chosen))
        if step == "test":
            compose_try.test(form, table.sheet, save)
        if step == "launch":
            summary(table.sheet)
    compose_mark.show(form, step)


def go(form: str, step: Step) -> None:
    st.session_state[f"{form}.step"] = step


def fields(form: str, step: Step, table: Table) -> compose_form.Typed:
    """What stands in the fields of a step."""
    match step:
        case "content":
            return compose_form.content(form, table.start)
        case "audience":
            return compose_form.audience(form, table.start)
        case "schedule":
            plan = compose_schedule.fields(form, table.start)
            compose_schedule.outlook(plan)
            return {"plan": plan, "second": compose_schedule.second(form, table.sheet, table.start.second)}
        case "check":
            limits = compose_form.limits(form, table.start.limits, table.sheet.kind)
            return {"limits": limits, "goal": compose_form.goal(form, table.start.goal)}
        case "test" | "launch":
            return {}


def turn(form: str) -> None:
    """Buttons to the step before and the next one."""
    say, place = session.say, STEPS.index(current(form))

    if place:
        st.button(say("previous"), key="compose.previous", on_click=go, args=(form, STEPS[place - 1]))
    if place + 1 < len(STEPS):
        after = STEPS[place + 1]
        st.button(
            say("next", step=say(f"step.{after}")), type="primary", key="compose.next", on_click=go, args=(form, after)
        )


def missing(needs: list[Need]) -> None:
    """What keeps it from being saved, and at which step to mend it."""
    say = session.say
    told = "\n".join(f"- {markup.plain(say(need.key, **need.values))} · {say(f'step.{need.step}')}" for need in needs)
    st.error(f"{say('fix_first')}\n{told}")


def summary(sheet: Sheet) -> None:
    """The whole campaign in a few lines, before it goes out."""
    say = session.say
    if needs := sheet.needs(session.now()):
        missing(needs)
        return
    audience, expires, draft = sheet.audience(), sheet.limits.expires_at, sheet.draft()
    versions = [variant.name for variant in draft.experiment.variants] if draft.experiment else []
    facts = {
        "name": sheet.name.strip(),
        "languages": ", ".join(sheet.texts),
        "versions": ", ".join(versions),
        "include": whom(audience.include),
        "exclude": whom(audience.exclude),
        "channels": " + ".join(say(channel) for channel in sheet.channels),
        "kind": say(f"kind.{sheet.kind}"),
        "category": sheet.category,
        "when": timing.told(draft.schedule),
        "second_row": timing.second_told(draft.follow_up),
        "goal": timing.goal_told(draft.conversion),
        "per_minute": fmt.number(sheet.limits.per_minute) if sheet.limits.per_minute else "",
        "expires": fmt.moment(expires, session.zone(), session.now(), session.language()) if expires else "",
    }
    st.html(markup.table([(say(name), value, "") for name, value in facts.items() if value]))
    if not session.may("launch"):
        st.caption(say("author_launch"))

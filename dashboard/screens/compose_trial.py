"""Several versions of a message, beside the first."""

from typing import cast

import msgspec
import streamlit as st

from dashboard import format as fmt
from dashboard import markup, session
from dashboard.draft import Sheet
from dashboard.screens.compose_parts import choice, span, words_like
from dashboard.screens.compose_schedule import span_told
from dashboard.trial import METRICS, MOST_ARMS, Arm, Metric, Texts, Trial
from sdk_contracts.wire.campaigns import Winner

LETTERS = "abcdefghij"


def fields(form: str, texts: Texts, start: Trial | None) -> Trial | None:
    say = session.say
    if not st.toggle(
        say("trial"), start is not None, help=say("trial_help"), key=f"{form}.trial", persist_state="session"
    ):
        return None
    if start is not None and start.kept is not None:
        st.caption(say("kept_written"))
        return start
    had = start or Trial()
    with st.container(border=True):
        first, weight = name_and_weight(form, "arm.0", had.first, had.first_weight)
        st.caption(say("first_version", name=markup.plain(first)))
        arms = versions(form, texts, had)
        holdout = st.number_input(
            say("holdout_percent"), 0.0, 90.0, float(had.holdout), 1.0, help=say("holdout_help"), format="%g",
            key=f"{form}.holdout", persist_state="session", width=220,
        )  # fmt: skip
        chosen = winner(form, had.winner)
        trial = Trial(first=first, first_weight=weight, arms=arms, holdout=float(holdout or 0), winner=chosen)
        st.html(markup.note(cost(trial)))
    return trial


def versions(form: str, texts: Texts, had: Trial) -> tuple[Arm, ...]:
    """Each behind a tab of its own. A version keeps its place's number, so that none inherits another's words."""
    say, slot = session.say, f"{form}.arms"
    places: list[int] = st.session_state.setdefault(slot, list(range(1, len(had.arms) + 1)))
    known = {place: had.arms[place - 1] for place in places if place <= len(had.arms)}
    given = {place: known.get(place, Arm(name=LETTERS[place % len(LETTERS)])) for place in places}
    titles = [st.session_state.get(f"{form}.arm.{place}.name") or given[place].name for place in places]
    arms = []
    for place, tab in zip(places, st.tabs([f"{say('version_of')} {markup.plain(one)}" for one in titles]), strict=True):
        with tab:
            arms.append(version(form, place, texts, given[place]))
            if len(places) > 1 and st.button(say("remove_arm"), key=f"{form}.arm.{place}.remove", type="tertiary"):
                st.session_state[slot] = [one for one in places if one != place]
                st.rerun()

    def add() -> None:
        st.session_state[slot] = [*places, max(places) + 1]

    if len(places) < MOST_ARMS - 1:
        st.button(say("add_arm"), icon=":material/add:", key=f"{slot}.add", on_click=add, type="tertiary")
    return tuple(arms)


def version(form: str, place: int, texts: Texts, had: Arm) -> Arm:
    say, name = session.say, f"arm.{place}"
    called, weight = name_and_weight(form, name, had.name, had.weight)
    said = words_like(form, name, texts, had.texts)
    with st.expander(say("more_options"), expanded=bool(had.link or had.image_url)):
        link = st.text_input(
            say("link"), had.link, placeholder="https://", key=f"{form}.{name}.link", persist_state="session"
        )
        image = st.text_input(
            say("image"), had.image_url, placeholder="https://", key=f"{form}.{name}.image", persist_state="session"
        )
    return Arm(
        name=called, weight=weight, texts=said, link=(link or "").strip(), image_url=(image or "").strip()
    )  # fmt: skip


def name_and_weight(form: str, name: str, called: str, weight: float) -> tuple[str, float]:
    say = session.say
    left, right = st.columns(2)
    with left:
        typed = st.text_input(
            say("arm_name"), called, max_chars=64, help=say("arm_name_help"), key=f"{form}.{name}.name",
            persist_state="session",
        )  # fmt: skip
    with right:
        share = st.number_input(
            say("arm_weight"), 0.0, 1000.0, float(weight), 1.0, help=say("arm_weight_help"), format="%g",
            key=f"{form}.{name}.weight", persist_state="session",
        )  # fmt: skip
    return (typed or "").strip(), float(share or 0)


def winner(form: str, had: Winner | None) -> Winner | None:
    say = session.say
    if not st.toggle(
        say("choose_winner"), had is not None, help=say("winner_help"), key=f"{form}.winner", persist_state="session"
    ):
        return None
    given = had or Winner(metric="opened", after_minutes=240)
    metric = cast(Metric, choice(form, "metric", METRICS, given.metric, words="metric"))
    if metric == "converted":
        st.caption(say("metric_converted_text"))
    seconds = span(form, "decided_after", given.after_minutes * 60, (60, 3600, 86_400), least=1)
    sample = st.number_input(
        say("sample"), 1.0, 99.0, float(given.sample_percent), 1.0, format="%g", key=f"{form}.sample",
        persist_state="session", width=220,
    )  # fmt: skip
    return Winner(metric=metric, after_minutes=seconds // 60, sample_percent=float(sample or 20))


def cost(trial: Trial) -> str:
    """What part of the people gets what, in a sentence or two."""
    say = session.say
    shares = ", ".join(f"{name} {fmt.percent(share / 100)}" for name, share in trial.shares())
    if trial.winner is None:
        told = [say("cost.shares", shares=shares)]
    else:
        even = msgspec.structs.replace(trial, holdout=0.0)
        shares = ", ".join(f"{name} {fmt.percent(share / 100)}" for name, share in even.shares())
        after = span_told(trial.winner.after_minutes * 60)
        sample = fmt.percent(trial.winner.sample_percent / 100)
        told = [say("cost.winner", percent=sample, shares=shares, after=after)]
    if trial.holdout:
        told.append(say("cost.holdout", percent=fmt.percent(trial.holdout / 100)))
    return " ".join(told) if session.language() == "en" else "".join(told)


def versions_of(sheet: Sheet) -> dict[str, Arm | None]:
    """By name; None stands for the first, which is the sheet itself."""
    trial = sheet.trial
    if trial is None or trial.kept is not None:
        return {}
    return {trial.first: None, **{arm.name: arm for arm in trial.arms}}

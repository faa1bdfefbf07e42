"""Why somebody did or did not get a campaign: each decision, in a drawer beside the page."""

from html import escape

import streamlit as st

from dashboard import live, markup, parts, session, words
from sdk_contracts.wire.people import Trace, TraceStep

TONES: dict[str, markup.Tone] = {
    "skipped": "warn", "failed": "bad", "dead": "bad", "planned": "calm", "audience": "live", "variant": "calm",
}  # fmt: skip


def open_drawer(external_id: str, campaign_id: str, name: str) -> None:
    client = session.signed_in().client

    def drawer() -> None:
        st.html(markup.line(f"<b>{escape(external_id)}</b>", escape(name)))
        found = live.act(lambda: client.trace(external_id, campaign_id))
        if found is not None:
            steps(found)
        if st.button(session.say("open_person"), icon=":material/person_search:", key="trace.person"):
            st.switch_page(session.page("people"), query_params={"id": external_id})

    st.dialog(session.say("trace"), width="medium", position="right")(drawer)()


def steps(found: Trace) -> None:
    say = session.say
    st.html(markup.note(say("trace_meant" if found.meant else "trace_not_meant")))
    st.html(markup.path([row(step) for step in found.steps]))


def row(step: TraceStep) -> tuple[str, str]:
    """What happened, and where and when: ready HTML."""
    say = session.say
    told = parts.known(f"trace.{step.step}") if step.step in {"audience", "variant"} else parts.known(step.step)
    where = [say(step.channel) if step.channel else "", parts.moment(step.at) if step.at else ""]
    code = f'<span class="ff-code">{escape(step.device_id)}</span>' if step.device_id else ""
    what = f"{markup.pill(told, TONES.get(step.step, 'good'))} {escape(in_words(step))}"
    return what, markup.line(*map(escape, where), code)


def in_words(step: TraceStep) -> str:
    """The API's own words in English; in Chinese ours, by step and reason."""
    if session.language() == "en":
        return step.words
    if step.step == "audience":
        known = f"outside.{step.reason}" if step.reason else "outside.meant"
        return session.say(known) if known in words.TABLE else step.words
    if step.step == "variant":
        return step.reason or ""
    if step.step in {"skipped", "failed", "dead"}:
        return parts.words_for(step.reason or "")
    return ""

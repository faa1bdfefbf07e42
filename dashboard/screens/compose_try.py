"""Looking at a campaign, and sending it to a few, before it goes out. Both are about what is saved."""

from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

import msgspec
import streamlit as st

from dashboard import live, markup, preview, session
from dashboard.draft import Sheet, names_in
from dashboard.needs import STEPS, Step
from dashboard.places import Place, place_of
from dashboard.screens import compose_mark, compose_trial, findings
from dashboard.screens.compose_parts import choice
from sdk_contracts.wire.campaigns import Campaign, Check, Metrics, Preview, PreviewRequest, TestSend

Save = Callable[[], Campaign | None]
MOST_TESTERS = 20


def look(form: str, default_locale: str, save: Save, go: Callable[[Step], None]) -> None:
    """What the API finds in it, each with the way to the field where it is mended."""
    say, client = session.say, session.signed_in().client
    st.html(markup.section(say("check")))
    st.caption(say("check_text"))
    if st.button(say("check_now"), icon=":material/fact_check:", key="compose.check"):
        compose_mark.take_away(form)
        saved = save()
        checked = live.act(lambda: client.check(saved.id)) if saved else None
        st.session_state[f"{form}.checked"] = checked
    found: Check | None = st.session_state.get(f"{form}.checked")
    if found is None:
        return
    findings.show(found)
    ways = {place_of(finding, default_locale): None for finding in (*found.errors, *found.warnings)}

    def follow(place: Place) -> None:
        go(place.step)
        compose_mark.put(form, place.step, place.field)

    with st.container(horizontal=True):
        for place in sorted((way for way in ways if way), key=lambda way: STEPS.index(way.step)):
            label = say("go_to_field", step=say(f"step.{place.step}"), field=say(place.word))
            st.button(label, key=f"compose.go.{place.field}", type="tertiary", on_click=follow, args=(place,))


def test(form: str, sheet: Sheet, save: Save) -> None:
    """To a few by name, now."""
    say = session.say
    st.caption(say("test_text"))
    kind = choice(form, "test_to", ("external_ids", "device_ids"), "external_ids", words="rule")
    text = st.text_area(
        say(f"rule.{kind}"), placeholder=say(f"{kind}_help"), height=80, label_visibility="collapsed",
        key=f"{form}.test.{kind}", persist_state="session",
    )  # fmt: skip
    versions = list(compose_trial.versions_of(sheet))
    variant = choice_of_version(form, versions) if versions else None
    if st.button(say("test_send"), type="primary", icon=":material/send_to_mobile:", key="compose.test"):
        send(form, kind, names_in(text or ""), variant, save)
    if sent := st.session_state.get(f"{form}.tested"):
        st.fragment(numbers, run_every=live.KEEN)(sent)
        if st.button(say("test_open"), key="compose.test.open", type="tertiary", icon=":material/open_in_new:"):
            st.switch_page(session.page("campaign"), query_params={"id": sent})
    as_somebody(form, save, variant)


def as_somebody(form: str, save: Save, variant: str | None) -> None:
    """How what is saved looks to one person: their language, their name in it, on what they have."""
    say, client, slot = session.say, session.signed_in().client, f"{form}.seen"
    with st.expander(say("as_somebody"), icon=":material/visibility:"):
        st.caption(say("as_somebody_text"))
        typed = st.text_input(say("external_id"), max_chars=128, key=f"{form}.somebody", persist_state="session")
        if st.button(say("as_somebody_look"), key="compose.somebody", disabled=not names_in(typed or "")):
            saved, request = save(), PreviewRequest(external_id=names_in(typed or "")[0])
            asked = msgspec.structs.replace(request, variant=variant) if variant else request
            st.session_state[slot] = live.act(lambda: client.preview(saved.id, asked)) if saved else None
        if (seen := st.session_state.get(slot)) is not None:
            phones(seen)


def phones(seen: Preview) -> None:
    say = session.say
    labels = {"android": "Android", "ios": "iPhone", "web": say("web"), "inbox": say("inbox"), "email": say("email")}
    for tab, (surface, look) in zip(st.tabs([labels[name] for name in seen.looks]), seen.looks.items(), strict=True):
        shown = preview.Preview(
            app=session.signed_in().me.app_name, title=look.title, body=look.body, image_url=look.image_url,
            link=look.link, buttons=tuple(action.label for action in look.actions), now=say("now"),
        )  # fmt: skip
        with tab:
            st.html(preview.phone(shown, surface))
            size = "" if look.bytes is None else say("as_bytes", bytes=look.bytes, most=look.bytes_most)
            st.html(markup.line(look.translation, size))


def choice_of_version(form: str, versions: list[str]) -> str:
    chosen = st.segmented_control(
        session.say("version_of"), versions, default=versions[0], required=True, format_func=markup.plain,
        key=f"{form}.test.version.{'-'.join(versions)}",
    )  # fmt: skip
    return chosen or versions[0]


def send(form: str, kind: str, names: tuple[str, ...], variant: str | None, save: Save) -> None:
    say, client = session.say, session.signed_in().client
    if not names or len(names) > MOST_TESTERS:
        st.error(say("test_needs" if not names else "test_too_many"))
        return
    saved = save()
    if saved is None:
        return
    to = msgspec.convert({kind: list(names)}, TestSend)
    request = msgspec.structs.replace(to, variant=variant) if variant else to
    # Until it is answered a second click asks for the same test.
    key = st.session_state.setdefault(f"{form}.test.key", uuid4().hex)
    accepted = live.act(lambda: client.try_out(saved.id, request, f"{key}-{hash_of(request)}"))
    if accepted is not None:
        del st.session_state[f"{form}.test.key"]
        st.session_state[f"{form}.tested"] = accepted.message_id
        st.toast(say("test_sent"), icon=":material/check:")


def hash_of(request: TestSend) -> str:
    return sha256(msgspec.json.encode(request)).hexdigest()[:16]


def numbers(message_id: str) -> None:
    """What has become of the test."""
    client = session.signed_in().client
    seen = live.look(f"metrics.{message_id}", lambda: client.metrics(message_id), height=40)
    if seen is None:
        return
    st.html(markup.note(outcome(seen.data)))


def outcome(found: Metrics) -> str:
    total, say = found.total, session.say
    if not total.targeted:
        return say("test_nobody" if found.state == "sent" else "planning")
    return say("test_numbers", accepted=total.accepted, targeted=total.targeted, received=total.received)

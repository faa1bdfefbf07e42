"""Beside the form: how it will look, and whom it would reach now."""

import msgspec
import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, preview, session
from dashboard.draft import Sheet, names_in
from dashboard.markup import Tile
from dashboard.screens import compose_trial
from dashboard.trial import Arm
from sdk_contracts.wire.audience import Audience
from sdk_contracts.wire.campaigns import Estimate, EstimateRequest, Waiting

PATIENCE = 30.0
"""Seconds between two estimates of an audience that does not change."""


def show(sheet: Sheet) -> None:
    request = sheet.estimate()
    st.html(markup.section(session.say("estimate")))
    if request is None:
        st.html(markup.note(session.say("estimate_incomplete")))
    else:
        st.fragment(estimate, run_every=pace(request))(request)
        among(request.audience)
    look(sheet)


def name_of(request: EstimateRequest) -> str:
    return f"estimate.{hash(msgspec.json.encode(request))}"


def pace(request: EstimateRequest) -> float:
    """What is still being counted is looked at again soon."""
    seen: live.Look[Estimate] | None = st.session_state.get(f"seen.{name_of(request)}")
    return PATIENCE if seen is None or seen.data.complete else live.PATIENT


def estimate(request: EstimateRequest) -> None:
    client = session.signed_in().client
    seen = live.look(name_of(request), lambda: client.estimate(request), height=90)
    if seen is not None:
        numbers(seen.data)
        live.age(seen)


def among(audience: Audience) -> None:
    """Whether it means somebody, and why, in the API's words."""
    say, client = session.say, session.signed_in().client
    with st.expander(say("among"), icon=":material/person_search:"):
        typed = st.text_input(
            say("external_id"), max_chars=128, placeholder=say("external_id"), key="compose.among",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        if not (names := names_in(typed or "")):
            return
        found = live.act(lambda: client.explain(audience, names[0]))
        if found is not None:
            told = say("among_yes" if found.meant else "among_no")
            st.html(markup.findings("good" if found.meant else "odd", [(told, found.words)]))


def numbers(found: Estimate) -> None:
    say, least = session.say, "" if found.complete else "≥ "
    tiles = [
        Tile(say("people"), least + fmt.number(found.people)),
        Tile(say("devices"), least + fmt.number(found.devices), platforms(found)),
        *(Tile(say(channel), least + fmt.number(count)) for channel, count in found.by_channel.items()),
    ]
    st.html(markup.tiles(tiles))
    if not found.complete:
        st.html(markup.note(say("estimate_counting")))
    if (told := forecast(found)) is not None:
        st.html(markup.note(told))
    skipped = {code: count for code, count in found.excluded.items() if count}
    if not skipped:
        st.html(markup.note(say("excluded_none")))
        return
    st.html(markup.note(say("excluded")))
    order = sorted(skipped, key=lambda code: -skipped[code])
    st.html(markup.table([(parts.words_for(code), fmt.number(skipped[code]), "") for code in order]))


def forecast(found: Estimate) -> str | None:
    """What becomes of the pushes, where some wait or are held back."""
    say, capped = session.say, found.excluded.get("frequency_capped", 0)
    if not found.deferred and not capped:
        return None
    told = [say("forecast.now", count=fmt.number(found.now))]
    if found.deferred:
        told.append(waiting(found.deferred, found.deferred_until))
    if capped:
        told.append(say("forecast.capped", count=fmt.number(capped)))
    return say("forecast", told=(", " if session.language() == "en" else "，").join(told))


def waiting(count: int, until: Waiting | None) -> str:
    say, shown = session.say, fmt.number(count)
    if until is None:
        return say("forecast.deferred", count=shown)
    earliest, latest = parts.moment(until.earliest), parts.moment(until.latest)
    if earliest == latest:
        return say("forecast.deferred_to", count=shown, at=earliest)
    return say("forecast.deferred_between", count=shown, earliest=earliest, latest=latest)


def platforms(found: Estimate) -> str:
    say = session.say
    known = {"android", "ios", "web"}
    order = sorted(found.by_platform, key=lambda name: -found.by_platform[name])
    return " · ".join(f"{say(name) if name in known else name} {fmt.number(found.by_platform[name])}" for name in order)


def look(sheet: Sheet) -> None:
    say = session.say
    st.html(markup.section(say("preview")))
    labels = {"android": "Android", "ios": "iPhone", "web": say("web"), "inbox": say("inbox"), "email": say("email")}
    surfaces = [one for one in preview.SURFACES if one != "email" or "email" in sheet.channels]
    surface = st.segmented_control(
        say("preview"), surfaces, default="android", required=True, key="compose.surface",
        format_func=labels.__getitem__, label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    locales = list(sheet.texts)
    locale = locales[0]
    if len(locales) > 1:
        chosen = st.segmented_control(
            say("language"), locales, default=locale, required=True, key=f"compose.preview.{'-'.join(locales)}",
            label_visibility="collapsed",
        )  # fmt: skip
        locale = chosen or locale
    arm = version(sheet)
    title, body = sheet.texts[locale]
    own_title, own_body = arm.texts.get(locale, ("", "")) if arm else ("", "")
    shows = sheet.platforms
    own = {"android": shows.android.image_url, "ios": shows.ios.image_url, "web": shows.web.image_url}.get(surface)
    shown = preview.Preview(
        app=session.signed_in().me.app_name, title=own_title or title or say("untitled"), body=own_body or body,
        subtitle=shows.subtitles.get(locale, ""),
        image_url=own or (arm and arm.image_url) or sheet.image_url or None,
        link=(arm and arm.link) or sheet.link or None, now=say("now"),
        buttons=tuple(button.label for button in sheet.extras.buttons),
    )  # fmt: skip
    st.html(preview.phone(shown, surface))


def version(sheet: Sheet) -> Arm | None:
    """The one to look at; None for the first, or where there is only one."""
    versions = compose_trial.versions_of(sheet)
    if not versions:
        return None
    names = list(versions)
    chosen = st.segmented_control(
        session.say("version_of"), names, default=names[0], required=True, key=f"compose.version.{'-'.join(names)}",
        format_func=lambda name: f"{session.say('version_of')} {markup.plain(name)}", label_visibility="collapsed",
    )  # fmt: skip
    return versions[chosen or names[0]]

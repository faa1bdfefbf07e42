"""One person: what is known of them, their devices, what they agreed to, and handing out or erasing all of it."""

from html import escape

import streamlit as st

from dashboard import format as fmt
from dashboard import live, markup, parts, session
from dashboard.client import Client
from dashboard.markup import Tile
from dashboard.screens import confirm, history
from sdk_contracts.wire.devices import Device
from sdk_contracts.wire.people import Person


def show() -> None:
    say = session.say
    st.html(markup.heading(say("people_page")))
    external_id = st.text_input(
        say("external_id"), st.query_params.get("id", ""), key="people.id", type="search", icon=":material/search:",
        placeholder=say("external_id_placeholder"), help=say("external_id_help"), max_chars=128,
    ).strip()  # fmt: skip
    if not external_id:
        parts.empty("people_empty", "people_empty_text")
        return
    st.query_params["id"] = external_id
    client = session.signed_in().client
    seen = live.look(f"person.{external_id}", lambda: client.person(external_id), height=240)
    if seen is None:
        return
    live.age(seen)
    person = seen.data
    summary(person)
    devices(person.devices)
    left, right = st.columns(2, gap="large")
    with left:
        attributes(person)
    with right:
        preferences(person)
    history.consents(client, external_id)
    history.show(client, external_id)
    if session.may("own"):
        their_rights(client, external_id)


def summary(person: Person) -> None:
    say = session.say
    relations = "".join(markup.pill(say(f"relation.{one}")) for one in person.relations)
    st.html(
        markup.line(
            f"<b>{escape(person.external_id)}</b>",
            relations,
            escape(say("known_since", at=parts.moment(person.created_at))),
        )
    )
    consent = person.consent
    agreed = say("consent.none") if consent is None else say("consent.yes" if consent.promotion else "consent.no")
    since = parts.moment(consent.at) if consent else ""
    pushed = sum(device.opted_in and device.address is not None for device in person.devices)
    quiet = person.quiet_hours
    st.html(
        markup.tiles(
            [
                Tile(say("devices"), fmt.number(len(person.devices)), say("reachable_count", count=fmt.number(pushed))),
                Tile(
                    say("consent"), agreed, " · ".join(filter(None, [since, consent.source if consent else ""])),
                    help=consent.text or "" if consent else "",
                ),
                Tile(
                    say("quiet_hours"), f"{quiet.from_}–{quiet.to}" if quiet else fmt.NOTHING,
                    "" if quiet else say("quiet_hours.app"),
                ),
            ]
        )
    )  # fmt: skip


def devices(found: list[Device]) -> None:
    say = session.say
    st.html(markup.section(say("devices")))
    if not found:
        st.html(markup.note(say("person_no_devices")))
        return
    head = ["device", "push", "app_version", "locale", "timezone", "topics", "last_seen"]
    st.html(markup.grid([say(f"col.{name}") for name in head], [device_row(device) for device in found]))


def device_row(device: Device) -> list[str]:
    say = session.say
    made = " ".join(filter(None, [say(device.platform), device.model, device.os_version]))
    if device.address is None:
        push = markup.pill(say("push.no_address"), "warn")
    elif not device.opted_in:
        push = markup.pill(say("push.off"), "warn")
    else:
        confirmed = say("confirmed", at=parts.moment(device.address.confirmed_at))
        push = f"{markup.pill(say('push.on'), 'good')} {markup.note(confirmed)}"
    return [
        f'{escape(made)}<div class="ff-code">{escape(device.device_id)}</div>', push, escape(device.app_version or ""),
        escape(device.locale or ""), escape(device.timezone or ""), escape(", ".join(device.topics)),
        escape(parts.moment(device.last_seen_at)),
    ]  # fmt: skip


def attributes(person: Person) -> None:
    say = session.say
    st.html(markup.section(say("attributes")))
    if person.attributes:
        st.html(markup.table([(name, str(value), "") for name, value in sorted(person.attributes.items())]))
    else:
        st.html(markup.note(say("no_attributes")))


def preferences(person: Person) -> None:
    say = session.say
    st.html(markup.section(say("preferences")))
    if not person.categories:
        st.html(markup.note(say("nothing_muted")))
        return
    rows = []
    for name, chosen in sorted(person.categories.items()):
        muted = [say(channel) for channel in ("push", "inbox", "email") if not getattr(chosen, channel)]
        rows.append((name, say("muted_on", channels=" + ".join(muted)) if muted else say("wanted"), ""))
    st.html(markup.table(rows))


def their_rights(client: Client, external_id: str) -> None:
    """Export and erase. Both are noted in the audit log."""
    say = session.say
    st.html(markup.section(say("rights"), say("rights_note")))
    with st.container(horizontal=True):
        st.download_button(
            say("export_person"), lambda: client.export_person(external_id), file_name="person.json",
            mime="application/json", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if st.button(say("erase_person"), icon=":material/person_off:"):
            confirm.erase(external_id)

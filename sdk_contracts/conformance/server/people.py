"""Logging in and out, and what a person wants."""

from datetime import UTC, datetime, timedelta

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import Stage, fresh, refused
from sdk_contracts.wire import devices, people

GROUP = "people"


@CHECKS.item(GROUP)
def logs_in(stage: Stage) -> None:
    """Logging in names the person; doing so again changes nothing."""
    phone, name = stage.phone(), fresh("ada")
    first = stage.login(phone, name)
    equal(stage.login(phone, name), first, "logging in a second time")
    equal(first.external_id, name, "external_id")
    equal(stage.device(phone).external_id, name, "external_id of the device")


@CHECKS.item(GROUP)
def one_person_many_devices(stage: Stage) -> None:
    """Two devices of one person have one inbox and one read state."""
    name, first, second = fresh("ada"), stage.phone(), stage.phone()
    equal(stage.login(first, name).person_id, stage.login(second, name).person_id, "person of both devices")
    stage.send({"external_ids": [name]}, "For Ada")
    (item,) = stage.arrived(first, "For Ada")
    stage.do("POST", f"/v1/inbox/{item.id}/read", first.key)
    (same,) = stage.arrived(second, "For Ada")
    expect(same.read_at is not None, "read on one device, unread on the other")
    titles = [each.title for each in stage.page(second).items]
    equal(titles, ["For Ada"], "items for a person with two devices")


@CHECKS.item(GROUP)
def merges(stage: Stage) -> None:
    """What the anonymous person had in the inbox, topics and preferences, is the known one's after logging in."""
    phone, _ = stage.reader("While anonymous")
    stage.do("PUT", "/v1/devices/me/topics/news", phone.key)
    muted = {"categories": {"offers": {"push": False, "inbox": True, "email": True}}}
    stage.ask(people.Preferences, 200, "PUT", "/v1/me/preferences", phone.key, muted)
    stage.login(phone, fresh("ada"))
    stage.arrived(phone, "While anonymous")
    expect("news" in stage.device(phone).topics, "the topic was lost")
    kept = stage.ask(people.Preferences, 200, "GET", "/v1/me/preferences", phone.key)
    expect("offers" in kept.categories and not kept.categories["offers"].push, "the preference was lost")


@CHECKS.item(GROUP)
def logs_out(stage: Stage) -> None:
    """Logging out leaves an anonymous person who sees nothing of the former one's."""
    phone, name = stage.phone(), fresh("ada")
    known = stage.login(phone, name)
    stage.send({"external_ids": [name]}, "For Ada only")
    (item,) = stage.arrived(phone, "For Ada only")
    left = stage.ask(devices.LoggedIn, 200, "DELETE", "/v1/devices/me/person", phone.key)
    equal(left.external_id, None, "external_id after logging out")
    expect(left.person_id != known.person_id, "the person is still Ada")
    expect("For Ada only" not in [each.title for each in stage.page(phone, limit=100).items], "Ada's item is shown")
    refused(stage.call("POST", f"/v1/inbox/{item.id}/read", phone.key), 404)


@CHECKS.item(GROUP)
def moves_between_people(stage: Stage) -> None:
    """A device that goes from one person to another never shows the former one's inbox."""
    phone, ada = stage.phone(), fresh("ada")
    stage.login(phone, ada)
    stage.send({"external_ids": [ada]}, "For Ada only")
    stage.arrived(phone, "For Ada only")
    stage.login(phone, fresh("bob"))
    expect("For Ada only" not in [each.title for each in stage.page(phone, limit=100).items], "Bob sees Ada's item")


@CHECKS.item(GROUP)
def preferences(stage: Stage) -> None:
    """Preferences keep what a change does not name, and times are answered in UTC."""
    phone = stage.phone()
    muted = {"categories": {"offers": {"push": False}}}
    stage.ask(people.Preferences, 200, "PUT", "/v1/me/preferences", phone.key, muted)
    agreed = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    consent = {"promotion": True, "at": f"{agreed + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00", "source": "sign-up"}
    body = {"consent": consent, "quiet_hours": {"from": "22:00", "to": "07:30"}}
    stage.ask(people.Preferences, 200, "PUT", "/v1/me/preferences", phone.key, body)
    answer = stage.call("GET", "/v1/me/preferences", phone.key).json()
    equal(answer["categories"]["offers"], {"push": False, "inbox": True, "email": True}, "the muted category")
    equal(answer["quiet_hours"], {"from": "22:00", "to": "07:30"}, "quiet hours")
    expect(answer["consent"]["promotion"] is True, "consent is kept")
    equal(answer["consent"]["at"], f"{agreed:%Y-%m-%dT%H:%M:%SZ}", "time of the consent")


@CHECKS.item(GROUP)
def bad_preferences(stage: Stage) -> None:
    """Hours that no clock shows, and consent from the future, are refused with 400."""
    phone = stage.phone()
    future = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    for body in ({"quiet_hours": {"from": "24:00", "to": "07:00"}}, {"consent": {"promotion": True, "at": future}}):
        refused(stage.call("PUT", "/v1/me/preferences", phone.key, body), 400)

"""Registering, and what a device may say about itself."""

import base64

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import Stage, fresh, refused, succeeded
from sdk_contracts.wire import apps, devices

GROUP = "devices"


@CHECKS.item(GROUP)
def public_settings(stage: Stage) -> None:
    """The publishable key reads the app's public settings, with a P-256 point to subscribe with."""
    app = stage.ask(apps.PublicSettings, 200, "GET", "/v1/app", stage.publishable_key)
    key = app.vapid_public_key
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    expect(len(point) == 65 and point[0] == 4, "vapid_public_key is an uncompressed point, base64url without padding")


@CHECKS.item(GROUP)
def registers(stage: Stage) -> None:
    """A new installation gets 201, a device key and a person."""
    phone = stage.phone(locale="zh-CN", timezone="Asia/Shanghai", tags={"plan": "gold", "visits": 3}, topics=["news"])
    device = stage.device(phone)
    equal((device.device_id, device.person_id), (phone.device_id, phone.person_id), "ids of GET /v1/devices/me")
    equal((device.locale, device.tags, device.topics), ("zh-CN", {"plan": "gold", "visits": 3}, ["news"]), "the device")
    equal(device.external_id, None, "external_id of an anonymous person")


@CHECKS.item(GROUP)
def known_installation(stage: Stage) -> None:
    """A known installation is refused with 409 unless its own device key comes along, then 200."""
    phone, stranger = stage.phone(), stage.phone()
    body = stage.registration(installation_id=phone.installation_id, locale="fr")
    refused(stage.call("POST", "/v1/devices", stage.publishable_key, body), 409)
    headers = {"Fanfare-Device": stranger.key}
    refused(stage.call("POST", "/v1/devices", stage.publishable_key, body, headers), 409)
    refused(stage.call("POST", "/v1/devices", stage.publishable_key, body, {"Fanfare-Device": "ffd_forged"}), 401)
    headers = {"Fanfare-Device": phone.key}
    again = stage.ask(devices.Registered, 200, "POST", "/v1/devices", stage.publishable_key, body, headers=headers)
    equal(again.device_id, phone.device_id, "device_id of the same installation")
    equal(stage.device(phone).locale, "fr", "locale after registering again")


@CHECKS.item(GROUP)
def same_answer_again(stage: Stage) -> None:
    """A registration repeated under its Idempotency-Key has one effect; the same key with another body is 409."""
    body = stage.registration()
    headers = {"Idempotency-Key": fresh("once")}
    first = stage.call("POST", "/v1/devices", stage.publishable_key, body, headers)
    succeeded(first, 201)
    second = stage.call("POST", "/v1/devices", stage.publishable_key, body, headers)
    equal((second.status_code, second.json()["device_id"]), (201, first.json()["device_id"]), "the repeated call")
    refused(stage.call("POST", "/v1/devices", stage.publishable_key, {**body, "locale": "fr"}, headers), 409)
    stage.do("DELETE", "/v1/devices/me", first.json()["device_token"])


@CHECKS.item(GROUP)
def address_moves(stage: Stage) -> None:
    """An address held by another installation moves to the one that names it now."""
    address = {"kind": "fcm_token", "token": fresh("token")}
    old = stage.phone(address=address)
    new = stage.phone(address=address)
    equal(stage.device(old).address, None, "address of the former holder")
    held = stage.device(new).address
    expect(held is not None and held.kind == "fcm_token", "the address is the new installation's")


@CHECKS.item(GROUP)
def address_is_kept_secret(stage: Stage) -> None:
    """An address is never given out again."""
    token = fresh("token")
    phone = stage.phone(address={"kind": "fcm_token", "token": token})
    expect(token not in stage.call("GET", "/v1/devices/me", phone.key).text, "the token stands in the answer")


@CHECKS.item(GROUP)
def changes(stage: Stage) -> None:
    """What is left out of a change stays, null clears."""
    phone = stage.phone(locale="fr", model="One", tags={"plan": "gold"})
    body = {"locale": None, "opted_in": False}
    changed = stage.ask(devices.Device, 200, "PATCH", "/v1/devices/me", phone.key, body)
    equal((changed.locale, changed.model, changed.opted_in), (None, "One", False), "locale, model, opted_in")
    equal(stage.device(phone).tags, {"plan": "gold"}, "tags")


@CHECKS.item(GROUP)
def foreign_push_services(stage: Stage) -> None:
    """A Web Push endpoint that is no known push service's is refused with 400."""
    keys = {"p256dh": "BP" + "A" * 85, "auth": "A" * 22}
    for endpoint in ("https://127.0.0.1/push", "http://updates.push.services.mozilla.com/x", "https://evil.example/x"):
        address = {"kind": "web_push", "endpoint": endpoint, **keys}
        body = stage.registration(platform="web", address=address)
        refused(stage.call("POST", "/v1/devices", stage.publishable_key, body), 400)


@CHECKS.item(GROUP)
def topics(stage: Stage) -> None:
    """Topics are followed and unfollowed, paths too, as often as one likes; what is no topic is refused with 400."""
    phone = stage.phone()
    for method, topic in (("PUT", "offers"), ("PUT", "news/sports"), ("PUT", "news/sports"), ("DELETE", "offers")):
        stage.do(method, f"/v1/devices/me/topics/{topic}", phone.key)
    stage.do("DELETE", "/v1/devices/me/topics/offers", phone.key)
    equal(stage.device(phone).topics, ["news/sports"], "topics")
    for topic in ("no%20spaces", "$where", "a.b"):
        refused(stage.call("PUT", f"/v1/devices/me/topics/{topic}", phone.key), 400)


@CHECKS.item(GROUP)
def uninstalls(stage: Stage) -> None:
    """After uninstalling, the device key opens nothing, and the installation may register anew."""
    body = stage.registration()
    first = stage.ask(devices.Registered, 201, "POST", "/v1/devices", stage.publishable_key, body)
    stage.do("DELETE", "/v1/devices/me", first.device_token)
    for path in ("/v1/devices/me", "/v1/inbox"):
        status = stage.call("GET", path, first.device_token).status_code
        expect(status in (401, 404), f"GET {path} of a removed device: {status}")
    again = stage.ask(devices.Registered, 201, "POST", "/v1/devices", stage.publishable_key, body)
    expect(again.device_id != first.device_id, "the same device came back")
    stage.do("DELETE", "/v1/devices/me", again.device_token)

"""What is refused, and how: problem documents (RFC 9457), never a 500 for input."""

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.server import CHECKS
from sdk_contracts.conformance.server.stage import Stage, refused

GROUP = "refusals"
FOR_DEVICES = ("/v1/devices/me", "/v1/inbox", "/v1/inbox/summary", "/v1/me/preferences")


@CHECKS.item(GROUP)
def keys(stage: Stage) -> None:
    """No key and a wrong key are 401, a key of another kind is 403 or 401."""
    for path in FOR_DEVICES:
        refused(stage.call("GET", path), 401)
        refused(stage.call("GET", path, "ffd_wrong"), 401)
        status = stage.call("GET", path, stage.publishable_key).status_code
        expect(status in (401, 403), f"GET {path} with the publishable key: {status}")
    refused(stage.call("POST", "/v1/devices", None, stage.registration()), 401)


@CHECKS.item(GROUP)
def tampered_key(stage: Stage) -> None:
    """A device key with one character changed is no key."""
    key = stage.phone().key
    middle = len(key) // 2
    forged = key[:middle] + ("A" if key[middle] != "A" else "B") + key[middle + 1 :]
    refused(stage.call("GET", "/v1/devices/me", forged), 401)


@CHECKS.item(GROUP)
def unknown_fields(stage: Stage) -> None:
    """A field nobody knows is refused with 400, and the answer points at what is wrong."""
    for body, pointer in (
        ({**stage.registration(), "colour": "red"}, ""),
        ({**stage.registration(), "platform": "toaster"}, "/platform"),
        ({**stage.registration(), "tags": {"a.b": 1}}, "/tags"),
        ({**stage.registration(), "tags": {"$where": 1}}, "/tags"),
        ({"platform": "ios"}, ""),
    ):
        problem = refused(stage.call("POST", "/v1/devices", stage.publishable_key, body), 400)
        expect(problem.errors, f"{body}: no `errors`")
        expect(problem.errors[0].pointer.startswith(pointer), f"pointer {problem.errors[0].pointer!r}, not {pointer!r}")


@CHECKS.item(GROUP)
def broken_json(stage: Stage) -> None:
    """Broken JSON, bad UTF-8, deep nesting, lone surrogates and NUL are refused with a 4xx."""
    for content in (
        b"{",
        b'{"installation_id": "\xff\xfe", "platform": "ios"}',
        b"[" * 50_000,
        b'{"installation_id": "\\ud800", "platform": "ios"}',
        b'{"installation_id": "a", "platform": "ios", "model": "\\u0000"}',
        b'{"installation_id": "a", "platform": "ios", "tags": {"n": 9223372036854775808}}',
    ):
        response = stage.call("POST", "/v1/devices", stage.publishable_key, content=content)
        expect(400 <= response.status_code < 500, f"{content[:60]!r}: {response.status_code}")


@CHECKS.item(GROUP)
def too_large(stage: Stage) -> None:
    """A body beyond the limit is 413."""
    content = b'{"installation_id": "' + b"a" * (8 << 20) + b'"}'
    refused(stage.call("POST", "/v1/devices", stage.publishable_key, content=content), 413)


@CHECKS.item(GROUP)
def not_there(stage: Stage) -> None:
    """What is not there is 404, with a problem document."""
    phone = stage.phone()
    refused(stage.call("POST", "/v1/inbox/itm_nothing/read", phone.key), 404)
    refused(stage.call("GET", "/v1/nowhere", phone.key), 404)


@CHECKS.item(GROUP)
def other_sites(stage: Stage) -> None:
    """A browser on any other site may call what phones call."""
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    asked["Access-Control-Request-Headers"] = "authorization, content-type, fanfare-device"
    for path in ("/v1/devices", "/v1/inbox", "/v1/events"):
        answer = stage.call("OPTIONS", path, headers=asked)
        equal(answer.headers.get("access-control-allow-origin"), "*", f"Access-Control-Allow-Origin of {path}")
        allowed = answer.headers.get("access-control-allow-headers", "").lower()
        expect("authorization" in allowed and "fanfare-device" in allowed, f"{path}: allowed headers are {allowed!r}")

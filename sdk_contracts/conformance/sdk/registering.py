"""Who the installation is: registering, coming back, logging in."""

import contextlib

from sdk_contracts.conformance.checklist import equal, expect
from sdk_contracts.conformance.sdk import CHECKS
from sdk_contracts.conformance.sdk.bench import Bench
from sdk_contracts.conformance.sdk.driver import Failed
from sdk_contracts.conformance.sdk.misbehaviour import Lose

GROUP = "registering"


@CHECKS.item(GROUP)
def registers(bench: Bench) -> None:
    """Registers with the publishable key, and calls with the device key it is given."""
    with bench.pair(registered=False) as pair:
        answer = pair.sdk.do("register", topics=["news"])
        equal((answer["device_id"], answer["person_id"]), ("dev_1", "per_1"), "the ids that register answers")
        pair.sdk.do("summary")
        (call,) = pair.server.calls("GET", "/v1/inbox/summary")
        equal(call.headers.get("authorization"), "Bearer ffd_1", "the key of a call")
        (registration,) = pair.server.api.registrations
        equal(registration.topics, ["news"], "topics")


@CHECKS.item(GROUP)
def comes_back(bench: Bench) -> None:
    """Killed and started again, it is the same installation and proves it with its device key."""
    with bench.pair() as pair:
        pair.restart()
        pair.sdk.do("register")
        first, second = pair.server.api.registrations
        equal(second.installation_id, first.installation_id, "installation_id after a restart")
        last = pair.server.calls("POST", "/v1/devices")[-1]
        equal(last.headers.get("fanfare-device"), "ffd_1", "Fanfare-Device after a restart")


@CHECKS.item(GROUP)
def answer_lost(bench: Bench) -> None:
    """When the answer with its device key is lost, it ends up registered all the same."""
    with bench.pair(registered=False) as pair:
        pair.server.misbehave("POST", "/v1/devices", Lose())
        with contextlib.suppress(Failed):
            pair.sdk.do("register")
        pair.sdk.do("register")
        pair.sdk.do("summary")


@CHECKS.item(GROUP)
def key_ended(bench: Bench) -> None:
    """When the server does not know its key any more, registering begins anew."""
    with bench.pair() as pair:
        pair.server.api.installations[pair.server.api.registrations[0].installation_id] = "ffd_rotated"
        pair.sdk.do("register")
        pair.sdk.do("summary")


@CHECKS.item(GROUP)
def logs_in(bench: Bench) -> None:
    """Logs a person in with the signature of the app's backend, and out again."""
    with bench.pair() as pair:
        pair.sdk.do("login", external_id="ada", signature="0" * 64)
        pair.sdk.do("logout")
        (login,) = pair.server.api.logins
        equal((login.external_id, login.signature), ("ada", "0" * 64), "the login")


@CHECKS.item(GROUP)
def says_what_went_wrong(bench: Bench) -> None:
    """A refusal reaches the app with its status and the server's words; no connection is status 0."""
    with bench.pair() as pair:
        try:
            pair.sdk.do("mark", item_id="itm_nothing", verb="read")
        except Failed as error:
            equal(error.status, 404, "status of the error")
            expect("There is no such item." in str(error), f"the server's words are not in {str(error)!r}")
        else:
            expect(False, "marking what is not there succeeded")
        with pair.server.away():
            try:
                pair.sdk.do("summary")
            except Failed as error:
                equal(error.status, 0, "status without a connection")
            else:
                expect(False, "a call without a connection succeeded")

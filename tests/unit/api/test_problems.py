"""Each error has its status; what nobody thought of says nothing, neither to the caller nor in the log."""

import importlib
import json
import pkgutil
from typing import Any

import msgspec
import structlog
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import TestClient

import push
from api import problems
from push import errors
from push.errors import CampaignNotFound, DatabaseAway, IllegalMove, PushError


def every(cls: type[PushError]) -> set[type[PushError]]:
    return {cls}.union(*(every(sub) for sub in cls.__subclasses__()))


NOT_FOR_CALLERS = {"BadImage", "BadSetting", "CannotRender", "Raced", "Refused"}
"""Said to operators, or turned into an answer of its own before it gets to a route."""


def test_every_reason_of_the_engine_has_a_status() -> None:
    for module in pkgutil.walk_packages(push.__path__, "push."):
        if not module.name.startswith(("push.command", "push.__main__", "push.embedded", "push.senders")):
            importlib.import_module(module.name)
    callers = [
        cls
        for cls in every(PushError) - {PushError}
        if cls.__name__ not in NOT_FOR_CALLERS
        and not cls.__module__.startswith(("push.command", "push.embedded", "push.senders", "push.delivery"))
    ]
    assert callers
    for cls in callers:
        error = cls.__new__(cls)
        assert problems.kind_of(error) is not problems.UNEXPECTED, cls


def test_what_stands_in_the_table_is_known_by_its_own_name() -> None:
    kinds = {kind.slug: kind for kind in problems.TABLE.values()}
    assert all(kind.type == f"urn:fanfare:problem:{slug}" for slug, kind in kinds.items())
    assert problems.kind_of(CampaignNotFound("cmp_1")).status == 404
    assert problems.kind_of(IllegalMove("sent", "launched")).status == 409
    assert problems.kind_of(DatabaseAway()).headers["Retry-After"]
    assert problems.kind_of(errors.Overloaded()).headers["Retry-After"]
    assert problems.kind_of(KeyError("x")) is problems.UNEXPECTED


def test_an_error_that_nobody_thought_of_keeps_its_secrets() -> None:
    @get("/{name:str}")
    async def fail(name: FromPath[str]) -> None:
        raise RuntimeError(f"ffs_secret in {name}")

    app = Litestar([fail], exception_handlers={Exception: problems.answer}, openapi_config=None)
    with structlog.testing.capture_logs() as logs, TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/hidden")
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"]) == (500, 500)
    assert answer.headers["content-type"] == "application/problem+json"
    for secret in ("ffs_secret", "hidden"):
        assert secret not in answer.text
        assert secret not in json.dumps(logs)
    assert [log["event"] for log in logs] == ["request_failed"]
    assert logs[0]["route"] == "/{name}"
    assert msgspec.json.encode(logs)

"""The golden examples fit the contracts, and the real server takes and gives them as they stand."""

from collections.abc import AsyncIterator
from typing import Any

import jsonschema
import pytest
from aiosmtplib import SMTP

from api.app import describe
from push.settings import Settings
from sdk_contracts.export import EXAMPLES, Example, examples
from tests.contract.scenario import (
    AFTER_SENDING,
    UNDER_WAY,
    Scenario,
    body_of,
    hooked,
    pictured,
    play,
    sent,
    settled,
    shop,
    under_way,
)
from tests.integration.api.serving import Api, serving, working

ALL = examples()
NAMES = [path.stem for path in sorted(EXAMPLES.glob("*.json"))]
DOCUMENT = describe()
OPERATIONS = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}
NO_JSON = {
    "stream_inbox",
    "watch_metrics",
    "export_campaign",
    "get_media",
    "get_unsubscribe",
    "unsubscribe",
    "draw_placement_code",
    "export_placement",
}
"""What these answer is no JSON document."""
MUTATING = {name for name in OPERATIONS if name.startswith(("mark_inbox", "delete_inbox", "read_all"))} | {
    "record_events"
}


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as running, working(settings):
        yield running


@pytest.fixture(scope="module")
async def looked_at(api: Api) -> Scenario:
    return await sent(api)


def schema_for(content: dict[str, Any], media_type: str) -> dict[str, Any]:
    """A JSON Schema of its own from a part of the OpenAPI document."""
    return {**content["content"][media_type]["schema"], "components": DOCUMENT["components"]}


def check(schema: dict[str, Any], body: Any) -> None:
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)


def test_every_operation_has_an_example() -> None:
    verbs = {name for name in OPERATIONS if name.startswith("mark_inbox_item_")} - {"mark_inbox_item_read"}
    assert {example.operation for example in ALL} == set(OPERATIONS) - verbs - NO_JSON


@pytest.mark.parametrize("example", ALL, ids=NAMES)
def test_an_example_fits_the_document(example: Example) -> None:
    operation = OPERATIONS[example.operation]
    request, answer = body_of(example.request), body_of(example.answer)
    if request is not None and example.status < 400:
        media_type = example.headers.get("Content-Type", "application/json")
        check(schema_for(operation["requestBody"], media_type), request)
    described = operation["responses"][str(example.status)]
    assert ("content" in described) == (answer is not None)
    if answer is not None:
        media_type = "application/json" if example.status < 400 else "application/problem+json"
        check(schema_for(described, media_type), answer)


@pytest.mark.parametrize("example", ALL, ids=NAMES)
async def test_the_server_takes_and_gives_an_example(
    api: Api, looked_at: Scenario, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    if example.status < 400:
        # An example's mail server is nowhere.
        monkeypatch.setattr("push.smtp.service.connect", _let_in)
    if example.operation in AFTER_SENDING:
        scenario = looked_at
    elif example.operation in UNDER_WAY:
        scenario = await under_way(api, UNDER_WAY[example.operation])
    elif "webhook" in example.operation:
        scenario = await hooked(api)
    elif "media" in example.operation:
        scenario = await pictured(api)
    elif example.operation in MUTATING:
        scenario = await sent(api)
    else:
        scenario = await shop(api)
    answer = await play(api, scenario, example)
    assert answer.status_code == example.status, answer.text
    given = answer.json() if answer.content else None
    assert settled(given) == settled(body_of(example.answer))
    if given is not None and example.status < 400:
        check(schema_for(OPERATIONS[example.operation]["responses"][str(example.status)], "application/json"), given)


async def _let_in(*_: Any) -> SMTP:
    return SMTP()

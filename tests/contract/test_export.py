"""What is exported is what is served, and says what the server does."""

import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from api.app import describe
from api.openapi import REFERENCE
from push.settings import Settings
from sdk_contracts.export import SCHEMAS, json_schema, pretty, wire_types
from sdk_contracts.wire.common import Request
from tests.integration.api.serving import serving

AGAIN = "run `python -m api.export` and commit what it writes"


def test_the_exported_files_are_up_to_date() -> None:
    assert (SCHEMAS / "openapi.json").read_bytes() == pretty(describe()), AGAIN
    assert (SCHEMAS / "wire.json").read_bytes() == pretty(json_schema()), AGAIN


async def test_what_is_served_is_what_is_exported(settings: Settings) -> None:
    async with serving(settings) as api:
        answer = await api.call("GET", "/schema")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == msgspec.json.decode((SCHEMAS / "openapi.json").read_bytes()), AGAIN


def test_the_exported_schemas_are_sound() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["$defs"]) >= {kind.__name__ for kind in wire_types()}


@pytest.mark.parametrize("kind", [kind for kind in wire_types() if issubclass(kind, Request)], ids=lambda k: k.__name__)
def test_requests_refuse_unknown_fields_and_answers_may_grow(kind: type) -> None:
    assert json_schema()["$defs"][kind.__name__]["additionalProperties"] is False


def test_every_reference_in_the_document_leads_somewhere() -> None:
    text = (SCHEMAS / "openapi.json").read_text()
    named = set(msgspec.json.decode(text)["components"]["schemas"])
    pattern = re.escape(REFERENCE).replace(re.escape("{name}"), '([^"]+)')
    assert set(re.findall(pattern, text)) <= named


def test_every_error_is_a_problem() -> None:
    for path, methods in describe()["paths"].items():
        for operation in methods.values():
            for status, described in operation["responses"].items():
                if status >= "400":
                    assert list(described["content"]) == ["application/problem+json"], path


def test_nothing_in_the_document_points_at_this_machine() -> None:
    assert str(Path(__file__).parents[2]) not in (SCHEMAS / "openapi.json").read_text()
